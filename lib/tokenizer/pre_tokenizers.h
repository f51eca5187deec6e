#pragma once

#include "tokenizer/pieces.h"
#include "util/json.h"

#include <functional>
#include <string>

namespace cdx {

// Cuts each piece into smaller ones; may rewrite the text.
using PreTokenizer = std::function<void(Pieces&)>;

// From the "pre_tokenizer" of a tokenizer.json; null gives an empty function.
// Throws UserError naming what is not supported.
PreTokenizer read_pre_tokenizer(const Json& json, const std::string& where);

}  // namespace cdx
