#include "model/assemble.h"

#include <ATen/ATen.h>

namespace cdx {
namespace {

// GPT-2 stores [in, out].
PackedLinear take_conv1d(Checkpoint& weights,
                         const std::string& name,
                         int64_t in,
                         int64_t out) {
  const at::Tensor weight = weights.take(name + ".weight", {in, out});
  return PackedLinear(weight.t().contiguous(),
                      weights.take(name + ".bias", {out}));
}

Norm take_layer_norm(Checkpoint& weights,
                     const std::string& name,
                     const ModelConfig& config) {
  const int64_t size = config.hidden_size;
  return LayerNorm{.size = size,
                   .weight = weights.take(name + ".weight", {size}),
                   .bias = weights.take(name + ".bias", {size}),
                   .eps = config.rms_norm_eps};
}

DecoderLayer take_layer(const ModelConfig& config,
                        int64_t i,
                        Checkpoint& weights) {
  const int64_t hidden = config.hidden_size;
  const int64_t inner = config.intermediate_size;
  const std::string at = "h." + std::to_string(i) + ".";
  return {
      .attention_input_norm = take_layer_norm(weights, at + "ln_1", config),
      .self_attn = {.qkv_proj = take_conv1d(
                        weights, at + "attn.c_attn", hidden, 3 * hidden),
                    .o_proj = take_conv1d(
                        weights, at + "attn.c_proj", hidden, hidden),
                    .heads = config.num_attention_heads,
                    .head_dim = config.head_dim,
                    .options = {.scale = config.attention_scale}},
      .mlp_input_norm = take_layer_norm(weights, at + "ln_2", config),
      .mlp = PlainMlp{
          .up_proj = take_conv1d(weights, at + "mlp.c_fc", hidden, inner),
          .down_proj = take_conv1d(weights, at + "mlp.c_proj", inner, hidden),
          .hidden_act = config.hidden_act}};
}

}  // namespace

// x += A(LN(x)); x += M(LN(x)), with learned positions.
DecoderParts assemble_gpt2(const ModelConfig& config,
                           const at::TensorOptions&,
                           Checkpoint& weights) {
  const int64_t hidden = config.hidden_size;
  DecoderParts parts;
  parts.embedding = weights.take("wte.weight", {config.vocab_size, hidden});
  parts.position_embeddings =
      weights.take("wpe.weight", {config.max_position_embeddings, hidden});
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    parts.layers.push_back(take_layer(config, i, weights));
  }
  parts.norm = take_layer_norm(weights, "ln_f", config);
  parts.lm_head = PackedLinear(
      config.tie_word_embeddings
          ? parts.embedding
          : weights.take("lm_head.weight", {config.vocab_size, hidden}));
  return parts;
}

}  // namespace cdx
