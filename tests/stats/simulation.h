#pragma once

#include "stats/distributions.h"
#include "stats/random.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace cdx::test {

enum class Shape {
  kNormal,
  kSkewed,    // lognormal, σ = 0.5: skewness 1.75
  kHeavy,     // lognormal, σ = 1: skewness 6.2, kurtosis 114
  kDiscrete,  // a count of 0 … 8 over 8: about a fifth of pairs equal
};

inline std::string to_string(Shape shape) {
  if (shape == Shape::kNormal) return "normal";
  if (shape == Shape::kSkewed) return "skewed";
  return shape == Shape::kHeavy ? "heavy-tailed" : "discrete";
}

// values[metric][prompt].
using Values = std::array<std::vector<double>, 4>;

// Simulates the values that four metrics give to prompts. Behind each lies
// 0.6·(prompt's own, the same for every condition and metric) + 0.8·noise, all
// standard normal; the noises of two metrics correlate by 0.5.
class Simulator {
 public:
  Simulator(Shape shape, size_t n, uint64_t seed)
      : shape_(shape), prompts_(n), random_(seed) {
    for (double& prompt : prompts_) prompt = normal();
  }

  // A further condition on the same prompts; of the discrete shape x is
  // shifted.
  Values condition(double shift = 0) {
    Values values;
    for (double prompt : prompts_) {
      const double shared = normal();
      for (std::vector<double>& metric : values) {
        const double noise = (shared + normal()) / std::sqrt(2.0);
        metric.push_back(shaped(0.6 * prompt + 0.8 * noise, shift));
      }
    }
    return values;
  }

  uint64_t seed() { return random_.next(); }

  // Mean of a metric without shift.
  static double true_mean(Shape shape) {
    if (shape == Shape::kNormal) return 10;
    if (shape == Shape::kSkewed) return std::exp(0.125);
    return shape == Shape::kHeavy ? std::exp(0.5) : 0.5;
  }

 private:
  double normal() {
    const auto bits = static_cast<double>(random_.next() >> 11);
    return normal_quantile(std::ldexp(bits + 0.5, -53));
  }

  double shaped(double x, double shift) const {
    if (shape_ == Shape::kNormal) return 10 + x + shift;
    if (shape_ == Shape::kSkewed) return std::exp(x / 2) + shift;
    if (shape_ == Shape::kHeavy) return std::exp(x) + shift;
    return std::clamp(std::round(4 + 1.5 * (x + shift)), 0.0, 8.0) / 8;
  }

  Shape shape_;
  std::vector<double> prompts_;
  SplitMix64 random_;
};

}  // namespace cdx::test
