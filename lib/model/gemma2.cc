#include "model/assemble.h"

#include <cmath>

#include <ATen/ATen.h>

namespace cdx {
namespace {

// √D, rounded to the model's type as transformers does (PR 29402).
double embedding_scale(int64_t hidden_size, at::ScalarType dtype) {
  return at::tensor(std::sqrt(static_cast<double>(hidden_size)), at::kFloat)
      .to(dtype)
      .item<double>();
}

}  // namespace

// Gemma 2 and 3: norms before and after attention and MLP, their weights
// counted from 1; scaled embeddings. Gemma 3 norms each head of q and k.
DecoderParts assemble_gemma2(const ModelConfig& config,
                             const at::TensorOptions& options,
                             Checkpoint& weights) {
  const MakeNorm norm = scale_then_cast(weights, config.rms_norm_eps, 1);
  const RotaryTables rotary = make_rotary_tables(config, options, weights);
  DecoderParts parts = take_frame(config, norm, weights);
  const int64_t hidden = config.hidden_size;
  parts.embedding_scale =
      embedding_scale(hidden, parts.embedding.scalar_type());
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const auto layer_norm = [&](const char* name) {
      return norm(in_layer(i, name), hidden);
    };
    DecoderLayer layer{
        .attention_input_norm = layer_norm("input_layernorm"),
        .attention_output_norm = layer_norm("post_attention_layernorm"),
        .self_attn = take_attention(config, i, rotary, weights),
        .mlp_input_norm = layer_norm("pre_feedforward_layernorm"),
        .mlp_output_norm = layer_norm("post_feedforward_layernorm"),
        .mlp = take_gated_mlp(config, i, weights)};
    if (config.model_type == "gemma3_text") {
      take_head_norms(config, i, norm, layer.self_attn);
    }
    parts.layers.push_back(std::move(layer));
  }
  return parts;
}

}  // namespace cdx
