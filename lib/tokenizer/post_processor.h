#pragma once

#include "util/json.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

// The ids that are set around those of a text.
struct PostProcessor {
  std::vector<int32_t> before;
  std::vector<int32_t> after;
};

// From the "post_processor" of a tokenizer.json, for a single text; null adds
// nothing. Throws UserError naming what is not supported.
PostProcessor read_post_processor(const Json& json, const std::string& where);

}  // namespace cdx
