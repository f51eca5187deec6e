#include "stats/distributions.h"

#include <array>
#include <cmath>
#include <limits>

namespace cdx {
namespace {

using Polynomial = std::array<double, 8>;  // constant term first

double value_at(const Polynomial& polynomial, double x) {
  double sum = 0;
  for (size_t i = polynomial.size(); i > 0; --i) {
    sum = sum * x + polynomial[i - 1];
  }
  return sum;
}

double ratio_at(const Polynomial& above, const Polynomial& below, double x) {
  return value_at(above, x) / value_at(below, x);
}

double central_quantile(double q) {
  static constexpr Polynomial kAbove = {3.3871328727963666080e0,
                                        1.3314166789178437745e+2,
                                        1.9715909503065514427e+3,
                                        1.3731693765509461125e+4,
                                        4.5921953931549871457e+4,
                                        6.7265770927008700853e+4,
                                        3.3430575583588128105e+4,
                                        2.5090809287301226727e+3};
  static constexpr Polynomial kBelow = {1,
                                        4.2313330701600911252e+1,
                                        6.8718700749205790830e+2,
                                        5.3941960214247511077e+3,
                                        2.1213794301586595867e+4,
                                        3.9307895800092710610e+4,
                                        2.8729085735721942674e+4,
                                        5.2264952788528545610e+3};
  return q * ratio_at(kAbove, kBelow, 0.180625 - q * q);
}

// r = √(−ln of the tail's probability) ≤ 5.
double outer_quantile(double r) {
  static constexpr Polynomial kAbove = {1.42343711074968357734e0,
                                        4.63033784615654529590e0,
                                        5.76949722146069140550e0,
                                        3.64784832476320460504e0,
                                        1.27045825245236838258e0,
                                        2.41780725177450611770e-1,
                                        2.27238449892691845833e-2,
                                        7.74545014278341407640e-4};
  static constexpr Polynomial kBelow = {1,
                                        2.05319162663775882187e0,
                                        1.67638483018380384940e0,
                                        6.89767334985100004550e-1,
                                        1.48103976427480074590e-1,
                                        1.51986665636164571966e-2,
                                        5.47593808499534494600e-4,
                                        1.05075007164441684324e-9};
  return ratio_at(kAbove, kBelow, r - 1.6);
}

// The same for r > 5.
double far_quantile(double r) {
  static constexpr Polynomial kAbove = {6.65790464350110377720e0,
                                        5.46378491116411436990e0,
                                        1.78482653991729133580e0,
                                        2.96560571828504891230e-1,
                                        2.65321895265761230930e-2,
                                        1.24266094738807843860e-3,
                                        2.71155556874348757815e-5,
                                        2.01033439929228813265e-7};
  static constexpr Polynomial kBelow = {1,
                                        5.99832206555887937690e-1,
                                        1.36929880922735805310e-1,
                                        1.48753612908506148525e-2,
                                        7.86869131145613259100e-4,
                                        1.84631831751005468180e-5,
                                        1.42151175831644588870e-7,
                                        2.04426310338993978564e-15};
  return ratio_at(kAbove, kBelow, r - 5);
}

// Continued fraction of the incomplete beta function (DLMF 8.17.22), evaluated
// forwards by Lentz's method; quick for x < (a + 1)/(a + b + 2).
double beta_fraction(double x, double a, double b) {
  constexpr double kTiny = 1e-300;
  double c = 1;
  double d = 1 / (1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (double m = 1; m <= 10000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd =
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double step : {even, odd}) {
      d = 1 + step * d;
      c = 1 + step / c;
      if (d == 0) d = kTiny;
      if (c == 0) c = kTiny;
      d = 1 / d;
      change = c * d;
      fraction *= change;
    }
    if (std::abs(change - 1) < 1e-16) break;
  }
  return fraction;
}

// Iₓ(a, b); y = 1 − x is given apart, for its digits.
double incomplete_beta(double x, double y, double a, double b) {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const double front =
      std::exp(a * std::log(x) + b * std::log(y) + std::lgamma(a + b) -
               std::lgamma(a) - std::lgamma(b));
  if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(x, a, b) / a;
  return 1 - front * beta_fraction(y, b, a) / b;
}

}  // namespace

double normal_quantile(double p) {
  if (!(p >= 0 && p <= 1)) return std::nan("");
  if (p == 0 || p == 1) {
    return (p == 0 ? -1 : 1) * std::numeric_limits<double>::infinity();
  }
  const double q = p - 0.5;
  if (std::abs(q) <= 0.425) return central_quantile(q);
  const double r = std::sqrt(-std::log(q < 0 ? p : 1 - p));
  const double z = r <= 5 ? outer_quantile(r) : far_quantile(r);
  return q < 0 ? -z : z;
}

double student_t_upper_tail(double t, double df) {
  if (std::isnan(t)) return t;
  if (t < 0) return 1 - student_t_upper_tail(-t, df);
  if (std::isinf(t)) return 0;
  const double sum = df + t * t;
  return incomplete_beta(df / sum, t * t / sum, df / 2, 0.5) / 2;
}

double student_t_quantile(double p, double df) {
  if (!(p > 0 && p < 1)) return std::nan("");
  if (p < 0.5) return -student_t_quantile(1 - p, df);
  double low = 0, high = 1;
  while (student_t_upper_tail(high, df) > 1 - p) high *= 2;
  for (double middle = (low + high) / 2; low < middle && middle < high;
       middle = (low + high) / 2) {
    (student_t_upper_tail(middle, df) > 1 - p ? low : high) = middle;
  }
  return high;
}

}  // namespace cdx
