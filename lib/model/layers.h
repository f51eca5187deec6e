#pragma once

#include "kernels/kernels.h"
#include "model/packed_linear.h"

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

// The parts that decoders are assembled from. They know no family: what differs
// between families is which parts stand where (llama.cc).
//
// Shape letters: R rows, D hidden, H query heads, K key/value heads, E head
// dim, F intermediate, T positions.
namespace cdx {

struct RmsNorm {
  at::Tensor weight;  // [D]
  double eps = 0;

  at::Tensor forward(const at::Tensor& x) const;  // [R, D] → [R, D]
};

// cos and sin of position · inv_freq, fp32, [T, E/2] each.
struct RotaryEmbedding {
  at::Tensor cosines, sines;
};

// inv_freq[i] = theta^(−2i/E); angles in fp32 as in transformers.
RotaryEmbedding make_rotary_embedding(int64_t positions,
                                      int64_t head_dim,
                                      double theta,
                                      const at::Device& device);

struct Attention {
  PackedLinear qkv_proj;  // D → (H + 2K)·E: q, k and v below each other
  PackedLinear o_proj;    // H·E → D
  double scale = 1;

  // Stores the rows' keys and values in `pages`, then attends. [R, D] → same.
  at::Tensor forward(const at::Tensor& x,
                     const RotaryEmbedding& rotary,
                     const RowPages& rows,
                     KvPages& pages) const;
};

// down(silu(gate(x)) ⊙ up(x))
struct Mlp {
  PackedLinear gate_up_proj;  // D → 2F: gate and up below each other
  PackedLinear down_proj;     // F → D

  at::Tensor forward(const at::Tensor& x) const;  // [R, D] → [R, D]
};

// x += attention(norm(x)); x += mlp(norm(x))
struct DecoderLayer {
  RmsNorm input_layernorm;
  Attention self_attn;
  RmsNorm post_attention_layernorm;
  Mlp mlp;

  void forward(at::Tensor& x,
               const RotaryEmbedding& rotary,
               const RowPages& rows,
               KvPages& pages) const;
};

}  // namespace cdx
