#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

enum class WilcoxonMethod {
  kNone,         // no difference at all, or every one is zero: nothing to rank
  kExact,        // distribution of r_plus over ranks 1 … n
  kPermutation,  // the same over the mean ranks at hand (ties, zeros)
  kAsymptotic,   // normal approximation with the variance corrected for ties
};

struct WilcoxonResult {
  int64_t n = 0;         // differences, zeros included
  int64_t n_zero = 0;    // dropped before ranking
  double r_plus = 0;     // rank sum of the positive differences
  double r_minus = 0;    // of the negative ones
  double statistic = 0;  // the smaller of the two
  // Two-sided. 1 when every difference is zero, NaN when there is none.
  double p = 0;
  WilcoxonMethod method = WilcoxonMethod::kNone;
  // 2^(1−m) for m differences other than zero: no data of this size gives a
  // smaller p (without ties), so below 6 nothing can reach 0.05. 1 for m = 0.
  double smallest_p = 1;
};

// "wilcoxon_exact", "wilcoxon_permutation", "wilcoxon_asymptotic"; "none".
std::string test_name(WilcoxonMethod method);

// Signed-rank test of paired differences about zero (Wilcoxon 1945), two-sided;
// zeros are dropped, equal magnitudes share their mean rank, no continuity
// correction. The method is chosen as by scipy.stats.wilcoxon ≥ 1.15 with
// method="auto": more than 50 differences → asymptotic; no ties and no zeros →
// exact; at most 13 → all sign flips; else asymptotic. Throws UserError on a
// difference that is not finite.
WilcoxonResult wilcoxon(const std::vector<double>& differences);

}  // namespace cdx
