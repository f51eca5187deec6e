#include "model/layers.h"

#include <ATen/ATen.h>

namespace cdx {
namespace {

at::Tensor normalise(const NoNorm&, const at::Tensor& x) {
  return x;
}

at::Tensor normalise(const RmsNorm& norm, const at::Tensor& x) {
  const at::Tensor groups = x.reshape({-1, norm.weight.size(0)});
  return rms_norm(groups, norm.weight, norm.eps).view(x.sizes());
}

at::Tensor normalise(const LayerNorm& norm, const at::Tensor& x) {
  if (norm.weight.defined()) {
    return at::layer_norm(x, {norm.size}, norm.weight, norm.bias, norm.eps);
  }
  return at::layer_norm(x.to(at::kFloat), {norm.size}, {}, {}, norm.eps)
      .to(x.scalar_type());
}

at::Tensor activated(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::kSilu:
      return at::silu(x);
    case Activation::kGelu:
      return at::gelu(x, "none");
    case Activation::kGeluTanh:
      return at::gelu(x, "tanh");
  }
  return x;
}

at::Tensor forward(const GatedMlp& mlp, const at::Tensor& x) {
  const at::Tensor gate_up = mlp.gate_up_proj.forward(x);
  const std::vector<at::Tensor> parts = gate_up.chunk(2, 1);
  return mlp.down_proj.forward(
      activated(parts[0], mlp.hidden_act).mul_(parts[1]));
}

at::Tensor forward(const PlainMlp& mlp, const at::Tensor& x) {
  return mlp.down_proj.forward(
      activated(mlp.up_proj.forward(x), mlp.hidden_act));
}

// Normalises columns [first, first + count) in place.
void normalise_columns(const Norm& norm,
                       int64_t first,
                       int64_t count,
                       at::Tensor& qkv) {
  if (std::holds_alternative<NoNorm>(norm)) return;
  at::Tensor columns = qkv.narrow(1, first, count);
  columns.copy_(normalise(norm, columns.contiguous()));
}

}  // namespace

at::Tensor normalise(const Norm& norm, const at::Tensor& x) {
  return std::visit([&](const auto& kind) { return normalise(kind, x); }, norm);
}

RotaryEmbedding make_rotary_embedding(const RopeConfig& rope,
                                      int64_t positions,
                                      int64_t head_dim,
                                      at::TensorOptions options) {
  const at::Tensor angles =
      at::outer(at::arange(positions, at::kFloat),
                at::tensor(inverse_frequencies(rope, head_dim)));
  return {(angles.cos() * rope.attention_factor).to(options),
          (angles.sin() * rope.attention_factor).to(options)};
}

at::Tensor Attention::forward(const at::Tensor& x,
                              const RowPages& rows,
                              KvPages& pages) const {
  at::Tensor qkv = qkv_proj.forward(x);
  if (clip_qkv > 0) qkv.clamp_(-clip_qkv, clip_qkv);
  const int64_t queries = heads * head_dim;
  const int64_t keys = (qkv.size(1) - queries) / 2;
  normalise_columns(q_norm, 0, queries, qkv);
  normalise_columns(k_norm, queries, keys, qkv);
  const at::Tensor q =
      rotate_and_store(qkv, rotary.cosines, rotary.sines, rows, pages);
  return o_proj.forward(paged_attention(q, pages, rows, options));
}

void DecoderLayer::forward(at::Tensor& x,
                           const RowPages& rows,
                           KvPages& pages) const {
  const at::Tensor attended =
      self_attn.forward(normalise(attention_input_norm, x), rows, pages);
  x.add_(normalise(attention_output_norm, attended));
  const at::Tensor mlp_input = normalise(mlp_input_norm, x);
  const at::Tensor transformed = std::visit(
      [&](const auto& kind) { return cdx::forward(kind, mlp_input); }, mlp);
  x.add_(normalise(mlp_output_norm, transformed));
}

}  // namespace cdx
