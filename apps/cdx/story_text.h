#pragma once

#include "decoding/story.h"
#include "tokenizer/tokenizer.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// What decoding must know of texts, which it does not see itself.
namespace cdx {

// TokenFlag bits of the first `columns` ids: whether a token's text begins with
// white space (or the tokenizer's mark of a word's beginning), and whether it
// is nothing but punctuation, symbols and white space, line breaks included.
std::vector<uint8_t> token_flags(const Tokenizer& tokenizer, int64_t columns);

// Watches a story for any of the texts. Both must live as long.
std::unique_ptr<TextWatcher> watch_for(const std::vector<std::string>& texts,
                                       const Tokenizer& tokenizer);

// Cuts `text` where the first of `texts` begins that ends after `from` bytes;
// returns that one (the longest of several), "" if there is none.
std::string cut_at(const std::vector<std::string>& texts,
                   size_t from,
                   std::string& text);

}  // namespace cdx
