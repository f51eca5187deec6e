#include "metrics/word_spans.h"

#include "util/unicode.h"

#include <algorithm>

namespace cdx {

int64_t count_words(std::string_view text) {
  return static_cast<int64_t>(split_whitespace(text).size());
}

std::string_view words_between(std::string_view text,
                               int64_t first,
                               int64_t last) {
  return words_between(split_whitespace(text), first, last);
}

std::string_view words_between(std::span<const std::string_view> words,
                               int64_t first,
                               int64_t last) {
  const int64_t end = std::min(last, static_cast<int64_t>(words.size()));
  if (first >= end) return "";
  const std::string_view& from = words[static_cast<size_t>(first)];
  const std::string_view& to = words[static_cast<size_t>(end - 1)];
  return {from.data(),
          static_cast<size_t>(to.data() + to.size() - from.data())};
}

}  // namespace cdx
