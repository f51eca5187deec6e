#pragma once

#include "kernels/kernels.h"
#include "model/model_config.h"
#include "model/packed_linear.h"

#include <cstdint>
#include <variant>

#include <ATen/core/Tensor.h>

// The parts that decoders are assembled from. They know no family: what differs
// between families is which parts stand where (llama.cc, olmo.cc, gemma.cc …).
//
// Shape letters: R rows, D hidden, H query heads, K key/value heads, E head
// dim, F intermediate, T positions.
namespace cdx {

// cdx::rms_norm over groups of as many numbers as `weight` has: a row, all
// heads of a row, or each head.
struct RmsNorm {
  at::Tensor weight;  // [D], in the model's type or in fp32 (see rms_norm)
  double eps = 0;
};

// (x − mean) / sqrt(variance + eps) · weight + bias, or without the last two
// when they are undefined; the statistics in fp32.
struct LayerNorm {
  int64_t size = 0;         // D
  at::Tensor weight, bias;  // [D]
  double eps = 0;
};

struct NoNorm {};
using Norm = std::variant<NoNorm, RmsNorm, LayerNorm>;

at::Tensor normalise(const Norm& norm, const at::Tensor& x);  // [R, D] → same

// cos and sin of position · inv_freq, times the attention factor; [T, E/2]
// each. Undefined: no rotary embedding.
struct RotaryEmbedding {
  at::Tensor cosines, sines;
};

// Angles in fp32 as in transformers; the tables in `dtype`.
RotaryEmbedding make_rotary_embedding(const RopeConfig& rope,
                                      int64_t positions,
                                      int64_t head_dim,
                                      at::TensorOptions options);

struct Attention {
  PackedLinear qkv_proj;  // D → (H + 2K)·E: q, k and v below each other
  PackedLinear o_proj;    // H·E → D
  int64_t heads = 0;      // H
  int64_t head_dim = 0;   // E
  Norm q_norm, k_norm;    // before the rotation
  double clip_qkv = 0;    // q, k and v to [−clip_qkv, clip_qkv]; 0: not
  AttentionOptions options;
  RotaryEmbedding rotary;

  // Stores the rows' keys and values in `pages`, then attends. [R, D] → same.
  at::Tensor forward(const at::Tensor& x,
                     const RowPages& rows,
                     KvPages& pages) const;
};

// down(act(gate(x)) ⊙ up(x))
struct GatedMlp {
  PackedLinear gate_up_proj;  // D → 2F: gate and up below each other
  PackedLinear down_proj;     // F → D
  Activation hidden_act = Activation::kSilu;
};

// down(act(up(x)))
struct PlainMlp {
  PackedLinear up_proj, down_proj;
  Activation hidden_act = Activation::kGeluTanh;
};

using Mlp = std::variant<GatedMlp, PlainMlp>;

// x += out₁(attention(in₁(x))); x += out₂(mlp(in₂(x))); a family has norms
// before, after or on both sides.
struct DecoderLayer {
  Norm attention_input_norm, attention_output_norm;
  Attention self_attn;
  Norm mlp_input_norm, mlp_output_norm;
  Mlp mlp;

  void forward(at::Tensor& x, const RowPages& rows, KvPages& pages) const;
};

}  // namespace cdx
