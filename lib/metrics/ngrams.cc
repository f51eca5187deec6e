#include "metrics/ngrams.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <bit>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

// Numbers 64-bit keys in the order of their first appearance: a hash table with
// open addressing, at most half full with the keys that it is told to expect.
class KeyNumbering {
 public:
  explicit KeyNumbering(int64_t most_keys)
      : slots_(std::bit_ceil(2 * static_cast<size_t>(most_keys) + 1)) {}

  int32_t number(uint64_t key) {
    const size_t mask = slots_.size() - 1;
    // The product's high bits depend on all bits of the key (Fibonacci
    // hashing).
    size_t at = ((key * 0x9E3779B97F4A7C15u) >> 32) & mask;
    while (slots_[at].number != kEmpty && slots_[at].key != key) {
      at = (at + 1) & mask;
    }
    if (slots_[at].number == kEmpty) slots_[at] = {key, size_++};
    return slots_[at].number;
  }
  int32_t size() const { return size_; }

 private:
  static constexpr int32_t kEmpty = -1;

  struct Slot {
    uint64_t key = 0;
    int32_t number = kEmpty;
  };

  std::vector<Slot> slots_;
  int32_t size_ = 0;
};

// (n+1)-grams from n-grams: an n-gram and the token after it make a key.
TokenIds extend(const TokenIds& shorter, const TokenIds& tokens, size_t n) {
  KeyNumbering numbering(count_tokens(shorter));
  TokenIds longer;
  longer.texts.resize(tokens.texts.size());
  for (size_t t = 0; t < tokens.texts.size(); ++t) {
    const std::vector<int32_t>& text = tokens.texts[t];
    longer.texts[t].reserve(shorter.texts[t].size());
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

void check_order(int n) {
  if (n < 1) {
    throw UserError(fmt::format("n-grams: the order is {}, not at least 1", n));
  }
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
  check_order(n);
  TokenIds grams = tokens;
  for (size_t length = 1; length < static_cast<size_t>(n); ++length) {
    grams = extend(grams, tokens, length);
  }
  return grams;
}

std::vector<TokenIds> ngrams_up_to(const TokenIds& tokens, int max_n) {
  check_order(max_n);
  std::vector<TokenIds> orders = {tokens};
  for (size_t length = 1; length < static_cast<size_t>(max_n); ++length) {
    orders.push_back(extend(orders.back(), tokens, length));
  }
  return orders;
}

TokenIds number_tokens(std::span<const int32_t> tokens) {
  KeyNumbering numbering(static_cast<int64_t>(tokens.size()));
  std::vector<int32_t> text;
  text.reserve(tokens.size());
  for (int32_t token : tokens) {
    text.push_back(numbering.number(static_cast<uint32_t>(token)));
  }
  return {.texts = {std::move(text)}, .n_types = numbering.size()};
}

int64_t count_tokens(const TokenIds& tokens) {
  int64_t count = 0;
  for (const std::vector<int32_t>& text : tokens.texts) {
    count += static_cast<int64_t>(text.size());
  }
  return count;
}

}  // namespace cdx
