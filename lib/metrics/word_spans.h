#pragma once

#include <cstdint>
#include <string_view>

// Stretches of a text counted in words, which are what white space (Python's
// str.split()) separates. Texts are valid UTF-8; linear.
namespace cdx {

int64_t count_words(std::string_view text);

// From word `first` to the one before `last`, counted from 0, with the white
// space between them; "" where the text has no word `first`.
std::string_view words_between(std::string_view text,
                               int64_t first,
                               int64_t last);

}  // namespace cdx
