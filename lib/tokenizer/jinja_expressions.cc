#include "tokenizer/jinja_expressions.h"

#include "tokenizer/jinja_builtins.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

// Brackets within brackets, and levels of the tree: a + b + c has two.
constexpr int kMaxBrackets = 100;
constexpr int kMaxDepth = 400;

}  // namespace

class ExpressionParser::Nested {
 public:
  explicit Nested(ExpressionParser& parser) : parser_(parser) {
    if (++parser_.nesting_ > kMaxBrackets) {
      parser_.stream_.fail("the expression nests too deep");
    }
  }
  ~Nested() { --parser_.nesting_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  ExpressionParser& parser_;
};

void ExpressionParser::add(Expression& of, ExpressionPtr item) {
  if (item != nullptr) of.depth = std::max(of.depth, item->depth + 1);
  if (of.depth > kMaxDepth) stream_.fail("the expression nests too deep");
  of.items.push_back(std::move(item));
}

ExpressionPtr ExpressionParser::make(ExpressionKind kind,
                                     int line,
                                     std::string name,
                                     ExpressionPtr first,
                                     ExpressionPtr second) {
  auto expression = std::make_unique<Expression>();
  expression->kind = kind;
  expression->line = line;
  expression->name = std::move(name);
  if (first != nullptr) add(*expression, std::move(first));
  if (second != nullptr) add(*expression, std::move(second));
  return expression;
}

ExpressionPtr ExpressionParser::tuple(bool conditional) {
  const auto one = [&] { return conditional ? expression() : logical_or(); };
  const auto at_end = [&] {
    const TokenKind kind = stream_.now().kind;
    return kind == TokenKind::kVariableEnd || kind == TokenKind::kBlockEnd ||
           stream_.is_operator(")") || stream_.is_name("recursive");
  };
  const int line = stream_.now().line;
  ExpressionPtr first = one();
  if (!stream_.is_operator(",")) return first;
  ExpressionPtr tuple =
      make(ExpressionKind::kTuple, line, "", std::move(first));
  while (stream_.skip_operator(",") && !at_end()) add(*tuple, one());
  return tuple;
}

ExpressionPtr ExpressionParser::conditional() {
  const Nested nested(*this);
  ExpressionPtr value = logical_or();
  while (stream_.is_name("if")) {
    const int line = stream_.take().line;
    ExpressionPtr condition = logical_or();
    value = make(ExpressionKind::kConditional,
                 line,
                 "",
                 std::move(condition),
                 std::move(value));
    add(*value, stream_.skip_name("else") ? conditional() : nullptr);
  }
  return value;
}

ExpressionPtr ExpressionParser::logical_or() {
  ExpressionPtr left = logical_and();
  while (stream_.is_name("or")) {
    const int line = stream_.take().line;
    left = make(ExpressionKind::kOr, line, "", std::move(left), logical_and());
  }
  return left;
}

ExpressionPtr ExpressionParser::logical_and() {
  ExpressionPtr left = logical_not();
  while (stream_.is_name("and")) {
    const int line = stream_.take().line;
    left = make(ExpressionKind::kAnd, line, "", std::move(left), logical_not());
  }
  return left;
}

ExpressionPtr ExpressionParser::logical_not() {
  if (!stream_.is_name("not")) return comparison();
  const Nested nested(*this);
  const int line = stream_.take().line;
  return make(ExpressionKind::kUnary, line, "not", logical_not());
}

// Takes a comparing operator, "" if there is none.
std::string ExpressionParser::comparison_operator() {
  for (const char* name : {"==", "!=", ">=", "<=", ">", "<"}) {
    if (stream_.skip_operator(name)) return name;
  }
  if (stream_.skip_name("in")) return "in";
  if (stream_.is_name("not") && stream_.ahead().is(TokenKind::kName, "in")) {
    stream_.take();
    stream_.take();
    return "not in";
  }
  return "";
}

ExpressionPtr ExpressionParser::comparison() {
  const int line = stream_.now().line;
  ExpressionPtr left = sum();
  std::string name = comparison_operator();
  if (name.empty()) return left;
  ExpressionPtr result =
      make(ExpressionKind::kComparison, line, "", std::move(left));
  for (; !name.empty(); name = comparison_operator()) {
    result->operators.push_back(std::move(name));
    add(*result, sum());
  }
  return result;
}

ExpressionPtr ExpressionParser::sum() {
  ExpressionPtr left = join();
  while (stream_.is_operator("+") || stream_.is_operator("-")) {
    const Token sign = stream_.take();
    left = make(
        ExpressionKind::kBinary, sign.line, sign.text, std::move(left), join());
  }
  return left;
}

ExpressionPtr ExpressionParser::join() {
  ExpressionPtr left = product();
  if (!stream_.is_operator("~")) return left;
  ExpressionPtr result =
      make(ExpressionKind::kJoin, stream_.now().line, "", std::move(left));
  while (stream_.skip_operator("~")) add(*result, product());
  return result;
}

ExpressionPtr ExpressionParser::product() {
  ExpressionPtr left = unary(/*with_filters=*/true);
  const auto is_one = [&] {
    return stream_.is_operator("*") || stream_.is_operator("/") ||
           stream_.is_operator("//") || stream_.is_operator("%");
  };
  while (is_one()) {
    const Token sign = stream_.take();
    left = make(ExpressionKind::kBinary,
                sign.line,
                sign.text,
                std::move(left),
                unary(/*with_filters=*/true));
  }
  if (stream_.is_operator("**")) stream_.fail("'**' is not supported");
  return left;
}

ExpressionPtr ExpressionParser::unary(bool with_filters) {
  const Nested nested(*this);
  ExpressionPtr value;
  if (stream_.is_operator("-") || stream_.is_operator("+")) {
    const Token sign = stream_.take();
    value = make(ExpressionKind::kUnary,
                 sign.line,
                 sign.text,
                 unary(/*with_filters=*/false));
  } else {
    value = primary();
  }
  value = postfix(std::move(value));
  return with_filters ? filters(std::move(value)) : std::move(value);
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr of) {
  while (true) {
    if (stream_.is_operator(".")) {
      of = attribute(std::move(of));
    } else if (stream_.is_operator("[")) {
      of = subscript(std::move(of));
    } else if (stream_.is_operator("(")) {
      of = call(std::move(of));
    } else {
      return of;
    }
  }
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr of) {
  while (true) {
    if (stream_.is_operator("|")) {
      of = filter(std::move(of));
    } else if (stream_.is_name("is")) {
      of = test(std::move(of));
    } else if (stream_.is_operator("(")) {
      of = call(std::move(of));
    } else {
      return of;
    }
  }
}

ExpressionPtr ExpressionParser::attribute(ExpressionPtr of) {
  const int line = stream_.take().line;
  if (stream_.now().kind == TokenKind::kInteger) {
    return make(ExpressionKind::kItem, line, "", std::move(of), number());
  }
  std::string name = stream_.expect_name("a name or a number after '.'");
  return make(ExpressionKind::kAttribute, line, std::move(name), std::move(of));
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr of) {
  const int line = stream_.take().line;
  ExpressionPtr start;
  if (!stream_.is_operator(":")) start = expression();
  if (stream_.skip_operator("]")) {
    if (start == nullptr) stream_.fail("the brackets are empty");
    return make(
        ExpressionKind::kItem, line, "", std::move(of), std::move(start));
  }
  auto result = make(ExpressionKind::kSlice, line, "", std::move(of));
  add(*result, std::move(start));
  while (stream_.skip_operator(":")) {
    if (result->items.size() > 3) break;
    const bool absent = stream_.is_operator(":") || stream_.is_operator("]");
    add(*result, absent ? nullptr : expression());
  }
  while (result->items.size() < 4) add(*result, nullptr);
  stream_.expect_operator("]");
  return result;
}

ExpressionPtr ExpressionParser::call(ExpressionPtr of) {
  auto result =
      make(ExpressionKind::kCall, stream_.now().line, "", std::move(of));
  arguments(*result);
  return result;
}

void ExpressionParser::arguments(Expression& of) {
  stream_.expect_operator("(");
  for (bool first = true; !stream_.skip_operator(")"); first = false) {
    if (!first) {
      stream_.expect_operator(",");
      if (stream_.skip_operator(")")) return;
    }
    if (stream_.is_operator("*") || stream_.is_operator("**")) {
      stream_.fail("'*' before an argument is not supported");
    }
    const bool keyword = stream_.now().kind == TokenKind::kName &&
                         stream_.ahead().is(TokenKind::kOperator, "=");
    if (!keyword && !of.keywords.empty()) {
      stream_.fail("an argument without a name follows one with a name");
    }
    if (!keyword) {
      add(of, expression());
      continue;
    }
    std::string name = stream_.take().text;
    stream_.take();
    ExpressionPtr value = expression();
    of.depth = std::max(of.depth, value->depth + 1);
    of.keywords.emplace_back(std::move(name), std::move(value));
  }
}

ExpressionPtr ExpressionParser::filter(ExpressionPtr of) {
  const int line = stream_.take().line;
  std::string name = stream_.expect_name("the name of a filter");
  if (!is_filter(name)) {
    throw SyntaxError(line, fmt::format("filter '{}' is not supported", name));
  }
  auto result =
      make(ExpressionKind::kFilter, line, std::move(name), std::move(of));
  if (stream_.is_operator("(")) arguments(*result);
  return result;
}

// True if what follows the name of a test is its one argument.
bool ExpressionParser::at_test_argument() const {
  switch (stream_.now().kind) {
    case TokenKind::kName:
      return !stream_.is_name("else") && !stream_.is_name("or") &&
             !stream_.is_name("and");
    case TokenKind::kString:
    case TokenKind::kInteger:
    case TokenKind::kFloat:
      return true;
    default:
      return stream_.is_operator("[") || stream_.is_operator("{");
  }
}

ExpressionPtr ExpressionParser::test(ExpressionPtr of) {
  const int line = stream_.take().line;
  const bool negated = stream_.skip_name("not");
  std::string name = stream_.expect_name("the name of a test");
  if (!is_test(name)) {
    throw SyntaxError(line, fmt::format("test '{}' is not supported", name));
  }
  auto result =
      make(ExpressionKind::kTest, line, std::move(name), std::move(of));
  if (stream_.is_operator("(")) {
    arguments(*result);
  } else if (at_test_argument()) {
    if (stream_.is_name("is")) stream_.fail("two tests in a row need brackets");
    add(*result, postfix(primary()));
  }
  if (!negated) return result;
  return make(ExpressionKind::kUnary, line, "not", std::move(result));
}

}  // namespace cdx::jinja
