#include "metrics/ngrams.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

namespace cdx {
namespace {

// Numbers 64-bit keys in the order of their first appearance: a hash table with
// open addressing, at most half full.
class KeyNumbering {
 public:
  int32_t number(uint64_t key) {
    if (2 * keys_.size() >= slots_.size()) grow();
    size_t slot = slot_of(key);
    if (slots_[slot] == kEmpty) {
      slots_[slot] = static_cast<int32_t>(keys_.size());
      keys_.push_back(key);
    }
    return slots_[slot];
  }
  int32_t size() const { return static_cast<int32_t>(keys_.size()); }

 private:
  static constexpr int32_t kEmpty = -1;

  // Where the key is or would go. The product's high bits depend on all bits of
  // the key (Fibonacci hashing).
  size_t slot_of(uint64_t key) const {
    const size_t mask = slots_.size() - 1;
    size_t slot = ((key * 0x9E3779B97F4A7C15u) >> 32) & mask;
    while (slots_[slot] != kEmpty &&
           keys_[static_cast<size_t>(slots_[slot])] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  void grow() {
    slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), kEmpty);
    for (size_t i = 0; i < keys_.size(); ++i) {
      slots_[slot_of(keys_[i])] = static_cast<int32_t>(i);
    }
  }

  std::vector<uint64_t> keys_;
  std::vector<int32_t> slots_;
};

// (n+1)-grams from n-grams: an n-gram and the token after it make a key.
TokenIds extend(const TokenIds& shorter, const TokenIds& tokens, size_t n) {
  KeyNumbering numbering;
  TokenIds longer;
  longer.texts.resize(tokens.texts.size());
  for (size_t t = 0; t < tokens.texts.size(); ++t) {
    const std::vector<int32_t>& text = tokens.texts[t];
    for (size_t i = 0; i + n < text.size(); ++i) {
      const auto head = static_cast<uint32_t>(shorter.texts[t][i]);
      const auto tail = static_cast<uint32_t>(text[i + n]);
      longer.texts[t].push_back(
          numbering.number(uint64_t{head} << 32 | uint64_t{tail}));
    }
  }
  longer.n_types = numbering.size();
  return longer;
}

}  // namespace

TokenIds white_space_tokens(const std::vector<std::string>& texts) {
  std::unordered_map<std::string_view, int32_t> numbers;
  TokenIds tokens;
  tokens.texts.reserve(texts.size());
  for (const std::string& text : texts) {
    std::vector<int32_t>& ids = tokens.texts.emplace_back();
    for (std::string_view word : split_whitespace(text)) {
      const auto next = static_cast<int32_t>(numbers.size());
      ids.push_back(numbers.try_emplace(word, next).first->second);
    }
  }
  tokens.n_types = static_cast<int32_t>(numbers.size());
  return tokens;
}

TokenIds ngrams(const TokenIds& tokens, int n) {
  if (n < 1) {
    throw UserError(fmt::format("n-grams: the order is {}, not at least 1", n));
  }
  TokenIds grams = tokens;
  for (size_t length = 1; length < static_cast<size_t>(n); ++length) {
    grams = extend(grams, tokens, length);
  }
  return grams;
}

int64_t count_tokens(const TokenIds& tokens) {
  int64_t count = 0;
  for (const std::vector<int32_t>& text : tokens.texts) {
    count += static_cast<int64_t>(text.size());
  }
  return count;
}

}  // namespace cdx
