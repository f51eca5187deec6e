#pragma once

#include "tokenizer/jinja_value.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Python's operations on strings, of valid UTF-8.
namespace cdx::jinja {

std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);
// Python's strip(chars): off both ends goes every character that is among
// `characters`. `left`, `right`: at which ends.
std::string_view strip_characters(std::string_view text,
                                  std::string_view characters,
                                  bool left,
                                  bool right);

// What stands between the quotes of a literal, backslashes interpreted.
std::string unescape(std::string_view literal);

// Python's replace(); a negative count replaces all. Throws TemplateError when
// the result is larger than kMaxText.
std::string replace_all(std::string_view text,
                        std::string_view from,
                        std::string_view to,
                        int64_t count);

// Python's split(separator, max_splits), without a separator at white space; a
// negative count splits everywhere. `from_right` is rsplit().
std::vector<std::string> split(std::string_view text,
                               const std::optional<std::string>& separator,
                               int64_t max_splits,
                               bool from_right);

// Lines without their ends, at \n and \r\n and what else ends a line in Python.
std::vector<std::string> split_lines(std::string_view text);

// First character in title case, the others in lower case.
std::string capitalize(std::string_view text);
// Jinja's filter `title`: words begin after white space, -, (, {, [ and <.
std::string title_words(std::string_view text);

// What Python's int() and float() make of text; nothing if it is no number.
std::optional<int64_t> parse_integer(std::string_view text);
std::optional<double> parse_double(std::string_view text);

// strftime() of Python for midnight of a day, "2024-07-26", in English. Throws
// TemplateError if it is no such date.
std::string format_date(const std::string& date, const std::string& format);

}  // namespace cdx::jinja
