#include "metrics/ngrams.h"

#include "metrics/numbering.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

// Bits that each token's id fits into.
int width_of(const TokenIds& tokens) {
  return std::bit_width(static_cast<uint32_t>(std::max(tokens.n_types, 1) - 1));
}

constexpr int kIdBits = 32;

bool fits_a_key(int n, int width) {
  return n * width <= 64;
}

// The n-grams of a text, `width` bits a token.
void pack(std::span<const int32_t> text,
          int n,
          int width,
          std::vector<uint64_t>& keys) {
  const size_t before = static_cast<size_t>(n) - 1;
  keys.resize(text.size() - std::min(text.size(), before));
  const int unused_bits = 64 - n * width;
  const uint64_t mask = unused_bits == 64 ? 0 : ~uint64_t{0} >> unused_bits;
  uint64_t key = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    key = (key << width | static_cast<uint32_t>(text[i])) & mask;
    if (i >= before) keys[i - before] = key;
  }
}

// Counts the n-grams of texts. One can occur twice only if each of its tokens
// does: the others need no table.
class NgramCounter {
 public:
  NgramCounter(int32_t n_types, int n, int width)
      : n_(static_cast<size_t>(n)),
        width_(width),
        marks_(static_cast<size_t>(n_types)) {}

  // Of all these texts together.
  NgramCount count(std::span<const std::vector<int32_t>> texts) {
    mark_repeats(texts);
    size_t n_tokens = 0, n_ngrams = 0, n_candidates = 0;
    for (const auto& text : texts) n_tokens += text.size();
    if (keys_.size() < n_tokens) keys_.resize(n_tokens);
    for (const auto& text : texts) {
      if (text.size() < n_) continue;
      n_ngrams += text.size() - n_ + 1;
      n_candidates = add_candidates(text, n_candidates);
    }
    return {.types = static_cast<int64_t>(n_ngrams - n_candidates) +
                     count_different(std::span(keys_).first(n_candidates)),
            .all = static_cast<int64_t>(n_ngrams)};
  }

 private:
  void mark_repeats(std::span<const std::vector<int32_t>> texts) {
    round_ += 2;
    for (const std::vector<int32_t>& text : texts) {
      for (const int32_t token : text) {
        uint32_t& mark = marks_[static_cast<size_t>(token)];
        mark = round_ | (mark >= round_ ? 1 : 0);
      }
    }
  }

  // Behind the first `count` keys; gives how many there are then.
  size_t add_candidates(std::span<const int32_t> text, size_t count) {
    const uint64_t mask =
        ~uint64_t{0} >> (64 - std::max(static_cast<int>(n_) * width_, 1));
    uint64_t key = 0;
    size_t repeated = 0;  // tokens, up to this one
    for (const int32_t token : text) {
      key = key << width_ | static_cast<uint32_t>(token);
      repeated = (marks_[static_cast<size_t>(token)] & 1) * (repeated + 1);
      keys_[count] = key & mask;
      count += repeated >= n_ ? 1 : 0;
    }
    return count;
  }

  int64_t count_different(std::span<const uint64_t> keys) {
    slots_.assign(std::bit_ceil(2 * keys.size() + 2), 0);
    const int shift = numbering::shift_of(slots_.size());
    const size_t mask = slots_.size() - 1;
    int64_t different = 0;
    bool has_zero = false;  // which looks like an empty slot
    while (!keys.empty()) {
      const auto batch = keys.first(std::min(keys.size(), numbering::kBatch));
      for (const uint64_t key : batch) {
        __builtin_prefetch(&slots_[key * numbering::kGolden >> shift]);
      }
      for (const uint64_t key : batch) {
        size_t at = key * numbering::kGolden >> shift;
        // Another key's slot, in one branch.
        while (std::min(slots_[at], slots_[at] ^ key) != 0)
          at = (at + 1) & mask;
        different += slots_[at] != key ? 1 : 0;
        slots_[at] = key;
        has_zero |= key == 0;
      }
      keys = keys.subspan(batch.size());
    }
    return different + (has_zero ? 1 : 0);
  }

