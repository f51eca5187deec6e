#pragma once

#include "stats/bootstrap.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

struct TrendResult {
  int64_t n = 0;            // rows (prompts) that entered
  int64_t n_dropped = 0;    // rows with a NaN
  std::string test;         // page_exact, page_asymptotic; none when n < 2
  double l = 0;             // Page's L = Σ_j j·(rank sum of column j)
  double p_increasing = 0;  // one-sided, values rise with x
  double p_decreasing = 0;  // one-sided, values fall with x
  double p = 0;             // two-sided: twice the smaller, at most 1
  // Two-sided with the variance of L corrected for ties within rows, by the
  // normal distribution; p where that is exact or nothing ties.
  double p_corrected = 0;
  // Mean over rows of Spearman's correlation with x; a row of equal values
  // counts as 0. −1 … 1, positive: rising.
  double mean_spearman = 0;
  // Mean over rows of the least-squares slope, in units of the value per unit
  // of x, with its bootstrap interval over rows.
  double slope = 0;
  Interval slope_ci;
};

// Page's (1963) test for a trend over ordered conditions measured on the same
// prompts. rows[i][j]: value of prompt i at x[j]; x strictly ascending (for γ:
// with both end points, 0 = instruct and 1 = base, when those were measured).
// p and the choice between the exact and the normal distribution as by
// scipy.stats.page_trend_test: exact up to 8 columns and 12 rows (3 columns: 20
// rows), ties not corrected for, which makes p too large (with a fifth of the
// values tied the test at 5 % rejects in about 3 %); p_corrected is. Everything
// but n and n_dropped is NaN when fewer than 2 rows are left. Throws UserError
// below 3 columns, on rows of another length and when x does not ascend.
TrendResult page_trend(const std::vector<std::vector<double>>& rows,
                       const std::vector<double>& x,
                       const BootstrapOptions& options = {});

}  // namespace cdx
