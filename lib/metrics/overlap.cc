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

// Longest common subsequences of one text `a` with others.
class Subsequences {
 public:
  explicit Subsequences(std::span<const int32_t> a)
      : n_words_((a.size() + kWordBits - 1) / kWordBits) {
    for (int32_t token : a) {
      const auto id = static_cast<size_t>(token);
      if (id >= row_of_.size()) row_of_.resize(id + 1, kNone);
    }
    for (size_t i = 0; i < a.size(); ++i) {
      int32_t& row = row_of_[static_cast<size_t>(a[i])];
      if (row == kNone) {
        row = static_cast<int32_t>(positions_.size() / n_words_);
        positions_.resize(positions_.size() + n_words_, 0);
      }
      positions_[static_cast<size_t>(row) * n_words_ + i / kWordBits] |=
          uint64_t{1} << i % kWordBits;
    }
  }

  int64_t length_with(std::span<const int32_t> b) {
    state_.assign(n_words_, ~uint64_t{0});
    for (int32_t token : b) {
      const auto id = static_cast<size_t>(token);
      if (id < row_of_.size() && row_of_[id] != kNone) {
        step(&positions_[static_cast<size_t>(row_of_[id]) * n_words_]);
      }
    }
    return count_zeros();
  }

 private:
  static constexpr int32_t kNone = -1;

  // V ← (V + (V & M)) | (V & ~M) over all words; a zero bit of V is one more
  // token in common.
  void step(const uint64_t* positions) {
    uint64_t carry = 0;
    for (size_t w = 0; w < n_words_; ++w) {
      const uint64_t v = state_[w], both = v & positions[w];
      const uint64_t partial = v + both;
      const uint64_t sum = partial + carry;
      carry = static_cast<uint64_t>(partial < v) |
              static_cast<uint64_t>(sum < partial);
      state_[w] = sum | (v & ~positions[w]);
    }
  }

  // Bits beyond the end of `a` stay ones.
  int64_t count_zeros() const {
    int64_t zeros = 0;
    for (uint64_t v : state_) zeros += std::popcount(~v);
    return zeros;
  }

  size_t n_words_;
  std::vector<int32_t> row_of_;      // by token id
  std::vector<uint64_t> positions_;  // a row of bits for each token of `a`
  std::vector<uint64_t> state_;
};

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
  return Subsequences(a).length_with(b);
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
    Subsequences subsequences(texts[i]);
    for (size_t j = i + 1; j < texts.size(); ++j) {
      const double f = f_of(
          subsequences.length_with(texts[j]), texts[i].size(), texts[j].size());
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
