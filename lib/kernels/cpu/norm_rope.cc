#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/vector.h"

#include <algorithm>
#include <cmath>

namespace cdx::cpu {

bool supported() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return true;
#endif
}

void rms_norm(const RmsNorm& op, int64_t begin, int64_t end) {
  for (int64_t row = begin; row < end; ++row) {
    const float* x = op.x + row * op.hidden;
    float* out = op.out + row * op.hidden;
    const float mean = dot(x, x, op.hidden) / static_cast<float>(op.hidden);
    const float scale = 1.0F / std::sqrt(mean + op.eps);
    for (int64_t i = 0; i < op.hidden; ++i) {
      out[i] = x[i] * scale * op.weight[i];
    }
  }
}

namespace {

// rot([x₁|x₂]) = [x₁·cos − x₂·sin | x₂·cos + x₁·sin]
void rotate(const RotateAndStore& op,
            int64_t position,
            const float* x,
            float* out) {
  const int64_t dim = op.layout.head_dim;
  if (op.cosines == nullptr) {
    std::memcpy(out, x, static_cast<size_t>(dim) * sizeof(float));
    return;
  }
  const int64_t half = dim / 2;
  const float* cosines = op.cosines + position * half;
  const float* sines = op.sines + position * half;
  for (int64_t i = 0; i < half; ++i) {
    out[i] = x[i] * cosines[i] - x[i + half] * sines[i];
    out[i + half] = x[i + half] * cosines[i] + x[i] * sines[i];
  }
}

}  // namespace

void rotate_and_store(const RotateAndStore& op, int64_t begin, int64_t end) {
  const KvLayout& kv = op.layout;
  const int64_t dim = kv.head_dim;
  const int64_t width = (op.heads + 2 * kv.kv_heads) * dim;
  for (int64_t row = begin; row < end; ++row) {
    const int64_t position = kv.positions[row];
    if (position < 0) {
      std::fill_n(op.query + row * op.heads * dim, op.heads * dim, 0.0F);
      continue;
    }
    const float* query = op.qkv + row * width;
    for (int64_t head = 0; head < op.heads; ++head) {
      rotate(op,
             position,
             query + head * dim,
             op.query + (row * op.heads + head) * dim);
    }
    const float* key = query + op.heads * dim;
    const float* value = key + kv.kv_heads * dim;
    const int64_t page =
        kv.page_table[row * kv.pages_per_row + position / kv.page_size];
    const int64_t slot = position % kv.page_size;
    for (int64_t head = 0; head < kv.kv_heads; ++head) {
      float* key_out =
          op.pages +
          ((page * 2 * kv.kv_heads + head) * kv.page_size + slot) * dim;
      rotate(op, position, key + head * dim, key_out);
      std::memcpy(key_out + kv.kv_heads * kv.page_size * dim,
                  value + head * dim,
                  static_cast<size_t>(dim) * sizeof(float));
    }
  }
}

}  // namespace cdx::cpu
