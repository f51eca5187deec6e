#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

// The few hot operations that ATen does badly. Each has two implementations
// with one contract: a fast one for fp32 on the CPU and a plain one in ATen
// operations (namespace reference) that serves every device and that tests
// compare against.
//
// Shape letters: R rows, D hidden, H query heads, K key/value heads, E head
// dim, P pages, S tokens a page, M pages a row.
namespace cdx {

// Keys and values of one layer: [P, 2, K, S, E]; index 1 is key (0), value (1).
using KvPages = at::Tensor;

// Which cache entries a row uses. Token t of the row lies in page
// page_table[row][t / S], slot t % S.
struct RowPages {
  at::Tensor page_table;  // [R, M] int32
  at::Tensor positions;   // [R] int32: the row's own position; it attends to
                         // positions 0 … own. −1: a dead row; its results are
                         // arbitrary but finite, and what it stores goes to
                         // the page it names or nowhere
};

// y = x / sqrt(mean(x²) + eps) · weight, the statistic in fp32. A weight of x's
// type is multiplied after the cast back to it (Llama's order), a weight in
// fp32 before (OLMo 2, Gemma). x [R, D] → [R, D].
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);

// Rotates queries and keys (half-split form) and stores keys and values.
// qkv [R, (H + 2K)·E]; cosines, sines [T, E/2], in qkv's type or in fp32, which
// is then the type of the products; both undefined: nothing is rotated, and E
// may be odd. Returns q [R, H, E].
at::Tensor rotate_and_store(const at::Tensor& qkv,
                            const at::Tensor& cosines,
                            const at::Tensor& sines,
                            const RowPages& rows,
                            KvPages& pages);

struct AttentionOptions {
  double scale = 1;    // of the scores
  double softcap = 0;  // scores become softcap·tanh(score/softcap); 0: none
  int64_t window = 0;  // tokens that a row sees, itself included; 0: all
};

// softmax(softcap(q·kᵀ·scale))·v over each row's own pages; query head j uses
// key head j / (H/K); scores in q's type, softmax in fp32, as transformers'
// eager attention. q [R, H, E] → [R, H·E].
at::Tensor paged_attention(const at::Tensor& q,
                           const KvPages& pages,
                           const RowPages& rows,
                           const AttentionOptions& options);

namespace reference {
at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps);
at::Tensor rotate_and_store(const at::Tensor& qkv,
                            const at::Tensor& cosines,
                            const at::Tensor& sines,
                            const RowPages& rows,
                            KvPages& pages);
at::Tensor paged_attention(const at::Tensor& q,
                           const KvPages& pages,
                           const RowPages& rows,
                           const AttentionOptions& options);
}  // namespace reference

}  // namespace cdx
