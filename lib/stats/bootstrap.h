#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cdx {

// How a bootstrap distribution becomes an interval (Efron & Tibshirani 1993).
enum class IntervalMethod {
  kPercentile,  // its quantiles (§13.3)
  // The same at a higher confidence, which makes up for the resamples' variance
  // being too small by (n − 1)/n and for the tails of Student's distribution
  // (Hesterberg 2015, "expanded percentile").
  kExpanded,
  kBasic,  // its quantiles mirrored at the estimate
  kBca,    // bias-corrected and accelerated quantiles (§14.3)
  // Quantiles of the resamples' t statistics (§12.5); of means. None where so
  // many resamples are of equal values that a quantile is infinite.
  kStudentised,
  // kStudentised below kFewPrompts values; kExpanded from there on and where
  // kStudentised has none, as always of 2 or 3 values.
  kBySize,
};

// "percentile", "expanded", "basic", "bca", "bootstrap_t", "by_size".
std::string_view to_string(IntervalMethod method);

inline constexpr int64_t kFewPrompts = 50;

struct BootstrapOptions {
  int64_t resamples = 9999;  // B
  double confidence = 0.95;  // level of the interval, 0 … 1
  uint64_t seed = 20250728;  // of the resampling; same seed, same interval
  IntervalMethod method = IntervalMethod::kPercentile;

  void check() const;  // UserError outside these ranges
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

// Standard deviation (n − 1). NaN below two values.
double standard_deviation(const std::vector<double>& values);

// Quantile of type 7 (linear interpolation, the default of R and numpy);
// 0 ≤ level ≤ 1, `values` not empty, without NaN, in any order.
double quantile(std::vector<double> values, double level);

// The intervals below are made of the statistics of the resamples, by
// quantiles of type 7, as scipy.stats.bootstrap makes them; NaN of nothing.

// The two quantiles that leave (1 − confidence)/2 on either side.
Interval percentile_interval(std::vector<double> statistics, double confidence);

// Confidence at which the percentile interval of n values is the expanded one:
// 2·Φ(√(n/(n − 1))·t) − 1, t being Student's quantile with n − 1 degrees of
// freedom; n ≥ 2.
double expanded_confidence(size_t n, double confidence);

// 2·estimate − the percentile interval.
Interval basic_interval(std::vector<double> statistics,
                        double estimate,
                        double confidence);

// What BCa corrects by.
struct BcaCorrection {
  double bias = 0;          // z₀ = Φ⁻¹((#{θ* < θ} + #{θ* ≤ θ})/2B)
  double acceleration = 0;  // a of the jackknife
  Interval levels;          // of the quantiles that make the interval
};

// `jackknife`: the statistic without each value in turn. θ* = θ is to the last
// bit, as in scipy: rounding may shift z₀ where statistics tie. NaN levels when
// all of these are equal or every resample lies on one side of the estimate.
BcaCorrection bca_correction(const std::vector<double>& statistics,
                             double estimate,
                             const std::vector<double>& jackknife,
                             double confidence);

Interval bca_interval(std::vector<double> statistics,
                      double estimate,
                      const std::vector<double>& jackknife,
                      double confidence);

// Interval of the mean, by the method of the options. The unit of resampling is
// one value: one value (or paired difference) per prompt. The interval depends
// on values, their order and options, not on the machine. O(B·n). NaN when
// there are fewer than two values; with kBca and kStudentised also when all are
// equal. kStudentised leaves out resamples of one value n times, which have no
// t. Throws UserError on impossible options.
Interval bootstrap_mean(const std::vector<double>& values,
                        const BootstrapOptions& options = {});

Summary summarise(const std::vector<double>& values,
                  const BootstrapOptions& options = {});

}  // namespace cdx
