#pragma once

#include "kernels/philox.h"

#include <cstdint>

// Raw-pointer kernels for fp32 on the CPU; contracts in kernels/kernels.h. Each
// works on rows [begin, end): a row's bits depend on that row alone.
namespace cdx::cpu {

// True where the vector instructions these files are compiled for exist.
bool supported();

struct RmsNorm {
  const float* x;  // [R, D]
  const float* weight;
  float* out;  // [R, D]
  int64_t hidden;
  float eps;
};
void rms_norm(const RmsNorm& op, int64_t begin, int64_t end);

struct KvLayout {
  int64_t kv_heads, page_size, head_dim, pages_per_row;
  const int32_t* page_table;  // [R, M]
  const int32_t* positions;   // [R]
};

struct RotateAndStore {
  const float* qkv;      // [R, (H + 2K)·E]
  const float* cosines;  // [T, E/2]; nullptr: nothing is rotated
  const float* sines;
  float* query;  // [R, H, E]
  float* pages;  // [P, 2, K, S, E]
  int64_t heads;
  KvLayout layout;
};
void rotate_and_store(const RotateAndStore& op, int64_t begin, int64_t end);

struct PagedAttention {
  const float* query;  // [R, H, E]
  const float* pages;
  float* out;  // [R, H, E]
  int64_t heads;
  float scale, softcap;
  int64_t window;
  KvLayout layout;
};
void paged_attention(const PagedAttention& op, int64_t begin, int64_t end);

// p = softmax(x), both [n]; one pass also gives what the entropy needs. Minus
// infinity has p = 0. NaN or plus infinity in x: `sum` is NaN.
struct SoftmaxSums {
  float max, min;
  double sum;       // Σ exp(x − max)
  double weighted;  // Σ exp(x − max)·(x − max)
};
SoftmaxSums softmax(const float* x, int64_t n, float* p);

// The exponential race of decoding/race.h, for the 32 tokens from 4·quad on:
// their random bits, and a mask of those whose clock −log1p(−u)/w may ring
// before `best`; the others' do not, as −log1p(−u) >= u.
constexpr int kRaceBlock = 32;
uint32_t race_candidates(const RandomCoordinates& at,
                         uint32_t quad,
                         const float* weights,
                         float best,
                         uint32_t* bits);

// Weights below the smallest normal float count as having ln w = 0.
struct WeightSums {
  double sum;       // Σ w
  double weighted;  // Σ w·ln w
};
WeightSums weight_sums(const float* weights, int64_t n);

}  // namespace cdx::cpu
