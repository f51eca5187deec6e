#include "tokenizer/text_windows.h"

#include "util/errors.h"
#include "util/sentences.h"
#include "util/unicode.h"

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr bool kSpecials = true;

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences;
  size_t begin = 0;
  for (const size_t end : sentence_ends(text)) {
    sentences.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  if (begin < text.size()) sentences.push_back(text.substr(begin));
  return sentences;
}

class Windows {
 public:
  Windows(const Tokenizer& tokenizer, size_t max_tokens, size_t specials)
      : tokenizer_(tokenizer),
        max_tokens_(max_tokens),
        room_(max_tokens - specials) {}

  // `part` follows the last one in the same text.
  void add(std::string_view part) {
    const size_t tokens = tokenizer_.encode(part, !kSpecials).size();
    if (tokens > room_) {
      const std::vector<std::string_view> words = split_whitespace(part);
      if (words.size() > 1) {
        for (const std::string_view word : words) add(word);
        return;
      }
    }
    if (used_ + tokens > room_) close();
    if (open_.empty()) open_ = part;
    open_ = {open_.data(),
             static_cast<size_t>(part.data() + part.size() - open_.data())};
    used_ += tokens;
  }

  std::vector<std::vector<int32_t>> finish() {
    close();
    return std::move(windows_);
  }

 private:
  void close() {
    const std::string_view text = strip_whitespace(open_);
    open_ = {};
    used_ = 0;
    if (text.empty()) return;
    std::vector<int32_t> ids = tokenizer_.encode(text, kSpecials);
    // A long word alone; the special token at the end stays.
    if (ids.size() > max_tokens_) {
      ids[max_tokens_ - 1] = ids.back();
      ids.resize(max_tokens_);
    }
    windows_.push_back(std::move(ids));
  }

  const Tokenizer& tokenizer_;
  size_t max_tokens_, room_;
  std::string_view open_;
  size_t used_ = 0;
  std::vector<std::vector<int32_t>> windows_;
};

}  // namespace

std::vector<std::vector<int32_t>> text_windows(const Tokenizer& tokenizer,
                                               std::string_view text,
                                               size_t max_tokens) {
  const size_t specials = tokenizer.encode("", kSpecials).size();
  if (max_tokens <= specials) {
    throw UserError(fmt::format(
        "windows of {} tokens leave no room for text beside {} special tokens",
        max_tokens,
        specials));
  }
  std::vector<int32_t> ids = tokenizer.encode(text, kSpecials);
  if (ids.size() <= max_tokens) return {std::move(ids)};
  Windows windows(tokenizer, max_tokens, specials);
  for (const std::string_view sentence : sentences_of(text)) {
    windows.add(sentence);
  }
  return windows.finish();
}

}  // namespace cdx
