#pragma once

#include "tokenizer/jinja_lexer.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cdx::jinja {

// The tokens of a template, with what a parser asks of them.
class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens)
      : tokens_(std::move(tokens)) {}

  const Token& now() const { return tokens_[position_]; }
  const Token& ahead() const;
  Token take();
  bool is_operator(std::string_view text) const;
  bool is_name(std::string_view text) const;
  // Takes the token if it is this one.
  bool skip_operator(std::string_view text);
  bool skip_name(std::string_view text);
  void expect_operator(std::string_view text);
  std::string expect_name(const char* what);
  [[noreturn]] void fail(const std::string& message) const;
  // "'x'", "the end of the tag", …
  std::string describe() const;

 private:
  std::vector<Token> tokens_;  // the last is kEnd
  size_t position_ = 0;
};

}  // namespace cdx::jinja
