#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cdx::jinja {

enum class TokenKind {
  kData,           // text between tags
  kVariableBegin,  // {{
  kVariableEnd,
  kBlockBegin,  // {%
  kBlockEnd,
  kName,
  kString,
  kInteger,
  kFloat,
  kOperator,
  kEnd
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;  // of a string: what it stands for
  int line = 0;

  bool is(TokenKind wanted, std::string_view of) const {
    return kind == wanted && text == of;
  }
};

// What goes wrong while a template is read; the line is in it.
class SyntaxError : public std::exception {
 public:
  SyntaxError(int line, std::string message)
      : line_(line), message_(std::move(message)) {}
  int line() const { return line_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  int line_;
  std::string message_;
};

// Tokens of a template, which must be valid UTF-8, ended by kEnd. White space
// is handled as Jinja 3.1 does with trim_blocks and lstrip_blocks on; comments
// are gone, raw blocks are data. Throws SyntaxError.
std::vector<Token> tokenize(std::string_view source);

}  // namespace cdx::jinja
