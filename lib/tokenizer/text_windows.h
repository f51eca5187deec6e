#pragma once

#include "tokenizer/tokenizer.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace cdx {

// Parts of a text as a sentence encoder reads them, in order; none overlaps.
// Each is ids of whole sentences, as many as go into `max_tokens` with the
// special tokens; of words where a sentence alone is longer; a longer word is
// cut off. A text that fits is one window: what encode() gives. At least one
// window. Throws what Tokenizer::encode() throws, and UserError when
// `max_tokens` leaves no room beside the special tokens.
std::vector<std::vector<int32_t>> text_windows(const Tokenizer& tokenizer,
                                               std::string_view text,
                                               size_t max_tokens);

}  // namespace cdx
