#include "stats/bootstrap.h"

#include "stats/distributions.h"
#include "stats/random.h"
#include "stats/ranks.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cdx {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr Interval kUndefinedInterval = {
    std::numeric_limits<double>::quiet_NaN(),
    std::numeric_limits<double>::quiet_NaN()};

constexpr const char* kMethodNames[] = {
    "percentile", "expanded", "basic", "bca", "bootstrap_t", "by_size"};

double sorted_quantile(const std::vector<double>& sorted, double level) {
  const double position = level * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = position - static_cast<double>(below);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

// Means of the resamples; with `deviations` also their standard deviations
// (n − 1).
std::vector<double> resampled_means(const std::vector<double>& values,
                                    const BootstrapOptions& options,
                                    std::vector<double>* deviations) {
  SplitMix64 random(options.seed);
  const auto n = static_cast<double>(values.size());
  const double centre = mean(values);
  std::vector<double> means(static_cast<size_t>(options.resamples));
  for (double& resampled : means) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double value = values[random.below(values.size())];
      sum += value;
      squares += (value - centre) * (value - centre);
    }
    resampled = sum / n;
    if (deviations == nullptr) continue;
    const double shift = resampled - centre;
    deviations->push_back(
        std::sqrt(std::max(0.0, squares - n * shift * shift) / (n - 1)));
  }
  return means;
}

// estimate − quantiles of (mean* − estimate)/deviation* · deviation.
Interval studentised_interval(const std::vector<double>& values,
                              const BootstrapOptions& options) {
  const double estimate = mean(values), deviation = standard_deviation(values);
  std::vector<double> deviations;
  const std::vector<double> means =
      resampled_means(values, options, &deviations);
  std::vector<double> ratios;
  for (size_t i = 0; i < means.size(); ++i) {
    // A resample of equal values has t = ±∞; rounding may leave something of
    // its deviation.
    const bool equal = deviations[i] <= 1e-7 * deviation;
    const double shift = means[i] - estimate;
    ratios.push_back(equal ? std::copysign(kInfinity, shift)
                           : shift / deviations[i]);
  }
  const Interval t = percentile_interval(std::move(ratios), options.confidence);
  const Interval ci = {estimate - t.high * deviation,
                       estimate - t.low * deviation};
  const bool finite = std::isfinite(ci.low) && std::isfinite(ci.high);
  return finite ? ci : kUndefinedInterval;
}

std::vector<double> jackknife_means(const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  std::vector<double> means;
  means.reserve(values.size());
  for (double value : values) {
    means.push_back((sum - value) / static_cast<double>(values.size() - 1));
  }
  return means;
}

bool all_equal(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [&](double value) {
    return value == values.front();
  });
}

}  // namespace

std::string_view to_string(IntervalMethod method) {
  return kMethodNames[static_cast<size_t>(method)];
}

void BootstrapOptions::check() const {
  if (resamples < 1 || !(confidence > 0) || !(confidence < 1)) {
    throw UserError(
        "bootstrap: needs at least one resample and a confidence between 0 "
        "and 1 (usual: 9999 and 0.95)");
  }
}

