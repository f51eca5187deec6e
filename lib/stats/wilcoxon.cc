#include "stats/wilcoxon.h"

#include "stats/ranks.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>

namespace cdx {
namespace {

// Two-sided p over all sign flips of the ranks: the subset sums of the doubled
// ranks (integers even where ranks are shared), counted by dynamic programming.
// Counts stay below 2^50, exact in double.
double sign_flip_p(const std::vector<double>& ranks, double r_plus) {
  size_t total = 0;
  for (double rank : ranks) total += static_cast<size_t>(std::lround(2 * rank));
  std::vector<double> ways(total + 1, 0.0);
  ways[0] = 1;
  size_t reached = 0;
  for (double rank : ranks) {
    const auto doubled = static_cast<size_t>(std::lround(2 * rank));
    reached += doubled;
    for (size_t sum = reached; sum >= doubled; --sum) {
      ways[sum] += ways[sum - doubled];
    }
  }
  const auto observed = static_cast<size_t>(std::lround(2 * r_plus));
  double at_most = 0, at_least = 0;
  for (size_t sum = 0; sum <= total; ++sum) {
    if (sum <= observed) at_most += ways[sum];
    if (sum >= observed) at_least += ways[sum];
  }
  const double all = std::ldexp(1.0, static_cast<int>(ranks.size()));
  return std::min(1.0, 2 * std::min(at_most, at_least) / all);
}

double asymptotic_p(double n, double r_plus, double tie_term) {
  const double mean = n * (n + 1) / 4;
  const double variance = (n * (n + 1) * (2 * n + 1) - tie_term / 2) / 24;
  return 2 * normal_upper_tail(std::abs(r_plus - mean) / std::sqrt(variance));
}

WilcoxonMethod choose_method(int64_t n, bool ties_or_zeros) {
  if (n > 50) return WilcoxonMethod::kAsymptotic;
  if (!ties_or_zeros) return WilcoxonMethod::kExact;
  return n <= 13 ? WilcoxonMethod::kPermutation : WilcoxonMethod::kAsymptotic;
}

}  // namespace

std::string test_name(WilcoxonMethod method) {
  switch (method) {
    case WilcoxonMethod::kExact:
      return "wilcoxon_exact";
    case WilcoxonMethod::kPermutation:
      return "wilcoxon_permutation";
    case WilcoxonMethod::kAsymptotic:
      return "wilcoxon_asymptotic";
    case WilcoxonMethod::kNone:
      break;
  }
  return "none";
}

WilcoxonResult wilcoxon(const std::vector<double>& differences) {
  std::vector<double> magnitudes, signs;
  for (double d : differences) {
    if (!std::isfinite(d)) {
      throw UserError(
          "wilcoxon: a difference is not a finite number; drop such pairs");
    }
    if (d == 0) continue;
    magnitudes.push_back(std::abs(d));
    signs.push_back(d);
  }
  WilcoxonResult result;
  result.n = static_cast<int64_t>(differences.size());
  result.n_zero = result.n - static_cast<int64_t>(magnitudes.size());
  if (magnitudes.empty()) {
    result.p = differences.empty() ? std::nan("") : 1.0;
    return result;
  }
  const Ranks ranks = average_ranks(magnitudes);
  for (size_t i = 0; i < signs.size(); ++i) {
    (signs[i] > 0 ? result.r_plus : result.r_minus) += ranks.ranks[i];
  }
  result.statistic = std::min(result.r_plus, result.r_minus);
  result.smallest_p = std::ldexp(1.0, 1 - static_cast<int>(magnitudes.size()));
  result.method =
      choose_method(result.n, ranks.tie_term > 0 || result.n_zero > 0);
  result.p = result.method == WilcoxonMethod::kAsymptotic
                 ? asymptotic_p(static_cast<double>(magnitudes.size()),
                                result.r_plus,
                                ranks.tie_term)
                 : sign_flip_p(ranks.ranks, result.r_plus);
  return result;
}

}  // namespace cdx
