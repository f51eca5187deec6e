#include "story_text.h"

#include "util/unicode.h"

#include <algorithm>

#include <unicode/uchar.h>

namespace cdx {
namespace {

bool is_mark(char32_t c) {
  const auto mask = U_GET_GC_MASK(static_cast<UChar32>(c));
  return (mask & (U_GC_P_MASK | U_GC_S_MASK)) != 0;
}

uint8_t flags_of(const std::string& text, const std::string& piece) {
  uint8_t flags = 0;
  bool only_marks = true, any = false, first = true;
  for (size_t at = 0; at < text.size();) {
    const char32_t c = next_code_point(text, at);
    const bool blank = is_white_space(c);
    if (first && blank) flags |= kStartsWord;
    first = false;
    any = any || is_mark(c) || c == '\n';
    only_marks = only_marks && (is_mark(c) || blank);
  }
  if (any && only_marks) flags |= kPunctuation;
  // Decoding alone drops the blank of sentencepiece's mark.
  if (piece.starts_with("\u2581")) flags |= kStartsWord;
  return flags;
}

class StopStrings : public TextWatcher {
 public:
  StopStrings(const std::vector<std::string>& texts, const Tokenizer& tokenizer)
      : texts_(texts), decoder_(tokenizer, /*skip_special_tokens=*/true) {
    for (const std::string& text : texts) {
      longest_ = std::max(longest_, text.size());
    }
  }

  bool append(int32_t id) override {
    // What came before can only hold the beginning of a text.
    tail_ = tail_.substr(tail_.size() - std::min(tail_.size(), longest_ - 1));
    const size_t before = tail_.size();
    tail_ += decoder_.push(id);
    return !cut_at(texts_, before, tail_).empty();
  }

 private:
  const std::vector<std::string>& texts_;
  StreamDecoder decoder_;
  size_t longest_ = 1;
  std::string tail_;
};

}  // namespace

std::vector<uint8_t> token_flags(const Tokenizer& tokenizer, int64_t columns) {
  std::vector<uint8_t> flags;
  flags.reserve(static_cast<size_t>(columns));
  for (int32_t id = 0; id < columns; ++id) {
    flags.push_back(
        flags_of(tokenizer.decode({id}, /*skip_special_tokens=*/true),
                 tokenizer.id_to_token(id).value_or("")));
  }
  return flags;
}

std::unique_ptr<TextWatcher> watch_for(const std::vector<std::string>& texts,
                                       const Tokenizer& tokenizer) {
  return std::make_unique<StopStrings>(texts, tokenizer);
}

std::string cut_at(const std::vector<std::string>& texts,
                   size_t from,
                   std::string& text) {
  size_t first = std::string::npos;
  std::string found;
  for (const std::string& one : texts) {
    const size_t begin = from < one.size() ? 0 : from - one.size() + 1;
    const size_t place = text.find(one, begin);
    if (place == std::string::npos || place > first) continue;
    if (place == first && one.size() < found.size()) continue;
    first = place;
    found = one;
  }
  if (!found.empty()) text.resize(first);
  return found;
}

}  // namespace cdx
