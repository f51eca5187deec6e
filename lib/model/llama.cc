#include "model/assemble.h"

namespace cdx {

// x += A(N(x)); x += M(N(x)). Qwen3 norms each head of q and k; the biases of
// Qwen2 and the window of Mistral are data of the configuration.
DecoderParts assemble_llama(const ModelConfig& config,
                            const at::TensorOptions& options,
                            Checkpoint& weights) {
  const MakeNorm norm = cast_then_scale(weights, config.rms_norm_eps);
  const RotaryTables rotary = make_rotary_tables(config, options, weights);
  DecoderParts parts = take_frame(config, norm, weights);
  const int64_t hidden = config.hidden_size;
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    DecoderLayer layer{
        .attention_input_norm = norm(in_layer(i, "input_layernorm"), hidden),
        .self_attn = take_attention(config, i, rotary, weights),
        .mlp_input_norm = norm(in_layer(i, "post_attention_layernorm"), hidden),
        .mlp = take_gated_mlp(config, i, weights)};
    if (config.model_type == "qwen3") {
      take_head_norms(config, i, norm, layer.self_attn);
    }
    parts.layers.push_back(std::move(layer));
  }
  return parts;
}

}  // namespace cdx
