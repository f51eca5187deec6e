#pragma once

#include <cstdint>
#include <cstring>

// Eight floats at a time, in one fixed order of additions: results do not
// depend on the compiler's choice of vector width.
namespace cdx::cpu {

using Float8 = float __attribute__((vector_size(32)));
using Int8 = int32_t __attribute__((vector_size(32)));
using Double4 = double __attribute__((vector_size(32)));
using Float4 = float __attribute__((vector_size(16)));

inline Float8 load8(const float* from) {
  Float8 value;
  std::memcpy(&value, from, sizeof(value));
  return value;
}

inline void store8(const Float8& value, float* to) {
  std::memcpy(to, &value, sizeof(value));
}

inline float sum8(const Float8& v) {
  return ((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7]));
}

inline Double4 low(const Float8& v) {
  const Float4 half = {v[0], v[1], v[2], v[3]};
  return __builtin_convertvector(half, Double4);
}

inline Double4 high(const Float8& v) {
  const Float4 half = {v[4], v[5], v[6], v[7]};
  return __builtin_convertvector(half, Double4);
}

inline double sum4(const Double4& v) {
  return (v[0] + v[2]) + (v[1] + v[3]);
}

inline float dot(const float* a, const float* b, int64_t n) {
  Float8 sum{};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) sum += load8(a + i) * load8(b + i);
  float total = sum8(sum);
  for (; i < n; ++i) total += a[i] * b[i];
  return total;
}

// out += scale · x
inline void add_scaled(float scale, const float* x, int64_t n, float* out) {
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    store8(load8(out + i) + scale * load8(x + i), out + i);
  }
  for (; i < n; ++i) out[i] += scale * x[i];
}

}  // namespace cdx::cpu
