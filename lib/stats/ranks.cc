#include "stats/ranks.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace cdx {

Ranks average_ranks(const std::vector<double>& values) {
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return values[a] < values[b];
  });
  Ranks result;
  result.ranks.resize(values.size());
  for (size_t first = 0, last = 0; first < order.size(); first = last) {
    while (last < order.size() && values[order[last]] == values[order[first]]) {
      ++last;
    }
    const double ties = static_cast<double>(last - first);
    result.tie_term += ties * ties * ties - ties;
    // Mean of first + 1 … last.
    const double rank = (static_cast<double>(first + last) + 1) / 2;
    for (size_t i = first; i < last; ++i) result.ranks[order[i]] = rank;
  }
  return result;
}

std::vector<double> without_rounding_noise(const std::vector<double>& values,
                                           double scale) {
  if (scale == 0 || !std::isfinite(scale)) return values;
  const int unit = std::ilogb(scale) - 40;
  std::vector<double> rounded;
  rounded.reserve(values.size());
  for (double value : values) {
    rounded.push_back(
        std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit));
  }
  return rounded;
}

double normal_upper_tail(double z) {
  return std::erfc(z / std::numbers::sqrt2) / 2;
}

}  // namespace cdx
