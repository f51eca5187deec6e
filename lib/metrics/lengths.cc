#include "metrics/lengths.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

namespace cdx {
namespace {

void check_values(const std::vector<double>& values) {
  if (values.empty()) throw UserError("lengths: there are no values");
  for (double value : values) {
    if (!std::isfinite(value)) {
      throw UserError(fmt::format("lengths: the value {} is no number", value));
    }
  }
}

double standard_deviation(const std::vector<double>& values, double mean) {
  if (values.size() == 1) return std::nan("");
  double squares = 0;
  for (double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace

double quantile_of_sorted(const std::vector<double>& sorted, double level) {
  if (sorted.empty()) throw UserError("quantile: there are no values");
  if (!(level >= 0 && level <= 1)) {
    throw UserError(
        fmt::format("quantile: the level {} is not between 0 and 1", level));
  }
  const double place = level * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(
      sorted[below], sorted[above], place - static_cast<double>(below));
}

LengthDistribution describe(std::vector<double> values) {
  check_values(values);
  std::sort(values.begin(), values.end());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) /
                      static_cast<double>(values.size());
  return {.mean = mean,
          .standard_deviation = standard_deviation(values, mean),
          .minimum = values.front(),
          .quantile_05 = quantile_of_sorted(values, 0.05),
          .quantile_25 = quantile_of_sorted(values, 0.25),
          .median = quantile_of_sorted(values, 0.5),
          .quantile_75 = quantile_of_sorted(values, 0.75),
          .quantile_95 = quantile_of_sorted(values, 0.95),
          .maximum = values.back()};
}

}  // namespace cdx
