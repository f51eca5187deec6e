#pragma once

#include <vector>

namespace cdx {

struct Ranks {
  std::vector<double> ranks;  // 1 … n, equal values share their mean rank
  double tie_term = 0;        // Σ (t³ − t) over groups of t equal values
};

// The values must not be NaN.
Ranks average_ranks(const std::vector<double>& values);

// Rounds each value to a multiple of `scale`·2^-40 (about 1e-12 of it), `scale`
// being the largest magnitude that went into the values. Equal differences of
// decimals (0.3 − 0.1, 0.4 − 0.2) differ in their last bits, which would break
// ties of rank tests and hide zeros.
std::vector<double> without_rounding_noise(const std::vector<double>& values,
                                           double scale);

// 1 − Φ(z) of the standard normal distribution, accurate in the tail.
double normal_upper_tail(double z);

}  // namespace cdx
