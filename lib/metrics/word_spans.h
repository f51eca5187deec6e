#pragma once

#include <cstdint>
#include <span>
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
// The same of the words of one text, as split_whitespace() gives them.
std::string_view words_between(std::span<const std::string_view> words,
                               int64_t first,
                               int64_t last);

}  // namespace cdx
