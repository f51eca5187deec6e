#include "stats/reliability.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace cdx {

double pearson(const std::vector<double>& a, const std::vector<double>& b) {
  double n = 0, mean_a = 0, mean_b = 0;
  const auto defined = [&](size_t i) {
    return !std::isnan(a[i]) && !std::isnan(b[i]);
  };
  for (size_t i = 0; i < a.size(); ++i) {
    if (!defined(i)) continue;
    ++n;
    mean_a += (a[i] - mean_a) / n;
    mean_b += (b[i] - mean_b) / n;
  }
  if (n < 3) return std::nan("");
  double aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (!defined(i)) continue;
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  // Equal values whose mean is rounded are constant, too.
  const auto constant = [n](double squares, double mean) {
    return squares <= n * 1e-28 * mean * mean;
  };
  if (constant(aa, mean_a) || constant(bb, mean_b)) return std::nan("");
  return std::clamp(ab / std::sqrt(aa) / std::sqrt(bb), -1.0, 1.0);
}

double spearman_brown(double r) {
  return 2 * r / (1 + std::abs(r));
}

}  // namespace cdx
