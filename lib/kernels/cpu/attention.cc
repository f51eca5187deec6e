#include "kernels/cpu/cpu_kernels.h"
#include "kernels/cpu/vector.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace cdx::cpu {
namespace {

// Tokens [begin, end) that a row sees.
struct Seen {
  int64_t begin, end;
};

Seen seen_by(const PagedAttention& op, int64_t row) {
  const int64_t end = op.layout.positions[row] + 1;
  const int64_t begin =
      op.window > 0 ? std::max<int64_t>(end - op.window, 0) : 0;
  return {begin, end};
}

// Calls work(token, keys or values of the token's slot, E floats) for each seen
// token; `which` is 0 for keys and 1 for values.
template <typename Work>
void for_each_seen(const PagedAttention& op,
                   int64_t row,
                   int64_t head,
                   int64_t which,
                   const Work& work) {
  const KvLayout& kv = op.layout;
  const Seen seen = seen_by(op, row);
  const int64_t kv_head = head / (op.heads / kv.kv_heads);
  const int32_t* table = kv.page_table + row * kv.pages_per_row;
  for (int64_t t = seen.begin; t < seen.end;) {
    const int64_t page = table[t / kv.page_size];
    const int64_t slot = t % kv.page_size;
    const float* vector =
        op.pages +
        (((page * 2 + which) * kv.kv_heads + kv_head) * kv.page_size + slot) *
            kv.head_dim;
    const int64_t last = std::min(seen.end, t - slot + kv.page_size);
    for (; t < last; ++t, vector += kv.head_dim) work(t - seen.begin, vector);
  }
}

void scores_of(const PagedAttention& op,
               int64_t row,
               int64_t head,
               std::vector<float>& scores) {
  const int64_t dim = op.layout.head_dim;
  const float* query = op.query + (row * op.heads + head) * dim;
  for_each_seen(op, row, head, 0, [&](int64_t t, const float* key) {
    scores[static_cast<size_t>(t)] = dot(query, key, dim) * op.scale;
  });
  if (op.softcap <= 0) return;
  for (float& score : scores) {
    score = op.softcap * std::tanh(score / op.softcap);
  }
}

void softmax(std::vector<float>& scores) {
  const float largest = *std::max_element(scores.begin(), scores.end());
  float sum = 0;
  for (float& score : scores) {
    score = std::exp(score - largest);
    sum += score;
  }
  for (float& score : scores) score /= sum;
}

void weighted_values(const PagedAttention& op,
                     int64_t row,
                     int64_t head,
                     const std::vector<float>& weights) {
  const int64_t dim = op.layout.head_dim;
  float* out = op.out + (row * op.heads + head) * dim;
  std::fill_n(out, dim, 0.0F);
  for_each_seen(op, row, head, 1, [&](int64_t t, const float* value) {
    add_scaled(weights[static_cast<size_t>(t)], value, dim, out);
  });
}

}  // namespace

void paged_attention(const PagedAttention& op, int64_t begin, int64_t end) {
  std::vector<float> scores;
  for (int64_t row = begin; row < end; ++row) {
    const Seen seen = seen_by(op, row);
    if (seen.end == 0) {
      const int64_t width = op.heads * op.layout.head_dim;
      std::fill_n(op.out + row * width, width, 0.0F);
      continue;
    }
    scores.resize(static_cast<size_t>(seen.end - seen.begin));
    for (int64_t head = 0; head < op.heads; ++head) {
      scores_of(op, row, head, scores);
      softmax(scores);
      weighted_values(op, row, head, scores);
    }
  }
}

}  // namespace cdx::cpu
