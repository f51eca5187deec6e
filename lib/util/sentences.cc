#include "util/sentences.h"

#include <cctype>

namespace cdx {
namespace {

// Length of the closing quote or bracket at `at`, 0 if there is none.
size_t closer_at(std::string_view text, size_t at) {
  constexpr std::string_view kClosers[] = {
      "\"", "'", ")", "]", "*", "_", "”", "’", "»", "」", "』", "）"};
  for (const std::string_view closer : kClosers) {
    if (text.substr(at).starts_with(closer)) return closer.size();
  }
  return 0;
}

// True for the marks of scripts that set no white space after a sentence.
bool is_wide_mark(std::string_view text, size_t at) {
  constexpr std::string_view kMarks[] = {"。", "！", "？"};
  for (const std::string_view mark : kMarks) {
    if (text.substr(at).starts_with(mark)) return true;
  }
  return false;
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
  std::vector<size_t> found;
  for (size_t at = 0; at < text.size();) {
    size_t length = end_mark_at(text, at);
    if (length == 0) {
      ++at;
      continue;
    }
    bool ends = false;
    while (length > 0) {
      ends = ends || is_wide_mark(text, at);
      at += length;
      length = end_mark_at(text, at);
      if (length == 0) length = closer_at(text, at);
    }
    ends = ends || at == text.size() ||
           std::isspace(static_cast<unsigned char>(text[at])) != 0;
    if (ends) found.push_back(at);
  }
  return found;
}

}  // namespace cdx
