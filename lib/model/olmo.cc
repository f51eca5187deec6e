#include "model/assemble.h"

namespace cdx {

// OLMo 1: Llama's order with norms that have no parameters; angles in fp32.
DecoderParts assemble_olmo(const ModelConfig& config,
                           const at::TensorOptions& options,
                           Checkpoint& weights) {
  const LayerNorm plain{.size = config.hidden_size,
                        .weight = {},
                        .bias = {},
                        .eps = config.rms_norm_eps};
  const MakeNorm norm = [&](const std::string&, int64_t) { return plain; };
  const RotaryTables rotary =
      make_rotary_tables(config, options.dtype(at::kFloat), weights);
  DecoderParts parts = take_frame(config, norm, weights);
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    parts.layers.push_back(
        {.attention_input_norm = plain,
         .self_attn = take_attention(config, i, rotary, weights),
         .mlp_input_norm = plain,
         .mlp = take_gated_mlp(config, i, weights)});
  }
  return parts;
}

}  // namespace cdx