  size_t n_;
  int width_;
  // By token the number of the count that had it last, even; + 1: more than
  // once.
  std::vector<uint32_t> marks_;
  uint32_t round_ = 0;
  std::vector<uint64_t> keys_, slots_;
};

TokenIds packed_ngrams(const TokenIds& tokens, int n, int width) {
  KeyNumbering numbering;
  numbering.expect(static_cast<size_t>(count_tokens(tokens)));
  TokenIds grams;
  grams.texts.resize(tokens.texts.size());
  std::vector<uint64_t> keys;
  for (size_t t = 0; t < tokens.texts.size(); ++t) {
    pack(tokens.texts[t], n, width, keys);
    std::vector<int32_t>& numbers = grams.texts[t];
    numbers.reserve(keys.size());
    numbering.number(keys,
                     [&](int32_t number, bool) { numbers.push_back(number); });
  }
  grams.n_types = numbering.size();
  return grams;
}

// Which ids occur more than once.
std::vector<uint8_t> find_repeats(const TokenIds& ids) {
  std::vector<uint8_t> seen(static_cast<size_t>(ids.n_types), 0);
  std::vector<uint8_t> repeats(seen.size(), 0);
  for (const std::vector<int32_t>& text : ids.texts) {
    for (const int32_t id : text) {
      repeats[static_cast<size_t>(id)] |= seen[static_cast<size_t>(id)];
      seen[static_cast<size_t>(id)] = 1;
    }
  }
  return repeats;
}

// (n + 1)-grams from n-grams: an n-gram and the token after it make a key. Only
// one whose first and last n tokens occur elsewhere, too, can itself.
class Extension {
 public:
  explicit Extension(const TokenIds& tokens)
      : tokens_(tokens), repeats_(find_repeats(tokens)) {}

  // To be called with the tokens, then with what it gave.
  TokenIds extend(const TokenIds& shorter) {
    numbering_.expect(count_candidates(shorter));
    TokenIds longer;
    longer.texts.resize(shorter.texts.size());
    std::vector<uint8_t> repeats;
    repeats.reserve(repeats_.size());
    for (size_t t = 0; t < shorter.texts.size(); ++t) {
      collect_keys(shorter.texts[t], tokens_.texts[t]);
      number_text(longer.texts[t], repeats);
    }
    longer.n_types = numbering_.size();
    repeats_ = std::move(repeats);
    return longer;
  }

 private:
  bool is_candidate(const std::vector<int32_t>& shorter, size_t i) const {
    return (repeats_[static_cast<size_t>(shorter[i])] &
            repeats_[static_cast<size_t>(shorter[i + 1])]) != 0;
  }

  size_t count_candidates(const TokenIds& shorter) const {
    size_t count = 0;
    for (const std::vector<int32_t>& text : shorter.texts) {
      for (size_t i = 0; i + 1 < text.size(); ++i) {
        count += is_candidate(text, i) ? 1 : 0;
      }
    }
    return count;
  }

  void collect_keys(const std::vector<int32_t>& shorter,
                    const std::vector<int32_t>& tokens) {
    const size_t n = tokens.size() - shorter.size() + 1;
    keys_.clear();
    for (size_t i = 0; i + 1 < shorter.size(); ++i) {
      const auto head = static_cast<uint32_t>(shorter[i]);
      const auto tail = static_cast<uint32_t>(tokens[i + n]);
      keys_.push_back(is_candidate(shorter, i)
                          ? uint64_t{head} << 32 | uint64_t{tail}
                          : KeyNumbering::kUnique);
    }
  }

