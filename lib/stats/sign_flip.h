#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

struct SignFlipOptions {
  int64_t exact_up_to = 20;  // differences other than zero; 0 … 40
  int64_t flips = 9999;      // B, drawn where there are more
  uint64_t seed = 20250728;  // of the drawing; same seed, same p
};

enum class SignFlipMethod {
  kNone,        // no difference at all, or every one is zero
  kExact,       // all 2^m sign flips of the m differences other than zero
  kMonteCarlo,  // B drawn ones, p = (c + 1)/(B + 1) (Phipson & Smyth 2010)
};

struct SignFlipResult {
  int64_t n = 0;       // differences, zeros included
  int64_t n_zero = 0;  // a flip does not change them
  double mean = 0;     // of the differences; NaN when n = 0
  // Shares of the sign flips whose mean is as far from zero as the observed
  // one (p), as large (p_greater), as small (p_less). 1 when every difference
  // is zero, NaN when there is none.
  double p = 0, p_greater = 0, p_less = 0;
  SignFlipMethod method = SignFlipMethod::kNone;
  // No data of this size gives a smaller p: 2^(1−m), or 1/(B + 1).
  double smallest_p = 1;
};

// "sign_flip_exact", "sign_flip_monte_carlo"; "none".
std::string test_name(SignFlipMethod method);

// Permutation test of paired differences (Fisher 1935): are they symmetric
// about zero, the mean being the statistic. Differences are rounded to 2^-30
// (about 1e-9) of the largest and sums closer than n of these units count as
// equal, so that rounding noise breaks no tie (0.1 + 0.3 = 0.2 + 0.2). Exact:
// O(2^(m/2)); drawn: O(B·m/8). Throws UserError on a difference that is not
// finite and on impossible options.
SignFlipResult sign_flip(const std::vector<double>& differences,
                         const SignFlipOptions& options = {});

}  // namespace cdx
