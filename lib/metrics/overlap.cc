#include "metrics/overlap.h"

#include "metrics/rounding.h"
#include "util/errors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace cdx {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kWordBits = 64;

void check_not_empty(const TokenIds& tokens, const char* metric) {
  if (tokens.texts.empty()) {
    throw UserError(std::string(metric) + ": there are no texts");
  }
}

// Longest common subsequences with one stretch of a text. A text of several
// stretches takes them one after the other, so that memory does not grow with
// its length times its vocabulary: `carries` brings what one leaves to the
// next, an entry for each token of the other text, at first 0.
class Stretch {
 public:
  static constexpr size_t kMostTokens = 64 * kWordBits;  // 2 MB of positions

  explicit Stretch(std::span<const int32_t> tokens)
      : n_words_((tokens.size() + kWordBits - 1) / kWordBits),
        nowhere_(n_words_, 0) {
    for (int32_t token : tokens) {
      const auto id = static_cast<size_t>(token);
      if (id >= row_of_.size()) row_of_.resize(id + 1, kNone);
    }
    for (size_t i = 0; i < tokens.size(); ++i) {
      int32_t& row = row_of_[static_cast<size_t>(tokens[i])];
      if (row == kNone) {
        row = static_cast<int32_t>(positions_.size() / n_words_);
        positions_.resize(positions_.size() + n_words_, 0);
      }
      positions_[static_cast<size_t>(row) * n_words_ + i / kWordBits] |=
          uint64_t{1} << i % kWordBits;
    }
  }

  // Tokens in common that this stretch adds.
  int64_t length_with(std::span<const int32_t> other,
                      std::vector<uint8_t>& carries) {
    state_.assign(n_words_, ~uint64_t{0});
    for (size_t i = 0; i < other.size(); ++i) {
      const uint64_t* positions = positions_of(other[i]);
      if (positions == nullptr && carries[i] == 0) continue;
      step(positions == nullptr ? nowhere_.data() : positions, carries[i]);
    }
    return count_zeros();
  }

 private:
  static constexpr int32_t kNone = -1;

  const uint64_t* positions_of(int32_t token) const {
    const auto id = static_cast<size_t>(token);
    if (id >= row_of_.size() || row_of_[id] == kNone) return nullptr;
    return &positions_[static_cast<size_t>(row_of_[id]) * n_words_];
  }

  // V ← (V + (V & M)) | (V & ~M) over all words; a zero bit of V is one more
  // token in common.
  void step(const uint64_t* positions, uint8_t& carried) {
    uint64_t carry = carried;
    for (size_t w = 0; w < n_words_; ++w) {
      const uint64_t v = state_[w], both = v & positions[w];
      const uint64_t partial = v + both;
      const uint64_t sum = partial + carry;
      carry = static_cast<uint64_t>(partial < v) |
              static_cast<uint64_t>(sum < partial);
      state_[w] = sum | (v & ~positions[w]);
    }
    carried = static_cast<uint8_t>(carry);
  }

  // Bits beyond the end of the stretch stay ones.
  int64_t count_zeros() const {
    int64_t zeros = 0;
    for (uint64_t v : state_) zeros += std::popcount(~v);
    return zeros;
  }

  size_t n_words_;
  std::vector<int32_t> row_of_;      // by token id
  std::vector<uint64_t> positions_;  // a row of bits for each token
  std::vector<uint64_t> nowhere_;    // the row of a token that is not in it
  std::vector<uint64_t> state_;
};

using Text = std::vector<int32_t>;

// Of `text` with each of `others`.
std::vector<int64_t> common_lengths(std::span<const int32_t> text,
                                    std::span<const Text> others) {
  std::vector<int64_t> lengths(others.size(), 0);
  std::vector<std::vector<uint8_t>> carries;
  for (const Text& other : others) carries.emplace_back(other.size(), 0);
  while (!text.empty()) {
    const size_t taken = std::min(text.size(), Stretch::kMostTokens);
    Stretch stretch(text.first(taken));
    for (size_t j = 0; j < others.size(); ++j) {
      lengths[j] += stretch.length_with(others[j], carries[j]);
    }
    text = text.subspan(taken);
  }
  return lengths;
}

double f_of(int64_t common, size_t a, size_t b) {
  if (common == 0) return 0;
  const double precision = static_cast<double>(common) / static_cast<double>(a);
  const double recall = static_cast<double>(common) / static_cast<double>(b);
  return 2 * precision * recall / (precision + recall);
}

// Number of texts that have each n-gram.
std::vector<int64_t> document_frequencies(const TokenIds& grams) {
  const auto n_types = static_cast<size_t>(grams.n_types);
  std::vector<int64_t> frequencies(n_types, 0);
  std::vector<size_t> last_text(n_types, grams.texts.size());
  for (size_t t = 0; t < grams.texts.size(); ++t) {
    for (int32_t gram : grams.texts[t]) {
      const auto g = static_cast<size_t>(gram);
      if (last_text[g] != t) ++frequencies[g];
      last_text[g] = t;
    }
  }
  return frequencies;
}

}  // namespace

int64_t longest_common_subsequence(std::span<const int32_t> a,
                                   std::span<const int32_t> b) {
  const Text other(b.begin(), b.end());
  return common_lengths(a, {&other, 1})[0];
}

double rouge_l(std::span<const int32_t> a, std::span<const int32_t> b) {
  return f_of(longest_common_subsequence(a, b), a.size(), b.size());
}

double homogenization_rouge_l(const TokenIds& tokens) {
  check_not_empty(tokens, "homogenization_rouge_l");
  const auto& texts = tokens.texts;
  if (texts.size() == 1) return kNaN;
  std::vector<double> sums(texts.size(), 0);
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::vector<int64_t> common =
        common_lengths(texts[i], std::span(texts).subspan(i + 1));
    for (size_t j = i + 1; j < texts.size(); ++j) {
      const double f =
          f_of(common[j - i - 1], texts[i].size(), texts[j].size());
      sums[i] += f;
      sums[j] += f;
    }
  }
  double total = 0;
  for (double sum : sums) total += sum / static_cast<double>(texts.size() - 1);
  return total / static_cast<double>(texts.size());
}

double homogenization_rouge_l_compat(const TokenIds& tokens) {
  const double clean = homogenization_rouge_l(tokens);
  if (std::isnan(clean)) return clean;
  return clean == 0 ? 1 : round_decimals(clean, 3);
}

double self_repetition(const TokenIds& tokens, int n) {
  check_not_empty(tokens, "self_repetition");
  const TokenIds grams = ngrams(tokens, n);
  std::vector<int64_t> others = document_frequencies(grams);
  for (int64_t& frequency : others) --frequency;
  std::vector<size_t> last_text(others.size(), grams.texts.size());
  double total = 0;
  for (size_t t = 0; t < grams.texts.size(); ++t) {
    int64_t repeated = 0;
    for (int32_t gram : grams.texts[t]) {
      const auto g = static_cast<size_t>(gram);
      if (last_text[g] != t) repeated += others[g];
      last_text[g] = t;
    }
    total += std::log(static_cast<double>(1 + repeated));
  }
  return total / static_cast<double>(grams.texts.size());
}

}  // namespace cdx
