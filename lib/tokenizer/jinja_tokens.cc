#include "tokenizer/jinja_tokens.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx::jinja {

const Token& TokenStream::ahead() const {
  return tokens_[std::min(position_ + 1, tokens_.size() - 1)];
}

Token TokenStream::take() {
  const Token& token = tokens_[position_];
  if (token.kind != TokenKind::kEnd) ++position_;
  return token;
}

bool TokenStream::is_operator(std::string_view text) const {
  return now().is(TokenKind::kOperator, text);
}

bool TokenStream::is_name(std::string_view text) const {
  return now().is(TokenKind::kName, text);
}

bool TokenStream::skip_operator(std::string_view text) {
  if (!is_operator(text)) return false;
  take();
  return true;
}

bool TokenStream::skip_name(std::string_view text) {
  if (!is_name(text)) return false;
  take();
  return true;
}

void TokenStream::expect_operator(std::string_view text) {
  if (skip_operator(text)) return;
  fail(fmt::format("expected '{}', found {}", text, describe()));
}

std::string TokenStream::expect_name(const char* what) {
  if (now().kind == TokenKind::kName) return take().text;
  fail(fmt::format("expected {}, found {}", what, describe()));
}

void TokenStream::fail(const std::string& message) const {
  throw SyntaxError(now().line, message);
}

std::string TokenStream::describe() const {
  switch (now().kind) {
    case TokenKind::kEnd:
      return "the end of the template";
    case TokenKind::kBlockEnd:
    case TokenKind::kVariableEnd:
      return "the end of the tag";
    case TokenKind::kString:
      return "a string";
    default:
      return "'" + now().text + "'";
  }
}

}  // namespace cdx::jinja
