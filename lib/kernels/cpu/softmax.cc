#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/vector.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cdx::cpu {
namespace {

// exp(x) for x <= 0, about 1 ulp; 0 from −87 down; NaN stays NaN. Range
// reduction by ln 2 and a polynomial of degree 6 (Cephes' expf).
Float8 exp8(const Float8& x) {
  constexpr float kLowest = -87.0F, kMagic = 12582912.0F;  // 1.5·2²³
  const Float8 bounded = x <= kLowest ? Float8{} + kLowest : x;
  const Float8 shifted = bounded * 1.44269504088896341F + kMagic;
  const Float8 n = shifted - kMagic;
  const Float8 r = (bounded - n * 0.693359375F) - n * -2.12194440e-4F;
  Float8 y = Float8{} + 1.9875691500e-4F;
  y = y * r + 1.3981999507e-3F;
  y = y * r + 8.3334519073e-3F;
  y = y * r + 4.1665795894e-2F;
  y = y * r + 1.6666665459e-1F;
  y = y * r + 5.0000001201e-1F;
  y = y * (r * r) + r + 1.0F;
  const Int8 exponent = (__builtin_convertvector(n, Int8) + 127) << 23;
  Float8 power;
  std::memcpy(&power, &exponent, sizeof(power));
  return x <= kLowest ? Float8{} : y * power;
}

struct Range {
  float max = -std::numeric_limits<float>::infinity();
  float min = std::numeric_limits<float>::infinity();
};

Range range_of(const float* x, int64_t n) {
  Range range;
  Float8 largest = Float8{} + range.max, smallest = Float8{} + range.min;
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const Float8 value = load8(x + i);
    largest = value > largest ? value : largest;
    smallest = value < smallest ? value : smallest;
  }
  for (int lane = 0; lane < 8; ++lane) {
    range.max = std::max(range.max, largest[lane]);
    range.min = std::min(range.min, smallest[lane]);
  }
  for (; i < n; ++i) {
    range.max = std::max(range.max, x[i]);
    range.min = std::min(range.min, x[i]);
  }
  return range;
}

}  // namespace

SoftmaxSums softmax(const float* x, int64_t n, float* p) {
  const auto [max, min] = range_of(x, n);
  // Σ e and Σ e·(x − max), the latter for the entropy.
  Double4 sum{}, weighted{};
  const auto add = [&](const Float8& e, const Float8& shifted) {
    // 0 · −∞ is 0 here.
    const Float8 product = e > 0 ? e * shifted : Float8{};
    sum += low(e) + high(e);
    weighted += low(product) + high(product);
  };
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    const Float8 shifted = load8(x + i) - max;
    const Float8 e = exp8(shifted);
    store8(e, p + i);
    add(e, shifted);
  }
  if (i < n) {
    Float8 shifted = Float8{} - std::numeric_limits<float>::infinity();
    for (int64_t lane = 0; i + lane < n; ++lane) {
      shifted[static_cast<int>(lane)] = x[i + lane] - max;
    }
    const Float8 e = exp8(shifted);
    for (int64_t lane = 0; i + lane < n; ++lane) {
      p[i + lane] = e[static_cast<int>(lane)];
    }
    add(e, shifted);
  }
  const double total = sum4(sum);
  const auto scale = static_cast<float>(1 / total);
  for (int64_t id = 0; id < n; ++id) p[id] *= scale;
  return {.max = max, .min = min, .sum = total, .weighted = sum4(weighted)};
}

}  // namespace cdx::cpu
