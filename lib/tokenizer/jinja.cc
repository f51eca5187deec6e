#include "tokenizer/jinja.h"

#include "tokenizer/jinja_interpreter.h"
#include "tokenizer/jinja_lexer.h"
#include "tokenizer/jinja_parser.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

// The longest known chat template has 20 KB.
constexpr size_t kMaxSource = size_t{1} << 20;

[[noreturn]] void fail(const std::string& where,
                       int line,
                       const std::string& message) {
  throw UserError(fmt::format("{}, line {}: {}", where, line, message));
}

}  // namespace

Template::Template(std::string_view source, std::string where)
    : where_(std::move(where)) {
  if (source.size() > kMaxSource) {
    throw UserError(
        fmt::format("{} has more than {} MiB", where_, kMaxSource >> 20));
  }
  if (!is_utf8(source)) throw UserError(where_ + " is not valid UTF-8");
  try {
    body_ = std::make_shared<const Block>(parse(source));
  } catch (const SyntaxError& error) {
    fail(where_, error.line(), error.what());
  }
}

Rendering Template::render(const Inputs& inputs) const {
  Environment environment(inputs.date);
  Interpreter interpreter(environment);
  try {
    const Value variables = from_json(inputs.variables);
    std::string text = interpreter.run(*body_, *map_of(variables));
    return {std::move(text), environment.date_was_asked};
  } catch (const TemplateError& error) {
    fail(where_, interpreter.line(), error.what());
  }
}

}  // namespace cdx::jinja
