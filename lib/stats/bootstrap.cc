#include "stats/bootstrap.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cdx {
namespace {

// SplitMix64 (Steele, Lea & Flood 2014).
class SplitMix64 {
 public:
  explicit SplitMix64(uint64_t seed) : state_(seed) {}

  // Uniform in 0 … n−1, n < 2^32; its bias of at most n/2^32 of a probability
  // is far below what B resamples can show.
  size_t below(uint64_t n) { return ((next() >> 32) * n) >> 32; }

 private:
  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  uint64_t state_;
};

double sorted_quantile(const std::vector<double>& sorted, double level) {
  const double position = level * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double share = position - static_cast<double>(below);
  return sorted[below] + share * (sorted[above] - sorted[below]);
}

void check(const BootstrapOptions& options) {
  if (options.resamples < 1 || !(options.confidence > 0) ||
      !(options.confidence < 1)) {
    throw UserError(
        "bootstrap: needs at least one resample and a confidence between 0 "
        "and 1 (usual: 9999 and 0.95)");
  }
}

}  // namespace

double mean(const std::vector<double>& values) {
  if (values.empty()) return std::nan("");
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
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

Interval bootstrap_mean(const std::vector<double>& values,
                        const BootstrapOptions& options) {
  check(options);
  if (values.size() < 2) return {std::nan(""), std::nan("")};
  SplitMix64 random(options.seed);
  std::vector<double> means(static_cast<size_t>(options.resamples));
  for (double& resampled : means) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      sum += values[random.below(values.size())];
    }
    resampled = sum / static_cast<double>(values.size());
  }
  return percentile_interval(std::move(means), options.confidence);
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
