#include "tokenizer/jinja_expressions.h"

#include <charconv>

#include <fmt/format.h>

// Expressions that begin with no other expression: names, literals, brackets.
namespace cdx::jinja {

ExpressionPtr ExpressionParser::primary() {
  switch (stream_.now().kind) {
    case TokenKind::kName:
      return name_or_constant();
    case TokenKind::kString:
      return string();
    case TokenKind::kInteger:
    case TokenKind::kFloat:
      return number();
    default:
      break;
  }
  if (stream_.is_operator("(")) return parentheses();
  if (stream_.is_operator("[")) return list();
  if (stream_.is_operator("{")) return map();
  stream_.fail(fmt::format("expected a value, found {}", stream_.describe()));
}

ExpressionPtr ExpressionParser::name_or_constant() {
  const Token token = stream_.take();
  const std::string& name = token.text;
  auto result = make(ExpressionKind::kConstant, token.line, "");
  if (name == "true" || name == "True") {
    result->value = true;
  } else if (name == "false" || name == "False") {
    result->value = false;
  } else if (name == "none" || name == "None") {
    result->value = None{};
  } else {
    result->kind = ExpressionKind::kName;
    result->name = name;
  }
  return result;
}

ExpressionPtr ExpressionParser::string() {
  auto result = make(ExpressionKind::kConstant, stream_.now().line, "");
  std::string value;
  while (stream_.now().kind == TokenKind::kString) value += stream_.take().text;
  result->value = text(std::move(value));
  return result;
}

ExpressionPtr ExpressionParser::number() {
  auto result = make(ExpressionKind::kConstant, stream_.now().line, "");
  const bool whole = stream_.now().kind == TokenKind::kInteger;
  const std::string& digits = stream_.now().text;
  const char* end = digits.data() + digits.size();
  int64_t integer = 0;
  double number = 0;
  const std::errc error = whole
                              ? std::from_chars(digits.data(), end, integer).ec
                              : std::from_chars(digits.data(), end, number).ec;
  if (error != std::errc()) {
    stream_.fail(fmt::format("the number {} is too large", digits));
  }
  if (whole) {
    result->value = integer;
  } else {
    result->value = number;
  }
  stream_.take();
  return result;
}

ExpressionPtr ExpressionParser::parentheses() {
  const int line = stream_.take().line;
  if (stream_.skip_operator(")")) {
    return make(ExpressionKind::kTuple, line, "");
  }
  ExpressionPtr inner = tuple();
  stream_.expect_operator(")");
  return inner;
}

ExpressionPtr ExpressionParser::list() {
  auto result = make(ExpressionKind::kList, stream_.take().line, "");
  while (!stream_.skip_operator("]")) {
    if (!result->items.empty()) {
      stream_.expect_operator(",");
      if (stream_.skip_operator("]")) break;
    }
    add(*result, expression());
  }
  return result;
}

ExpressionPtr ExpressionParser::map() {
  auto result = make(ExpressionKind::kMap, stream_.take().line, "");
  while (!stream_.skip_operator("}")) {
    if (!result->items.empty()) {
      stream_.expect_operator(",");
      if (stream_.skip_operator("}")) break;
    }
    add(*result, expression());
    stream_.expect_operator(":");
    add(*result, expression());
  }
  return result;
}

}  // namespace cdx::jinja
