#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/vector.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cdx::cpu {
namespace {

// Scores of one query head against one key head's live tokens.
void scores_of(const PagedAttention& op,
               int64_t row,
               int64_t head,
               int64_t live,
               float* scores) {
  const KvLayout& kv = op.layout;
  const int64_t kv_head = head / (op.heads / kv.kv_heads);
  const float* query = op.query + (row * op.heads + head) * kv.head_dim;
  const int32_t* table = kv.page_table + row * kv.pages_per_row;
  for (int64_t first = 0; first < live; first += kv.page_size) {
    const int64_t page = table[first / kv.page_size];
    const float* keys = op.pages + (page * 2 * kv.kv_heads + kv_head) *
                                       kv.page_size * kv.head_dim;
    const int64_t count = std::min(kv.page_size, live - first);
    for (int64_t slot = 0; slot < count; ++slot) {
      scores[first + slot] =
          dot(query, keys + slot * kv.head_dim, kv.head_dim) * op.scale;
    }
  }
}

// In place; returns the sum of the exponentials.
float exponentiate(float* scores, int64_t live) {
  float largest = scores[0];
  for (int64_t t = 1; t < live; ++t) largest = std::max(largest, scores[t]);
  float sum = 0;
  for (int64_t t = 0; t < live; ++t) {
    scores[t] = std::exp(scores[t] - largest);
    sum += scores[t];
  }
  return sum;
}

void weighted_values(const PagedAttention& op,
                     int64_t row,
                     int64_t head,
                     int64_t live,
                     const float* weights) {
  const KvLayout& kv = op.layout;
  const int64_t kv_head = head / (op.heads / kv.kv_heads);
  float* out = op.out + (row * op.heads + head) * kv.head_dim;
  std::fill_n(out, kv.head_dim, 0.0F);
  const int32_t* table = kv.page_table + row * kv.pages_per_row;
  for (int64_t first = 0; first < live; first += kv.page_size) {
    const int64_t page = table[first / kv.page_size];
    const float* values = op.pages + ((page * 2 + 1) * kv.kv_heads + kv_head) *
                                         kv.page_size * kv.head_dim;
    const int64_t count = std::min(kv.page_size, live - first);
    for (int64_t slot = 0; slot < count; ++slot) {
      add_scaled(
          weights[first + slot], values + slot * kv.head_dim, kv.head_dim, out);
    }
  }
}

}  // namespace

void paged_attention(const PagedAttention& op, int64_t begin, int64_t end) {
  std::vector<float> scores;
  for (int64_t row = begin; row < end; ++row) {
    const int64_t live = op.layout.positions[row] + 1;
    if (live == 0) {
      const int64_t width = op.heads * op.layout.head_dim;
      std::fill_n(op.out + row * width, width, 0.0F);
      continue;
    }
    scores.resize(static_cast<size_t>(live));
    for (int64_t head = 0; head < op.heads; ++head) {
      scores_of(op, row, head, live, scores.data());
      const float sum = exponentiate(scores.data(), live);
      for (float& score : scores) score /= sum;
      weighted_values(op, row, head, live, scores.data());
    }
  }
}

}  // namespace cdx::cpu
