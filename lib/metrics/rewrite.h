#pragma once

#include <string>
#include <string_view>
#include <type_traits>

// Passes of the tokenisers that are defined as a sequence of rewritings. Each
// is linear, and leftmost matches that do not overlap are rewritten.
namespace cdx {

// `from`, not empty, by `to`.
template <typename Char>
std::basic_string<Char> replace_all(
    std::basic_string<Char> text,
    std::type_identity_t<std::basic_string_view<Char>> from,
    std::type_identity_t<std::basic_string_view<Char>> to) {
  size_t found = text.find(from);
  if (found == text.npos) return text;
  std::basic_string<Char> out;
  out.reserve(text.size() + text.size() / 8);
  size_t done = 0;
  for (; found != text.npos; found = text.find(from, done)) {
    out.append(text, done, found - done);
    out += to;
    done = found + from.size();
  }
  out.append(text, done);
  return out;
}

// A space before and after each character that is `wanted`.
template <typename Char, typename Wanted>
std::basic_string<Char> pad_characters(const std::basic_string<Char>& text,
                                       Wanted wanted) {
  std::basic_string<Char> out;
  out.reserve(text.size() + text.size() / 8);
  for (Char c : text) {
    const bool padded = wanted(c);
    if (padded) out += Char{' '};
    out += c;
    if (padded) out += Char{' '};
  }
  return out;
}

}  // namespace cdx
