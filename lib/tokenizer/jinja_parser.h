#pragma once

#include "tokenizer/jinja_ast.h"

#include <string_view>

namespace cdx::jinja {

// Reads a template. Throws SyntaxError naming the first thing that is wrong or
// that this interpreter does not know: a statement, filter or test.
Block parse(std::string_view source);

}  // namespace cdx::jinja
