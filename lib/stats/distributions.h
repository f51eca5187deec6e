#pragma once

namespace cdx {

// z with Φ(z) = p of the standard normal distribution, relative error about
// 1e-15 (Wichura 1988, algorithm AS 241). −∞ and ∞ at 0 and 1, NaN outside.
double normal_quantile(double p);

// P(T > t) of Student's distribution with `df` > 0 degrees of freedom, relative
// error about 1e-12 in either tail (DLMF 8.17.22). NaN for a NaN.
double student_t_upper_tail(double t, double df);

// t with P(T ≤ t) = p, 0 < p < 1, by bisection; NaN outside.
double student_t_quantile(double p, double df);

}  // namespace cdx
