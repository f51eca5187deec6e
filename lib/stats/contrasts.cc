#include "stats/contrasts.h"

#include "stats/random.h"
#include "stats/ranks.h"
#include "stats/sign_flip.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

// columns[k][i]: step k of prompt i.
using Columns = std::vector<std::vector<double>>;

void check(const std::vector<std::vector<double>>& rows,
           const ContrastOptions& options) {
  options.bootstrap.check();
  if (rows.empty()) throw UserError("contrasts: there is no prompt");
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].size() < 3 || rows[i].size() != rows[0].size()) {
      throw UserError(fmt::format(
          "contrasts: row {} has {} stages; each needs the same number, at "
          "least 3",
          i,
          rows[i].size()));
    }
    for (double value : rows[i]) {
      if (std::isinf(value)) {
        throw UserError(
            fmt::format("contrasts: row {} has an infinite value", i));
      }
    }
  }
}

bool has_nan(const std::vector<double>& row) {
  return std::any_of(
      row.begin(), row.end(), [](double value) { return std::isnan(value); });
}

// Rows with a NaN left out; equal steps are equal to the last bit.
Columns steps_of(const std::vector<std::vector<double>>& rows) {
  Columns steps(rows[0].size() - 1);
  double scale = 0;
  for (const std::vector<double>& row : rows) {
    if (has_nan(row)) continue;
    for (double value : row) scale = std::max(scale, std::abs(value));
    for (size_t k = 0; k < steps.size(); ++k) {
      steps[k].push_back(row[k + 1] - row[k]);
    }
  }
  for (std::vector<double>& step : steps) {
    step = without_rounding_noise(step, scale);
  }
  return steps;
}

double largest_magnitude(const Columns& steps) {
  double largest = 0;
  for (const std::vector<double>& step : steps) {
    for (double value : step) largest = std::max(largest, std::abs(value));
  }
  return largest;
}

// means[k][r]: mean of step k over resample r, the same prompts for every step.
Columns resampled_means(const Columns& steps, const BootstrapOptions& options) {
  const size_t n = steps[0].size();
  SplitMix64 random(options.seed);
  Columns means(steps.size());
  std::vector<size_t> prompts(n);
  for (int64_t r = 0; r < options.resamples; ++r) {
    for (size_t& prompt : prompts) prompt = random.below(n);
    for (size_t k = 0; k < steps.size(); ++k) {
      double sum = 0;
      for (size_t prompt : prompts) sum += steps[k][prompt];
      means[k].push_back(sum / static_cast<double>(n));
    }
  }
  return means;
}

double size_of(double step, LargestStep largest) {
  if (largest == LargestStep::kMagnitude) return std::abs(step);
  return largest == LargestStep::kRise ? step : -step;
}

// Sizes closer than `noise` are equal: means of decimals differ by rounding.
std::vector<double> largest_shares(const Columns& means,
                                   LargestStep largest,
                                   double noise) {
  std::vector<double> shares(means.size(), 0.0);
  const size_t resamples = means[0].size();
  for (size_t r = 0; r < resamples; ++r) {
    std::vector<double> sizes;
    for (const std::vector<double>& step : means) {
      sizes.push_back(size_of(step[r], largest));
    }
    const double top = *std::max_element(sizes.begin(), sizes.end());
    const auto is_largest = [&](double size) { return size >= top - noise; };
    const auto equal = static_cast<double>(
        std::count_if(sizes.begin(), sizes.end(), is_largest));
    for (size_t k = 0; k < sizes.size(); ++k) {
      if (is_largest(sizes[k])) shares[k] += 1 / equal;
    }
  }
  for (double& share : shares) share /= static_cast<double>(resamples);
  return shares;
}

std::vector<double> difference(const std::vector<double>& first,
                               const std::vector<double>& second) {
  std::vector<double> result(first.size());
  for (size_t i = 0; i < first.size(); ++i) result[i] = second[i] - first[i];
  return result;
}

StepContrast contrast(const Columns& steps,
                      size_t first,
                      size_t second,
                      const BootstrapOptions& options) {
  const std::vector<double> differences =
      difference(steps[first], steps[second]);
  const SignFlipResult test = sign_flip(
      differences, {.flips = options.resamples, .seed = options.seed});
  return {.first = first,
          .second = second,
          .mean = mean(differences),
          .ci = bootstrap_mean(differences, options),
          .p = test.p,
          .test = test_name(test.method)};
}

ContrastResult undefined(ContrastResult counts, size_t steps) {
  const double nan = std::nan("");
  const Interval none = {nan, nan};
  counts.steps.assign(steps, {.mean = nan, .ci = none, .largest_share = nan});
  for (size_t j = 0; j < steps; ++j) {
    for (size_t k = j + 1; k < steps; ++k) {
      counts.contrasts.push_back({.first = j,
                                  .second = k,
                                  .mean = nan,
                                  .ci = none,
                                  .p = nan,
                                  .test = "none"});
    }
  }
  return counts;
}

}  // namespace

ContrastResult step_contrasts(const std::vector<std::vector<double>>& rows,
                              const ContrastOptions& options) {
  check(rows, options);
  const Columns steps = steps_of(rows);
  ContrastResult result;
  result.n = static_cast<int64_t>(steps[0].size());
  result.n_dropped = static_cast<int64_t>(rows.size()) - result.n;
  if (result.n < 2) return undefined(result, steps.size());
  const Columns means = resampled_means(steps, options.bootstrap);
  const std::vector<double> shares =
      largest_shares(means, options.largest, 1e-9 * largest_magnitude(steps));
  for (size_t k = 0; k < steps.size(); ++k) {
    result.steps.push_back({.mean = mean(steps[k]),
                            .ci = bootstrap_mean(steps[k], options.bootstrap),
                            .largest_share = shares[k]});
    for (size_t later = k + 1; later < steps.size(); ++later) {
      result.contrasts.push_back(contrast(steps, k, later, options.bootstrap));
    }
  }
  return result;
}

}  // namespace cdx
