#pragma once

#include "util/json.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// The text of tokens; may be invalid UTF-8.
using Decoder =
    std::function<std::string(const std::vector<std::string_view>& tokens)>;

// From the "decoder" of a tokenizer.json. Throws UserError naming a kind that
// is not supported.
Decoder read_decoder(const Json& json, const std::string& where);

}  // namespace cdx
