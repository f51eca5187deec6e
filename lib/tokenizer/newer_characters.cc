#include "tokenizer/newer_characters.h"

#include <algorithm>
#include <iterator>

namespace cdx {
namespace {

struct NewerLowercase {
  char32_t first, last, small;  // the small letter of `first`
};

#include "tokenizer/newer_characters.inc"

}  // namespace

const Newer* find_newer(char32_t c) {
  if (c < kNewer[0].first) return nullptr;
  const Newer* after = std::upper_bound(
      std::begin(kNewer),
      std::end(kNewer),
      c,
      [](char32_t point, const Newer& range) { return point < range.first; });
  const Newer* range = after - 1;
  return c <= range->last ? range : nullptr;
}

std::optional<char32_t> newer_lowercase(char32_t c) {
  for (const auto& [first, last, small] : kNewerLowercase) {
    if (c >= first && c <= last) return small + (c - first);
  }
  return std::nullopt;
}

}  // namespace cdx
