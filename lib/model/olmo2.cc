#include "model/assemble.h"

namespace cdx {

// OLMo 2 and 3: x += N(A(x)); x += N(M(x)), and norms of q and k over the whole
// projections, not over heads; angles in fp32.
DecoderParts assemble_olmo2(const ModelConfig& config,
                            const at::TensorOptions& options,
                            Checkpoint& weights) {
  const MakeNorm norm = scale_then_cast(weights, config.rms_norm_eps, 0);
  const RotaryTables rotary =
      make_rotary_tables(config, options.dtype(at::kFloat), weights);
  DecoderParts parts = take_frame(config, norm, weights);
  const int64_t hidden = config.hidden_size;
  const int64_t queries = config.num_attention_heads * config.head_dim;
  const int64_t keys = config.num_key_value_heads * config.head_dim;
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    DecoderLayer layer{.attention_output_norm = norm(
                           in_layer(i, "post_attention_layernorm"), hidden),
                       .self_attn = take_attention(config, i, rotary, weights),
                       .mlp_output_norm = norm(
                           in_layer(i, "post_feedforward_layernorm"), hidden),
                       .mlp = take_gated_mlp(config, i, weights)};
    layer.self_attn.q_norm = norm(in_layer(i, "self_attn.q_norm"), queries);
    layer.self_attn.k_norm = norm(in_layer(i, "self_attn.k_norm"), keys);
    parts.layers.push_back(std::move(layer));
  }
  return parts;
}

}  // namespace cdx