double mean(const std::vector<double>& values) {
  if (values.empty()) return std::nan("");
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

double standard_deviation(const std::vector<double>& values) {
  if (values.size() < 2) return std::nan("");
  const double centre = mean(values);
  double squares = 0;
  for (double value : values) squares += (value - centre) * (value - centre);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

double quantile(std::vector<double> values, double level) {
  if (values.empty() || !(level >= 0) || !(level <= 1)) {
    throw UserError("quantile: needs a value and a level between 0 and 1");
  }
  std::sort(values.begin(), values.end());
  return sorted_quantile(values, level);
}

Interval percentile_interval(std::vector<double> statistics,
                             double confidence) {
  if (statistics.empty()) return {std::nan(""), std::nan("")};
  std::sort(statistics.begin(), statistics.end());
  const double tail = (1 - confidence) / 2;
  return {sorted_quantile(statistics, tail),
          sorted_quantile(statistics, 1 - tail)};
}

double expanded_confidence(size_t n, double confidence) {
  const auto values = static_cast<double>(n);
  const double t = student_t_quantile((1 + confidence) / 2, values - 1);
  return 1 - 2 * normal_upper_tail(std::sqrt(values / (values - 1)) * t);
}

Interval basic_interval(std::vector<double> statistics,
                        double estimate,
                        double confidence) {
  const Interval mirrored =
      percentile_interval(std::move(statistics), confidence);
  return {2 * estimate - mirrored.high, 2 * estimate - mirrored.low};
}

BcaCorrection bca_correction(const std::vector<double>& statistics,
                             double estimate,
                             const std::vector<double>& jackknife,
                             double confidence) {
  double below = 0, squares = 0, cubes = 0;
  for (double value : statistics) {
    below += value < estimate ? 1 : (value == estimate ? 0.5 : 0);
  }
  const double centre = mean(jackknife);
  for (double value : jackknife) {
    const double influence = centre - value;
    squares += influence * influence;
    cubes += influence * influence * influence;
  }
  BcaCorrection result;
  result.bias = normal_quantile(below / static_cast<double>(statistics.size()));
  result.acceleration = cubes / (6 * std::pow(squares, 1.5));
  const auto level = [&](double tail) {
    const double z = result.bias + normal_quantile(tail);
    return normal_upper_tail(-result.bias - z / (1 - result.acceleration * z));
  };
  const double tail = (1 - confidence) / 2;
  result.levels = {level(tail), level(1 - tail)};
  if (!std::isfinite(result.bias) || !std::isfinite(result.acceleration)) {
    result.levels = {std::nan(""), std::nan("")};
  }
  return result;
}

Interval bca_interval(std::vector<double> statistics,
                      double estimate,
                      const std::vector<double>& jackknife,
                      double confidence) {
  const Interval levels =
      bca_correction(statistics, estimate, jackknife, confidence).levels;
  if (std::isnan(levels.low) || std::isnan(levels.high)) return levels;
  std::sort(statistics.begin(), statistics.end());
  return {sorted_quantile(statistics, levels.low),
          sorted_quantile(statistics, levels.high)};
}

Interval bootstrap_mean(const std::vector<double>& values,
                        const BootstrapOptions& options) {
  options.check();
  if (values.size() < 2) return kUndefinedInterval;
  const double confidence = options.confidence;
  IntervalMethod method = options.method;
  if (method == IntervalMethod::kBySize) {
    if (all_equal(values)) return kUndefinedInterval;
    if (static_cast<int64_t>(values.size()) < kFewPrompts) {
      const Interval ci = studentised_interval(values, options);
      if (!std::isnan(ci.low)) return ci;
    }
    method = IntervalMethod::kExpanded;
  }
  if (method == IntervalMethod::kStudentised) {
    return all_equal(values) ? kUndefinedInterval
                             : studentised_interval(values, options);
  }
  std::vector<double> means = resampled_means(values, options, nullptr);
  if (method == IntervalMethod::kExpanded) {
    return percentile_interval(std::move(means),
                               expanded_confidence(values.size(), confidence));
  }
  if (method == IntervalMethod::kBasic) {
    return basic_interval(std::move(means), mean(values), confidence);
  }
  if (method == IntervalMethod::kBca) {
    return all_equal(values) ? kUndefinedInterval
                             : bca_interval(std::move(means),
                                            mean(values),
                                            jackknife_means(values),
                                            confidence);
  }
  return percentile_interval(std::move(means), confidence);
}

Summary summarise(const std::vector<double>& values,
                  const BootstrapOptions& options) {
  std::vector<double> defined;
  for (double value : values) {
    if (!std::isnan(value)) defined.push_back(value);
  }
  Summary summary;
  summary.n = static_cast<int64_t>(defined.size());
  summary.n_undefined = static_cast<int64_t>(values.size()) - summary.n;
  summary.mean = mean(defined);
  summary.ci = bootstrap_mean(defined, options);
  return summary;
}

}  // namespace cdx
