#pragma once

#include <cstdint>
#include <vector>

namespace cdx {

struct BootstrapOptions {
  int64_t resamples = 9999;  // B
  double confidence = 0.95;  // level of the interval, 0 … 1
  uint64_t seed = 20250728;  // of the resampling; same seed, same interval
};

struct Interval {
  double low = 0, high = 0;
};

// A value per prompt, summed up over the prompts.
struct Summary {
  int64_t n = 0;            // defined values
  int64_t n_undefined = 0;  // NaNs, left out
  double mean = 0;          // NaN when n = 0
  Interval ci;              // NaN when n < 2
};

// Arithmetic mean; NaN of nothing.
double mean(const std::vector<double>& values);

// Quantile of type 7 (linear interpolation, the default of R and numpy);
// 0 ≤ level ≤ 1, `values` not empty, without NaN, in any order.
double quantile(std::vector<double> values, double level);

// The two quantiles that leave (1 − confidence)/2 on either side of a bootstrap
// distribution.
Interval percentile_interval(std::vector<double> statistics, double confidence);

// Percentile interval of the mean (Efron & Tibshirani 1993, §13.3). The unit of
// resampling is one value: one value (or paired difference) per prompt. The
// interval depends on values, their order and options, not on the machine.
// NaN when there are fewer than two values.
Interval bootstrap_mean(const std::vector<double>& values,
                        const BootstrapOptions& options = {});

Summary summarise(const std::vector<double>& values,
                  const BootstrapOptions& options = {});

}  // namespace cdx
