#include "util/sentences.h"

#include <cctype>

namespace cdx {
namespace {

// Length of the closing quote or bracket at `at`, 0 if there is none.
size_t closer_at(std::string_view text, size_t at) {
  constexpr std::string_view kClosers[] = {
      "\"", "'", ")", "]", "*", "_", "”", "’", "»"};
  for (const std::string_view closer : kClosers) {
    if (text.substr(at).starts_with(closer)) return closer.size();
  }
  return 0;
}

// Length of the end mark at `at`, 0 if there is none.
size_t end_mark_at(std::string_view text, size_t at) {
  constexpr std::string_view kMarks[] = {".", "!", "?", "…", "。", "！", "？"};
  for (const std::string_view mark : kMarks) {
    if (text.substr(at).starts_with(mark)) return mark.size();
  }
  return 0;
}

}  // namespace

std::vector<size_t> sentence_ends(std::string_view text) {
  std::vector<size_t> ends;
  for (size_t at = 0; at < text.size();) {
    size_t length = end_mark_at(text, at);
    if (length == 0) {
      ++at;
      continue;
    }
    while (length > 0) {
      at += length;
      length = end_mark_at(text, at);
      if (length == 0) length = closer_at(text, at);
    }
    const bool ends_here =
        at == text.size() ||
        std::isspace(static_cast<unsigned char>(text[at])) != 0;
    if (ends_here) ends.push_back(at);
  }
  return ends;
}

}  // namespace cdx
