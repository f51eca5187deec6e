#include "stats/trend.h"

#include "stats/ranks.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace cdx {
namespace {

void check(const std::vector<std::vector<double>>& rows,
           const std::vector<double>& x) {
  if (x.size() < 3) {
    throw UserError(fmt::format(
        "trend: {} conditions are too few; it needs at least 3", x.size()));
  }
  for (size_t j = 1; j < x.size(); ++j) {
    if (!(x[j - 1] < x[j])) {
      throw UserError(
          fmt::format("trend: the conditions must ascend, but {} follows {}",
                      x[j],
                      x[j - 1]));
    }
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].size() != x.size()) {
      throw UserError(fmt::format(
          "trend: row {} has {} values, not {}", i, rows[i].size(), x.size()));
    }
  }
}

Ranks row_ranks(const std::vector<double>& row) {
  double scale = 0;
  for (double value : row) scale = std::max(scale, std::abs(value));
  return average_ranks(without_rounding_noise(row, scale));
}

double row_l(const std::vector<double>& ranks) {
  double l = 0;
  for (size_t j = 0; j < ranks.size(); ++j) {
    l += static_cast<double>(j + 1) * ranks[j];
  }
  return l;
}

// Pearson's correlation of the (mean) ranks with 1 … k.
double spearman(const Ranks& row) {
  const auto k = static_cast<double>(row.ranks.size());
  const double square_sum = (k * k * k - k) / 12;  // of 1 … k about its mean
  const double tied_square_sum = square_sum - row.tie_term / 12;
  if (tied_square_sum <= 0) return 0;
  const double covariance = row_l(row.ranks) - k * (k + 1) * (k + 1) / 4;
  return covariance / std::sqrt(square_sum * tied_square_sum);
}

double least_squares_slope(const std::vector<double>& x,
                           const std::vector<double>& y) {
  const double mean_x =
      std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
  double xy = 0, xx = 0;
  for (size_t j = 0; j < x.size(); ++j) {
    xy += (x[j] - mean_x) * y[j];
    xx += (x[j] - mean_x) * (x[j] - mean_x);
  }
  return xy / xx;
}

// Probability of each L − l_min over all permutations of one row of k ranks,
// l_min = k(k+1)(k+2)/6.
std::vector<double> one_row_distribution(size_t k) {
  std::vector<size_t> ranks(k);
  std::iota(ranks.begin(), ranks.end(), size_t{1});
  const size_t l_min = k * (k + 1) * (k + 2) / 6;
  const size_t l_max = k * (k + 1) * (2 * k + 1) / 6;
  std::vector<double> counts(l_max - l_min + 1, 0.0);
  double permutations = 0;
  do {
    size_t l = 0;
    for (size_t j = 0; j < k; ++j) l += (j + 1) * ranks[j];
    ++counts[l - l_min];
    ++permutations;
  } while (std::next_permutation(ranks.begin(), ranks.end()));
  for (double& count : counts) count /= permutations;
  return counts;
}

std::vector<double> convolve(const std::vector<double>& a,
                             const std::vector<double>& b) {
  std::vector<double> sum(a.size() + b.size() - 1, 0.0);
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) sum[i + j] += a[i] * b[j];
  }
  return sum;
}

// P(L ≥ ⌊l⌋) for m rows of k ranks (Odeh 1977).
double exact_upper_tail(const std::vector<double>& distribution,
                        double l,
                        size_t m,
                        size_t k) {
  const size_t l_min = m * (k * (k + 1) * (k + 2) / 6);
  const size_t first = static_cast<size_t>(l) - l_min;
  return std::accumulate(
      distribution.begin() + static_cast<std::ptrdiff_t>(first),
      distribution.end(),
      0.0);
}

// `tie_term`: Σ (t³ − t) over the ties of all rows, 0 not to correct for them.
double asymptotic_upper_tail(double l, double m, double k, double tie_term) {
  const double mean = m * k * (k + 1) * (k + 1) / 4;
  // Each row's: (k³ − k)/12 · (k³ − k − tie term)/12 / (k − 1).
  const double variance = k * (k + 1) * (m * k * (k * k - 1) - tie_term) / 144;
  return normal_upper_tail((l - mean) / std::sqrt(variance));
}

void add_p_values(size_t m, size_t k, double tie_term, TrendResult& result) {
  const auto rows = static_cast<double>(m), columns = static_cast<double>(k);
  // L of the columns in reversed order.
  const double reversed =
      rows * columns * (columns + 1) * (columns + 1) / 2 - result.l;
  if (k > 8 || (m > 12 && k > 3) || m > 20) {
    result.test = "page_asymptotic";
    result.p_increasing = asymptotic_upper_tail(result.l, rows, columns, 0);
    result.p_decreasing = asymptotic_upper_tail(reversed, rows, columns, 0);
  } else {
    result.test = "page_exact";
    const std::vector<double> row = one_row_distribution(k);
    std::vector<double> sum = row;
    for (size_t i = 1; i < m; ++i) sum = convolve(sum, row);
    result.p_increasing = exact_upper_tail(sum, result.l, m, k);
    result.p_decreasing = exact_upper_tail(sum, reversed, m, k);
  }
  result.p =
      std::min(1.0, 2 * std::min(result.p_increasing, result.p_decreasing));
  result.p_corrected = result.p;
  if (result.test != "page_asymptotic" || tie_term == 0) return;
  const bool all_tied =
      tie_term == rows * (columns * columns * columns - columns);
  result.p_corrected =
      all_tied
          ? 1
          : std::min(
                1.0,
                2 * asymptotic_upper_tail(
                        std::max(result.l, reversed), rows, columns, tie_term));
}

bool has_nan(const std::vector<double>& row) {
  return std::any_of(
      row.begin(), row.end(), [](double value) { return std::isnan(value); });
}

TrendResult undefined(const TrendResult& counts) {
  const double nan = std::nan("");
  TrendResult result;
  result.n = counts.n;
  result.n_dropped = counts.n_dropped;
  result.test = "none";
  result.l = result.p_increasing = result.p_decreasing = result.p = nan;
  result.p_corrected = nan;
  result.mean_spearman = result.slope = nan;
  result.slope_ci = {nan, nan};
  return result;
}

}  // namespace

TrendResult page_trend(const std::vector<std::vector<double>>& rows,
                       const std::vector<double>& x,
                       const BootstrapOptions& options) {
  check(rows, x);
  TrendResult result;
  std::vector<double> slopes;
  double tie_term = 0;
  for (const std::vector<double>& row : rows) {
    if (has_nan(row)) {
      ++result.n_dropped;
      continue;
    }
    const Ranks ranks = row_ranks(row);
    result.l += row_l(ranks.ranks);
    tie_term += ranks.tie_term;
    result.mean_spearman += spearman(ranks);
    slopes.push_back(least_squares_slope(x, row));
  }
  result.n = static_cast<int64_t>(slopes.size());
  if (result.n < 2) return undefined(result);
  result.mean_spearman /= static_cast<double>(result.n);
  const Summary slope = summarise(slopes, options);
  result.slope = slope.mean;
  result.slope_ci = slope.ci;
  add_p_values(slopes.size(), x.size(), tie_term, result);
  return result;
}

}  // namespace cdx
