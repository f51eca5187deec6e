#include "tokenizer/jinja_lexer.h"

#include "tokenizer/jinja_string.h"
#include "util/unicode.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_name_part(char c) {
  return is_name_start(c) || is_digit(c);
}

// Every line break becomes \n; one at the end goes.
std::string with_plain_lines(std::string_view source) {
  std::string text;
  for (size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r') {
      text += source[i];
    } else {
      text += '\n';
      if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
    }
  }
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_blank(std::string_view text) {
  return strip_whitespace(text).empty();
}

class Lexer {
 public:
  explicit Lexer(std::string_view source)
      : source_(with_plain_lines(source)), rest_(source_) {}

  std::vector<Token> run() {
    while (!rest_.empty()) {
      data();
      if (rest_.starts_with("{#")) {
        comment();
      } else if (rest_.starts_with("{%")) {
        if (!raw()) tag(TokenKind::kBlockBegin, "{%");
      } else if (!rest_.empty()) {
        tag(TokenKind::kVariableBegin, "{{");
      }
    }
    add(TokenKind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    throw SyntaxError(line_, message);
  }

  void add(TokenKind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), line_});
  }

  std::string_view take(size_t length) {
    const std::string_view taken = rest_.substr(0, length);
    line_ += static_cast<int>(std::count(taken.begin(), taken.end(), '\n'));
    rest_.remove_prefix(length);
    if (!taken.empty()) at_line_start_ = taken.back() == '\n';
    return taken;
  }

  void skip_white_space() {
    const std::string_view stripped = strip_left(rest_);
    take(rest_.size() - stripped.size());
  }

  // Adds the text before a tag, less what the tag's sign or lstrip_blocks
  // takes away.
  void add_data(std::string_view text, std::string_view tag) {
    const bool line_start = at_line_start_;
    const int line = line_;
    take(text.size());
    const char sign = tag.size() > 2 ? tag[2] : ' ';
    if (sign == '-') {
      text = strip_right(text);
    } else if (sign != '+' && !tag.empty() && !tag.starts_with("{{")) {
      const size_t last_line = text.rfind('\n') + 1;  // 0 if there is none
      if ((last_line > 0 || line_start) && is_blank(text.substr(last_line))) {
        text = text.substr(0, last_line);
      }
    }
    if (text.empty()) return;
    tokens_.push_back({TokenKind::kData, std::string(text), line});
  }

  // The position of the next tag, the size of the rest if there is none.
  size_t next_tag() const {
    for (size_t i = rest_.find('{'); i != std::string_view::npos;
         i = rest_.find('{', i + 1)) {
      if (i + 1 == rest_.size()) break;
      const char second = rest_[i + 1];
      if (second == '{' || second == '%' || second == '#') return i;
    }
    return rest_.size();
  }

  void data() {
    const size_t end = next_tag();
    add_data(rest_.substr(0, end), rest_.substr(end, 3));
  }

  // Takes "{%" with its sign, if any.
  void take_opening() {
    const bool sign = rest_.size() > 2 && (rest_[2] == '-' || rest_[2] == '+');
    take(sign ? 3 : 2);
  }

  // Takes a closing mark with its sign and the white space that goes with it,
  // if it stands here.
  bool take_closing(std::string_view mark, bool plus, bool trim) {
    const auto follows = [&](char sign) {
      return rest_.starts_with(sign) && rest_.substr(1).starts_with(mark);
    };
    if (follows('-')) {
      take(mark.size() + 1);
      skip_white_space();
      return true;
    }
    if (plus && follows('+')) {
      take(mark.size() + 1);
      return true;
    }
    if (!rest_.starts_with(mark)) return false;
    take(mark.size());
    if (trim && rest_.starts_with('\n')) take(1);
    return true;
  }

  void comment() {
    take_opening();
    const size_t end = rest_.find("#}");
    if (end == std::string_view::npos) fail("the comment has no end");
    const bool sign =
        end > 0 && (rest_[end - 1] == '-' || rest_[end - 1] == '+');
    take(sign ? end - 1 : end);
    take_closing("#}", /*plus=*/true, /*trim=*/true);
  }

  // The length of "{%- word -%}" if it stands at `at`, up to the mark.
  static size_t word_tag(std::string_view text, std::string_view word) {
    if (!text.starts_with("{%")) return 0;
    const size_t size = text.size();
    text.remove_prefix(2);
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    text = strip_left(text);
    if (!text.starts_with(word)) return 0;
    text.remove_prefix(word.size());
    return size - strip_left(text).size();
  }

  bool raw() {
    const size_t length = word_tag(rest_, "raw");
    const std::string_view mark = rest_.substr(length);
    if (length == 0 || !(mark.starts_with("%}") || mark.starts_with("-%}"))) {
      return false;
    }
    take(length);
    take_closing("%}", /*plus=*/false, /*trim=*/false);
    for (size_t end = rest_.find("{%"); end != std::string_view::npos;
         end = rest_.find("{%", end + 1)) {
      const size_t closing = word_tag(rest_.substr(end), "endraw");
      const std::string_view after = rest_.substr(end + closing);
      if (closing == 0 ||
          !(after.starts_with("%}") || after.starts_with("-%}") ||
            after.starts_with("+%}"))) {
        continue;
      }
      add_data(rest_.substr(0, end), rest_.substr(end, 3));
      take(closing);
      return take_closing("%}", /*plus=*/true, /*trim=*/true);
    }
    fail("the raw block has no endraw");
  }

  void tag(TokenKind begin, std::string_view mark) {
    add(begin, std::string(mark));
    take_opening();
    const bool block = begin == TokenKind::kBlockBegin;
    const std::string closing = block ? "%}" : "}}";
    std::string brackets;  // that are open
    while (true) {
      if (rest_.empty()) fail(fmt::format("the tag has no {}", closing));
      const int line = line_;
      if (brackets.empty() && take_closing(closing, block, block)) {
        tokens_.push_back(
            {block ? TokenKind::kBlockEnd : TokenKind::kVariableEnd,
             closing,
             line});
        return;
      }
      token(brackets);
    }
  }

  void token(std::string& brackets) {
    size_t position = 0;
    const char c = rest_[0];
    if (is_white_space(next_code_point(rest_, position))) {
      skip_white_space();
    } else if (is_digit(c)) {
      number();
    } else if (is_name_start(c)) {
      const auto end =
          std::find_if_not(rest_.begin(), rest_.end(), is_name_part);
      const auto length = static_cast<size_t>(end - rest_.begin());
      add(TokenKind::kName, std::string(rest_.substr(0, length)));
      take(length);
    } else if (c == '\'' || c == '"') {
      string();
    } else {
      operation(brackets, position);
    }
  }

  // Digits with single underscores between them.
  size_t digits(size_t at) const {
    size_t end = at;
    while (end < rest_.size() &&
           (is_digit(rest_[end]) ||
            (rest_[end] == '_' && end > at && end + 1 < rest_.size() &&
             is_digit(rest_[end + 1])))) {
      ++end;
    }
    return end;
  }

  // The end of an exponent at `at`; `at` if there is none.
  size_t exponent(size_t at) const {
    if (at >= rest_.size() || (rest_[at] != 'e' && rest_[at] != 'E')) return at;
    size_t start = at + 1;
    if (start < rest_.size() && (rest_[start] == '+' || rest_[start] == '-')) {
      ++start;
    }
    const size_t end = digits(start);
    return end == start ? at : end;
  }

  void number() {
    if (rest_[0] == '0' && rest_.size() > 1 &&
        std::string_view("xXoObB").find(rest_[1]) != std::string_view::npos) {
      fail("numbers are written in decimal digits");
    }
    const size_t whole = digits(0);
    size_t end = whole;
    const bool after_dot = !tokens_.empty() && tokens_.back().text == "." &&
                           tokens_.back().kind == TokenKind::kOperator;
    if (!after_dot) {
      if (rest_.substr(end).starts_with('.') && digits(end + 1) > end + 1) {
        end = digits(end + 1);
      }
      end = exponent(end);
    }
    std::string text(rest_.substr(0, end));
    std::erase(text, '_');
    const bool zero = text.find_first_not_of('0') == std::string::npos;
    if (end == whole && text[0] == '0' && !zero) {
      fail("a whole number must not begin with 0");
    }
    add(end == whole ? TokenKind::kInteger : TokenKind::kFloat, text);
    take(end);
  }

  void string() {
    const char quote = rest_[0];
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != quote) {
      end += rest_[end] == '\\' ? 2 : 1;
    }
    if (end >= rest_.size()) fail("the string has no end");
    try {
      add(TokenKind::kString, unescape(rest_.substr(1, end - 1)));
    } catch (const TemplateError& error) {
      fail(error.what());
    }
    take(end + 1);
  }

  void operation(std::string& brackets, size_t first_length) {
    static constexpr std::string_view kOperators[] = {
        "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
        "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    const auto* found = std::find_if(
        std::begin(kOperators),
        std::end(kOperators),
        [&](std::string_view one) { return rest_.starts_with(one); });
    if (found == std::end(kOperators)) {
      fail(fmt::format("unexpected '{}'", rest_.substr(0, first_length)));
    }
    balance(*found, brackets);
    add(TokenKind::kOperator, std::string(*found));
    take(found->size());
  }

  void balance(std::string_view bracket, std::string& open) const {
    static constexpr std::string_view kOpening = "([{", kClosing = ")]}";
    if (kOpening.find(bracket) != std::string_view::npos) {
      open += bracket;
      return;
    }
    const size_t kind = kClosing.find(bracket);
    if (kind == std::string_view::npos) return;
    if (open.empty() || open.back() != kOpening[kind]) {
      fail(fmt::format("unexpected '{}'", bracket));
    }
    open.pop_back();
  }

  const std::string source_;
  std::string_view rest_;
  int line_ = 1;
  bool at_line_start_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(std::string_view source) {
  return Lexer(source).run();
}

}  // namespace cdx::jinja
