#include "stats/equivalence.h"

#include "stats/distributions.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>

namespace cdx {
namespace {

void check(const std::vector<double>& differences,
           const EquivalenceOptions& options) {
  if (!(options.margin > 0) || !std::isfinite(options.margin) ||
      !(options.alpha > 0) || !(options.alpha < 0.5)) {
    throw UserError(
        "equivalence: needs a margin above 0 and an alpha between 0 and 0.5");
  }
  for (double d : differences) {
    if (!std::isfinite(d)) {
      throw UserError(
          "equivalence: a difference is not a finite number; drop such pairs");
    }
  }
}

struct TTest {
  double df = 0, mean = 0, error = 0;

  // Of the mean being at most / at least `bound`.
  double p_above(double bound) const {
    return student_t_upper_tail((mean - bound) / error, df);
  }
  double p_below(double bound) const {
    return student_t_upper_tail((bound - mean) / error, df);
  }
};

TTest t_test(const std::vector<double>& differences) {
  const auto n = static_cast<double>(differences.size());
  const double centre = mean(differences);
  const double deviation = standard_deviation(differences);
  // Equal decimals may deviate by the rounding of their mean.
  const bool all_equal = deviation <= 1e-12 * std::abs(centre);
  return {.df = n - 1,
          .mean = centre,
          .error = all_equal ? 0 : deviation / std::sqrt(n)};
}

// Fills everything but p and the reading.
EquivalenceResult described(const TTest& test,
                            size_t n,
                            const EquivalenceOptions& options) {
  const double nan = std::nan("");
  EquivalenceResult result;
  result.n = static_cast<int64_t>(n);
  result.mean = test.mean;
  result.ci = {nan, nan};
  result.p = nan;
  if (n < 2 || test.error == 0) return result;
  const double half =
      test.error * student_t_quantile(1 - options.alpha, test.df);
  result.ci = {test.mean - half, test.mean + half};
  return result;
}

Reading reading_of(bool within, bool beyond) {
  if (within) return Reading::kMaintained;
  return beyond ? Reading::kChanged : Reading::kInconclusive;
}

}  // namespace

std::string to_string(Reading reading) {
  switch (reading) {
    case Reading::kMaintained:
      return "maintained";
    case Reading::kChanged:
      return "changed";
    case Reading::kInconclusive:
      return "inconclusive";
    case Reading::kUndefined:
      break;
  }
  return "undefined";
}

EquivalenceResult equivalence(const std::vector<double>& differences,
                              const EquivalenceOptions& options) {
  check(differences, options);
  const TTest test = t_test(differences);
  EquivalenceResult result = described(test, differences.size(), options);
  if (std::isnan(result.ci.low)) return result;
  result.p =
      std::max(test.p_above(-options.margin), test.p_below(options.margin));
  result.reading =
      reading_of(result.p < options.alpha,
                 std::min(test.p_below(-options.margin),
                          test.p_above(options.margin)) < options.alpha);
  return result;
}

EquivalenceResult non_inferiority(const std::vector<double>& differences,
                                  const EquivalenceOptions& options) {
  check(differences, options);
  const TTest test = t_test(differences);
  EquivalenceResult result = described(test, differences.size(), options);
  if (std::isnan(result.ci.low)) return result;
  result.p = test.p_above(-options.margin);
  result.reading = reading_of(result.p < options.alpha,
                              test.p_below(-options.margin) < options.alpha);
  return result;
}

}  // namespace cdx
