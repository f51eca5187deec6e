#include "metrics/repetition.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>

namespace cdx {
namespace {

// The longest suffix in which every token equals the one `period` before it.
size_t repeated_suffix(std::span<const int32_t> tokens, size_t period) {
  if (tokens.size() <= period) return 0;
  const auto later =
      std::mismatch(tokens.rbegin(),
                    tokens.rend() - static_cast<std::ptrdiff_t>(period),
                    tokens.rbegin() + static_cast<std::ptrdiff_t>(period));
  return static_cast<size_t>(later.first - tokens.rbegin());
}

}  // namespace

std::vector<double> seq_rep_n(const TokenIds& tokens, int n) {
  std::vector<double> shares;
  for (const NgramCount& grams : count_ngrams_of_each(tokens, n)) {
    shares.push_back(grams.all == 0 ? std::nan("")
                                    : 1 - static_cast<double>(grams.types) /
                                              static_cast<double>(grams.all));
  }
  return shares;
}

Loop find_loop(std::span<const int32_t> tokens, const LoopRule& rule) {
  if (rule.max_period < 1 || rule.min_tokens < 1) {
    throw UserError(
        "loop_rate: the longest period and the fewest tokens of a "
        "loop must be at least 1");
  }
  for (int period = 1; period <= rule.max_period; ++period) {
    const auto p = static_cast<size_t>(period);
    const size_t repeated = repeated_suffix(tokens, p);
    if (repeated < 2 * p ||
        repeated + p < static_cast<size_t>(rule.min_tokens)) {
      continue;
    }
    return {.period = period,
            .share = static_cast<double>(repeated + p) /
                     static_cast<double>(tokens.size())};
  }
  return {};
}

LoopRate loop_rate(const std::vector<std::vector<int32_t>>& texts,
                   const LoopRule& rule) {
  if (texts.empty()) throw UserError("loop_rate: there are no texts");
  double loops = 0, shares = 0;
  for (const std::vector<int32_t>& text : texts) {
    const Loop loop = find_loop(text, rule);
    if (loop.period == 0) continue;
    ++loops;
    shares += loop.share;
  }
  LoopRate rate{.rate = loops / static_cast<double>(texts.size())};
  if (loops > 0) rate.mean_share = shares / loops;
  return rate;
}

}  // namespace cdx
