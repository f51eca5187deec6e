#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// True if `text` is well-formed UTF-8 (no surrogates, no overlong forms).
bool is_utf8(std::string_view text);

// Invalid sequences become U+FFFD, one per maximal subpart (as in Python's
// errors="replace").
std::string to_valid_utf8(std::string_view text);

// The code point of valid UTF-8 that starts at `position` < text.size(), which
// is moved past it.
char32_t next_code_point(std::string_view text, size_t& position);

// Code points of valid UTF-8, and back.
std::u32string to_code_points(std::string_view text);
std::string to_utf8(std::u32string_view code_points);
void append_utf8(char32_t code_point, std::string& out);

// Number of code points of valid UTF-8.
size_t count_code_points(std::string_view text);

// Python's str.isspace(): Unicode White_Space and U+001C–1F.
bool is_white_space(char32_t code_point);
// Python's str.split(), of valid UTF-8.
std::vector<std::string_view> split_whitespace(std::string_view text);
// Into `words`, whose memory is used again.
void split_whitespace(std::string_view text,
                      std::vector<std::string_view>& words);
// Python's str.split(" "): two spaces have an empty word between them.
std::vector<std::string_view> split_spaces(std::string_view text);
// Python's str.strip(), of valid UTF-8.
std::string_view strip_whitespace(std::string_view text);

// Python's str.upper() and str.lower(), of valid UTF-8.
std::string to_upper(std::string_view text);
std::string to_lower(std::string_view text);
// Python's str.title(): each cased character that follows none in upper (title)
// case, the others in lower case.
std::string to_title(std::string_view text);
// What repr() of Python leaves as it is: no control, format, surrogate,
// private, unassigned or separating character but the space.
bool is_printable(char32_t code_point);

// Python's str.isalnum() and str.isdecimal(), of one character.
bool is_alphanumeric(char32_t code_point);
bool is_decimal(char32_t code_point);
// \w of Unicode Technical Standard 18: letters and what counts as such, marks,
// decimal digits, connecting punctuation, the zero-width joiners.
bool is_uts18_word(char32_t code_point);

// Normalisation forms C and D.
std::string to_nfc(std::string_view text);
std::string to_nfd(std::string_view text);

}  // namespace cdx
