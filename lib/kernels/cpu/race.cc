#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/vector.h"

#include <algorithm>
#include <array>
#include <cstring>

#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace cdx::cpu {
namespace {

// ln x for normal x > 0, about 1 ulp (Cephes' logf).
Float8 log8(const Float8& x) {
  Int8 bits;
  std::memcpy(&bits, &x, sizeof(bits));
  // x = 2^n · m, m in [√½, √2).
  constexpr int32_t kSqrtHalf = 0x3f3504f3;
  const Int8 n = (bits - kSqrtHalf) >> 23;
  bits -= n << 23;
  Float8 m;
  std::memcpy(&m, &bits, sizeof(m));
  const Float8 r = m - 1.0F;
  const Float8 exponent = __builtin_convertvector(n, Float8);
  Float8 y = Float8{} + 7.0376836292e-2F;
  y = y * r - 1.1514610310e-1F;
  y = y * r + 1.1676998740e-1F;
  y = y * r - 1.2420140846e-1F;
  y = y * r + 1.4249322787e-1F;
  y = y * r - 1.6668057665e-1F;
  y = y * r + 2.0000714765e-1F;
  y = y * r - 2.4999993993e-1F;
  y = y * r + 3.3333331174e-1F;
  y = y * r * (r * r);
  y += exponent * -2.12194440e-4F;
  y -= 0.5F * (r * r);
  return (r + y) + exponent * 0.693359375F;
}

using UInt8 = uint32_t __attribute__((vector_size(32)));
using ULong4 = uint64_t __attribute__((vector_size(32)));

constexpr uint64_t kLowHalf = 0xFFFFFFFF;

// The lower halves of a, times factor.
ULong4 multiply_low_halves(const ULong4& a, uint32_t factor) {
#ifdef __AVX2__
  const __m256i product =
      _mm256_mul_epu32((__m256i)a, _mm256_set1_epi32(static_cast<int>(factor)));
  return (ULong4)product;
#else
  return (a & kLowHalf) * uint64_t{factor};
#endif
}

struct Product {
  UInt8 high, low;
};

Product multiply(uint32_t factor, const UInt8& x) {
  const auto pairs = (ULong4)x;
  const ULong4 even = multiply_low_halves(pairs, factor);
  const ULong4 odd = multiply_low_halves(pairs >> 32, factor);
  return {.high = (UInt8)((even >> 32) | (odd & ~kLowHalf)),
          .low = (UInt8)((even & kLowHalf) | (odd << 32))};
}

// Words of eight Philox blocks, side by side.
struct Words {
  UInt8 x0, x1, x2, x3;
};

// philox4x32() of the token quads first, first + 1, …
Words philox8(const RandomCoordinates& at, uint32_t first) {
  const PhiloxBlock counter = token_counter(at, first);
  const UInt8 lanes = {0, 1, 2, 3, 4, 5, 6, 7};
  Words words = {.x0 = lanes + counter[0],
                 .x1 = UInt8{} + counter[1],
                 .x2 = UInt8{} + counter[2],
                 .x3 = UInt8{} + counter[3]};
  auto key0 = static_cast<uint32_t>(at.key);
  auto key1 = static_cast<uint32_t>(at.key >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const Product product0 = multiply(kPhiloxMultiplier0, words.x0);
    const Product product1 = multiply(kPhiloxMultiplier1, words.x2);
    words = {.x0 = product1.high ^ words.x1 ^ key0,
             .x1 = product1.low,
             .x2 = product0.high ^ words.x3 ^ key1,
             .x3 = product0.low};
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  return words;
}

// [word][block] to [block][word].
std::array<UInt8, 4> transposed(const Words& words) {
  const auto& [x0, x1, x2, x3] = words;
  const auto low = [](const UInt8& a, const UInt8& b) {
    return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
  };
  const auto high = [](const UInt8& a, const UInt8& b) {
    return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
  };
  const auto first = [](const UInt8& a, const UInt8& b) {
    return __builtin_shufflevector(a, b, 0, 1, 8, 9, 2, 3, 10, 11);
  };
  const auto second = [](const UInt8& a, const UInt8& b) {
    return __builtin_shufflevector(a, b, 4, 5, 12, 13, 6, 7, 14, 15);
  };
  return {first(low(x0, x1), low(x2, x3)),
          second(low(x0, x1), low(x2, x3)),
          first(high(x0, x1), high(x2, x3)),
          second(high(x0, x1), high(x2, x3))};
}

}  // namespace

uint32_t race_candidates(const RandomCoordinates& at,
                         uint32_t quad,
                         const float* weights,
                         float best,
                         uint32_t* bits) {
  const std::array<UInt8, 4> numbers = transposed(philox8(at, quad));
  std::memcpy(bits, numbers.data(), sizeof(numbers));
  // At most u, less a margin for the rounding of clock and bound.
  constexpr float kScale = 0x1p-24F * (1 - 1e-5F);
  const UInt8 lane_bit = {1, 2, 4, 8, 16, 32, 64, 128};
  UInt8 candidates{};
  for (int i = 0; i < 4; ++i) {
    const auto rounded = (Int8)(numbers[static_cast<size_t>(i)] >> 8);
    const Float8 lowest = __builtin_convertvector(rounded, Float8) * kScale;
    const auto may_win =
        (UInt8)(lowest < best * load8(weights + std::ptrdiff_t{8} * i));
    candidates |= (may_win & lane_bit) << (8 * i);
  }
  uint32_t mask = 0;
  for (int lane = 0; lane < 8; ++lane) mask |= candidates[lane];
  return mask;
}

WeightSums weight_sums(const float* weights, int64_t n) {
  constexpr float kLowestNormal = 0x1p-126F;
  Double4 sum{}, weighted{};
  const auto add = [&](const Float8& weight) {
    const Float8 log = log8(weight >= kLowestNormal ? weight : Float8{} + 1.0F);
    const Float8 product = weight * log;
    sum += low(weight) + high(weight);
    weighted += low(product) + high(product);
  };
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) add(load8(weights + i));
  Float8 rest{};
  for (int64_t lane = 0; i + lane < n; ++lane) {
    rest[static_cast<int>(lane)] = weights[i + lane];
  }
  add(rest);
  return {.sum = sum4(sum), .weighted = sum4(weighted)};
}

}  // namespace cdx::cpu
