#pragma once

#include "util/json.h"

#include <functional>
#include <string>
#include <string_view>

namespace cdx {

// Rewrites a text before it is cut into pieces.
using Normalizer = std::function<std::string(std::string_view)>;

// From the "normalizer" of a tokenizer.json; null gives an empty function.
// Throws UserError naming a kind that is not supported.
Normalizer read_normalizer(const Json& json, const std::string& where);

}  // namespace cdx
