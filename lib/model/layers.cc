#include "model/layers.h"

#include <ATen/ATen.h>

namespace cdx {

at::Tensor RmsNorm::forward(const at::Tensor& x) const {
  return rms_norm(x, weight, eps);
}

RotaryEmbedding make_rotary_embedding(int64_t positions,
                                      int64_t head_dim,
                                      double theta,
                                      const at::Device& device) {
  const at::Tensor exponents =
      at::arange(0, head_dim, 2, at::kLong).to(at::kFloat) /
      static_cast<double>(head_dim);
  const at::Tensor inv_freq = 1.0 / at::pow(theta, exponents);
  const at::Tensor angles =
      at::outer(at::arange(positions, at::kFloat), inv_freq);
  return {angles.cos().to(device), angles.sin().to(device)};
}

at::Tensor Attention::forward(const at::Tensor& x,
                              const RotaryEmbedding& rotary,
                              const RowPages& rows,
                              KvPages& pages) const {
  const at::Tensor qkv = qkv_proj.forward(x);
  const at::Tensor q =
      rotate_and_store(qkv, rotary.cosines, rotary.sines, rows, pages);
  return o_proj.forward(paged_attention(q, pages, rows, scale));
}

at::Tensor Mlp::forward(const at::Tensor& x) const {
  const at::Tensor gate_up = gate_up_proj.forward(x);
  const std::vector<at::Tensor> parts = gate_up.chunk(2, 1);
  return down_proj.forward(at::silu(parts[0]).mul_(parts[1]));
}

void DecoderLayer::forward(at::Tensor& x,
                           const RotaryEmbedding& rotary,
                           const RowPages& rows,
                           KvPages& pages) const {
  x.add_(self_attn.forward(input_layernorm.forward(x), rotary, rows, pages));
  x.add_(mlp.forward(post_attention_layernorm.forward(x)));
}

}  // namespace cdx
