#include "stats/set_interval.h"

#include "stats/distributions.h"
#include "stats/random.h"
#include "util/errors.h"

#include <cmath>
#include <numeric>
#include <utility>

namespace cdx {
namespace {

std::vector<size_t> all_prompts(size_t n) {
  std::vector<size_t> prompts(n);
  std::iota(prompts.begin(), prompts.end(), size_t{0});
  return prompts;
}

// Adds the value, or counts it when it is NaN.
void add(double value, std::vector<double>& values, int64_t& n_undefined) {
  if (std::isnan(value)) {
    ++n_undefined;
  } else {
    values.push_back(value);
  }
}

std::vector<double> resampled(size_t n,
                              const PromptStatistic& statistic,
                              const BootstrapOptions& options,
                              int64_t& n_undefined) {
  SplitMix64 random(options.seed);
  std::vector<double> values;
  std::vector<size_t> prompts(n);
  for (int64_t r = 0; r < options.resamples; ++r) {
    for (size_t& prompt : prompts) prompt = random.below(n);
    add(statistic(prompts), values, n_undefined);
  }
  return values;
}

std::vector<double> without_each(size_t n,
                                 const PromptStatistic& statistic,
                                 int64_t& n_undefined) {
  std::vector<double> values;
  for (size_t left_out = 0; left_out < n; ++left_out) {
    std::vector<size_t> prompts = all_prompts(n);
    prompts.erase(prompts.begin() + static_cast<std::ptrdiff_t>(left_out));
    add(statistic(prompts), values, n_undefined);
  }
  return values;
}

// Subsets of n − d prompts, each drawn by the first steps of a shuffle (Fisher
// & Yates).
std::vector<double> of_drawn_subsets(size_t n,
                                     const PromptStatistic& statistic,
                                     const JackknifeOptions& options,
                                     int64_t& n_undefined) {
  const size_t kept = n - static_cast<size_t>(options.deleted);
  SplitMix64 random(options.seed);
  std::vector<double> values;
  for (int64_t s = 0; s < options.subsets; ++s) {
    std::vector<size_t> prompts = all_prompts(n);
    for (size_t i = 0; i < kept; ++i) {
      std::swap(prompts[i], prompts[i + random.below(n - i)]);
    }
    prompts.resize(kept);
    add(statistic(prompts), values, n_undefined);
  }
  return values;
}

void check(size_t n, const JackknifeOptions& options) {
  if (options.deleted < 1 || options.subsets < 2 || !(options.confidence > 0) ||
      !(options.confidence < 1)) {
    throw UserError(
        "jackknife: needs at least one deleted prompt, two subsets and a "
        "confidence between 0 and 1");
  }
  if (n >= 2 && static_cast<size_t>(options.deleted) >= n) {
    throw UserError("jackknife: fewer prompts must be deleted than there are");
  }
}

Interval undefined() {
  return {std::nan(""), std::nan("")};
}

}  // namespace

SetInterval bootstrap_statistic(size_t n,
                                const PromptStatistic& statistic,
                                const BootstrapOptions& options) {
  options.check();
  if (options.method == IntervalMethod::kStudentised) {
    throw UserError(
        "bootstrap: the studentised interval is of means, not of a statistic "
        "of a set");
  }
  SetInterval result;
  result.ci = undefined();
  result.estimate = n == 0 ? std::nan("") : statistic(all_prompts(n));
  if (n < 2 || std::isnan(result.estimate)) return result;
  std::vector<double> values =
      resampled(n, statistic, options, result.n_undefined);
  if (options.method == IntervalMethod::kPercentile) {
    result.ci = percentile_interval(std::move(values), options.confidence);
  } else if (options.method == IntervalMethod::kExpanded) {
    result.ci = percentile_interval(std::move(values),
                                    expanded_confidence(n, options.confidence));
  } else if (options.method == IntervalMethod::kBasic) {
    result.ci =
        basic_interval(std::move(values), result.estimate, options.confidence);
  } else {
    result.ci = bca_interval(std::move(values),
                             result.estimate,
                             without_each(n, statistic, result.n_undefined),
                             options.confidence);
  }
  return result;
}

SetInterval jackknife_interval(size_t n,
                               const PromptStatistic& statistic,
                               const JackknifeOptions& options) {
  check(n, options);
  SetInterval result;
  result.ci = undefined();
  result.estimate = n == 0 ? std::nan("") : statistic(all_prompts(n));
  if (n < 2 || std::isnan(result.estimate)) return result;
  const std::vector<double> values =
      options.deleted == 1
          ? without_each(n, statistic, result.n_undefined)
          : of_drawn_subsets(n, statistic, options, result.n_undefined);
  if (values.size() < 2) return result;
  const double centre = mean(values);
  double squares = 0;
  for (double value : values) squares += (value - centre) * (value - centre);
  const auto prompts = static_cast<double>(n),
             deleted = static_cast<double>(options.deleted);
  const double variance = (prompts - deleted) / deleted * squares /
                          static_cast<double>(values.size());
  const double half =
      std::sqrt(variance) *
      student_t_quantile((1 + options.confidence) / 2, prompts - 1);
  result.ci = {result.estimate - half, result.estimate + half};
  return result;
}

}  // namespace cdx
