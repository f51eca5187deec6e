#pragma once

#include "tokenizer/jinja_ast.h"
#include "tokenizer/jinja_tokens.h"

#include <string>

namespace cdx::jinja {

// Reads expressions with the precedences of Jinja 3.1. Throws SyntaxError.
class ExpressionParser {
 public:
  explicit ExpressionParser(TokenStream& stream) : stream_(stream) {}

  // An expression, or several with commas: a tuple.
  ExpressionPtr tuple(bool conditional = true);
  ExpressionPtr expression() { return conditional(); }
  // As the iterable of a for and the condition of an if: without x if y.
  ExpressionPtr plain_expression() { return logical_or(); }

 private:
  class Nested;  // one level of nesting

  ExpressionPtr conditional();
  ExpressionPtr logical_or();
  ExpressionPtr logical_and();
  ExpressionPtr logical_not();
  ExpressionPtr comparison();
  ExpressionPtr sum();
  ExpressionPtr join();
  ExpressionPtr product();
  ExpressionPtr unary(bool with_filters);
  ExpressionPtr primary();
  ExpressionPtr name_or_constant();
  ExpressionPtr string();
  ExpressionPtr number();
  ExpressionPtr parentheses();
  ExpressionPtr list();
  ExpressionPtr map();
  ExpressionPtr postfix(ExpressionPtr of);
  ExpressionPtr filters(ExpressionPtr of);
  ExpressionPtr attribute(ExpressionPtr of);
  ExpressionPtr subscript(ExpressionPtr of);
  ExpressionPtr call(ExpressionPtr of);
  ExpressionPtr filter(ExpressionPtr of);
  ExpressionPtr test(ExpressionPtr of);
  void arguments(Expression& of);
  bool at_test_argument() const;
  std::string comparison_operator();
  ExpressionPtr make(ExpressionKind kind,
                     int line,
                     std::string name,
                     ExpressionPtr first = nullptr,
                     ExpressionPtr second = nullptr);
  // Adds to `of` (nullptr where an item is absent).
  void add(Expression& of, ExpressionPtr item);

  TokenStream& stream_;
  int nesting_ = 0;
};

}  // namespace cdx::jinja
