#include "tokenizer/jinja_parser.h"

#include "tokenizer/jinja_expressions.h"
#include "tokenizer/jinja_lexer.h"

#include <algorithm>
#include <initializer_list>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

constexpr int kMaxNesting = 50;  // statements within statements

class Parser {
 public:
  explicit Parser(std::string_view source)
      : stream_(tokenize(source)), expressions_(stream_) {}

  Block run() { return block({}); }

 private:
  // Statements up to a tag that begins with one of `ends`, whose name is left
  // in the stream; up to the end of the template if there are none.
  Block block(std::initializer_list<const char*> ends) {
    if (++nesting_ > kMaxNesting) stream_.fail("the statements nest too deep");
    Block block;
    while (stream_.now().kind != TokenKind::kEnd) {
      const Token token = stream_.take();
      if (token.kind == TokenKind::kData) {
        Statement& text = add(block, StatementKind::kText, token.line);
        text.text = token.text;
      } else if (token.kind == TokenKind::kVariableBegin) {
        Statement& print = add(block, StatementKind::kPrint, token.line);
        print.expression = expressions_.tuple();
        expect_end(TokenKind::kVariableEnd);
      } else {
        if (is_one_of(ends)) {
          --nesting_;
          return block;
        }
        statement(block);
      }
    }
    if (ends.size() > 0) {
      stream_.fail(
          fmt::format("the template ends before '{}'", *(ends.end() - 1)));
    }
    --nesting_;
    return block;
  }

  bool is_one_of(std::initializer_list<const char*> names) const {
    return std::any_of(names.begin(), names.end(), [&](const char* name) {
      return stream_.is_name(name);
    });
  }

  static Statement& add(Block& block, StatementKind kind, int line) {
    Statement& statement = block.emplace_back();
    statement.kind = kind;
    statement.line = line;
    return statement;
  }

  void expect_end(TokenKind kind) {
    if (stream_.now().kind != kind) {
      stream_.fail(fmt::format("expected the end of the tag, found {}",
                               stream_.describe()));
    }
    stream_.take();
  }

  void end_tag() { expect_end(TokenKind::kBlockEnd); }

  // The body of a statement whose tag ends here; its last tag is taken.
  Block body(std::initializer_list<const char*> ends) {
    stream_.skip_operator(":");
    end_tag();
    return block(ends);
  }

  Block last_body(const char* end) {
    Block statements = body({end});
    stream_.take();
    return statements;
  }

  void statement(Block& block) {
    const int line = stream_.now().line;
    const std::string name = stream_.expect_name("the name of a statement");
    if (name == "for") {
      for_loop(add(block, StatementKind::kFor, line));
    } else if (name == "if") {
      branches(add(block, StatementKind::kIf, line));
    } else if (name == "set") {
      set(add(block, StatementKind::kSet, line));
    } else if (name == "macro") {
      macro(add(block, StatementKind::kMacro, line));
    } else if (name == "generation") {
      separate_loops(add(block, StatementKind::kGeneration, line),
                     "endgeneration");
    } else if (name == "break" || name == "continue") {
      leave_loop(block, name, line);
    } else {
      throw SyntaxError(
          line, fmt::format("statement '{}' is not supported here", name));
    }
    end_tag();
  }

  // The body of what a break cannot leave.
  void separate_loops(Statement& statement, const char* end) {
    const int loops = loops_;
    loops_ = 0;
    statement.body = last_body(end);
    loops_ = loops;
  }

  void leave_loop(Block& block, const std::string& name, int line) {
    if (loops_ == 0) {
      throw SyntaxError(line, fmt::format("'{}' outside of a loop", name));
    }
    add(block,
        name == "break" ? StatementKind::kBreak : StatementKind::kContinue,
        line);
  }

  // Names to set: one, or several with commas, in brackets or not.
  void targets(Statement& statement) {
    const bool brackets = stream_.skip_operator("(");
    do {
      if (brackets && stream_.is_operator(")")) break;  // after a last comma
      target(statement);
      if (stream_.is_operator(",")) statement.unpack = true;
    } while (stream_.skip_operator(","));
    if (brackets) stream_.expect_operator(")");
    if (statement.targets.empty()) {
      stream_.fail(
          fmt::format("expected a name to set, found {}", stream_.describe()));
    }
  }

  void target(Statement& statement) {
    const std::string name = stream_.expect_name("a name to set");
    static const char* const kReserved[] = {
        "true", "false", "none", "True", "False", "None", "loop"};
    if (std::find(std::begin(kReserved), std::end(kReserved), name) !=
        std::end(kReserved)) {
      stream_.fail(fmt::format("'{}' cannot be set", name));
    }
    statement.targets.push_back(name);
  }

  void for_loop(Statement& loop) {
    targets(loop);
    if (!stream_.skip_name("in")) stream_.fail("expected 'in'");
    loop.expression = expressions_.tuple(/*conditional=*/false);
    if (stream_.skip_name("if")) loop.condition = expressions_.expression();
    if (stream_.is_name("recursive")) {
      stream_.fail("recursive loops are not supported");
    }
    ++loops_;
    loop.body = body({"else", "endfor"});
    --loops_;
    if (stream_.take().text == "else") loop.otherwise = last_body("endfor");
  }

  void branches(Statement& statement) {
    std::string end = "elif";
    while (end == "elif") {
      Branch& branch = statement.branches.emplace_back();
      branch.condition = expressions_.tuple(/*conditional=*/false);
      branch.body = body({"elif", "else", "endif"});
      end = stream_.take().text;
    }
    if (end == "else") statement.otherwise = last_body("endif");
  }

  void set(Statement& statement) {
    targets(statement);
    if (stream_.skip_operator(".")) {
      statement.attribute = stream_.expect_name("the name of an attribute");
    }
    if (stream_.skip_operator("=")) {
      statement.expression = expressions_.tuple();
      return;
    }
    if (stream_.is_operator("|")) {
      stream_.fail("a filter in {% set %} … {% endset %} is not supported");
    }
    if (statement.unpack || !statement.attribute.empty()) {
      stream_.fail("expected '='");
    }
    statement.kind = StatementKind::kSetBlock;
    statement.body = last_body("endset");
  }

  void macro(Statement& statement) {
    statement.text = stream_.expect_name("the name of the macro");
    stream_.expect_operator("(");
    while (!stream_.skip_operator(")")) {
      if (!statement.parameters.empty()) stream_.expect_operator(",");
      Parameter& parameter = statement.parameters.emplace_back();
      parameter.name = stream_.expect_name("the name of a parameter");
      if (stream_.skip_operator("=")) {
        parameter.fallback = expressions_.expression();
      } else if (statement.parameters.size() > 1 &&
                 (statement.parameters.end() - 2)->fallback != nullptr) {
        stream_.fail("a parameter without a default follows one with one");
      }
    }
    separate_loops(statement, "endmacro");
  }

  TokenStream stream_;
  ExpressionParser expressions_;
  int nesting_ = 0;
  int loops_ = 0;  // that a break could leave
};

}  // namespace

Block parse(std::string_view source) {
  return Parser(source).run();
}

}  // namespace cdx::jinja