  void number_text(std::vector<int32_t>& numbers,
                   std::vector<uint8_t>& repeats) {
    numbers.reserve(keys_.size());
    const auto take = [&](int32_t number, bool is_new) {
      numbers.push_back(number);
      if (is_new) {
        repeats.push_back(0);
      } else {
        repeats[static_cast<size_t>(number)] = 1;
      }
    };
    numbering_.number<KeyNumbering::Uniques::kMarked>(keys_, take);
  }

  const TokenIds& tokens_;
  std::vector<uint8_t> repeats_;  // of the n-grams that come next
  KeyNumbering numbering_;
  std::vector<uint64_t> keys_;
};

void check_order(int n) {
  if (n < 1) {
    throw UserError(fmt::format("n-grams: the order is {}, not at least 1", n));
  }
}

}  // namespace

TokenIds white_space_tokens(const std::vector<std::string>& texts) {
  WordNumbering numbering(WordNumbering::Words::kStay);
  TokenIds tokens;
  tokens.texts.reserve(texts.size());
  std::vector<std::string_view> words;
  for (const std::string& text : texts) {
    split_whitespace(text, words);
    tokens.texts.push_back(numbering.numbers(words, text));
  }
  tokens.n_types = numbering.size();
  return tokens;
}

TokenIds ngrams(const TokenIds& tokens, int n) {
  check_order(n);
  if (n == 1) return tokens;
  const int width = width_of(tokens);
  if (fits_a_key(n, width)) return packed_ngrams(tokens, n, width);
  return std::move(ngrams_up_to(tokens, n).back());
}

std::vector<TokenIds> ngrams_up_to(const TokenIds& tokens, int max_n) {
  check_order(max_n);
  std::vector<TokenIds> orders = {tokens};
  Extension extension(tokens);
  for (int n = 2; n <= max_n; ++n) {
    orders.push_back(extension.extend(orders.back()));
  }
  return orders;
}

TokenIds number_tokens(std::span<const int32_t> tokens) {
  KeyNumbering numbering;
  numbering.expect(tokens.size());
  std::vector<uint64_t> keys;
  pack(tokens, 1, kIdBits, keys);
  std::vector<int32_t> text;
  text.reserve(tokens.size());
  numbering.number(keys, [&](int32_t number, bool) { text.push_back(number); });
  return {.texts = {std::move(text)}, .n_types = numbering.size()};
}

NgramCount count_ngrams(const TokenIds& tokens, int n) {
  check_order(n);
  if (n == 1) return {tokens.n_types, count_tokens(tokens)};
  const int width = width_of(tokens);
  if (fits_a_key(n, width)) {
    return NgramCounter(tokens.n_types, n, width).count(tokens.texts);
  }
  const TokenIds grams = ngrams(tokens, n);
  return {grams.n_types, count_tokens(grams)};
}

std::vector<NgramCount> count_ngrams_up_to(const TokenIds& tokens, int max_n) {
  check_order(max_n);
  std::vector<NgramCount> counts;
  if (fits_a_key(max_n, width_of(tokens))) {
    for (int n = 1; n <= max_n; ++n) counts.push_back(count_ngrams(tokens, n));
    return counts;
  }
  for (const TokenIds& grams : ngrams_up_to(tokens, max_n)) {
    counts.push_back({grams.n_types, count_tokens(grams)});
  }
  return counts;
}

std::vector<NgramCount> count_ngrams_of_each(const TokenIds& tokens, int n) {
  check_order(n);
  const int width = width_of(tokens);
  NgramCounter counter(tokens.n_types, n, width);
  std::vector<NgramCount> counts;
  counts.reserve(tokens.texts.size());
  for (const std::vector<int32_t>& text : tokens.texts) {
    counts.push_back(fits_a_key(n, width)
                         ? counter.count({&text, 1})
                         : count_ngrams(number_tokens(text), n));
  }
  return counts;
}

int64_t count_tokens(const TokenIds& tokens) {
  int64_t count = 0;
  for (const std::vector<int32_t>& text : tokens.texts) {
    count += static_cast<int64_t>(text.size());
  }
  return count;
}

}  // namespace cdx
