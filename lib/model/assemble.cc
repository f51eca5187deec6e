#include "model/assemble.h"

#include <ATen/ATen.h>

namespace cdx {

std::string in_layer(int64_t layer, const std::string& name) {
  return "model.layers." + std::to_string(layer) + "." + name;
}

PackedLinear take_linear(Checkpoint& weights,
                         const std::string& name,
                         int64_t out,
                         int64_t in,
                         bool bias) {
  const at::Tensor weight = weights.take(name + ".weight", {out, in});
  return PackedLinear(
      weight, bias ? weights.take(name + ".bias", {out}) : at::Tensor());
}

MakeNorm cast_then_scale(Checkpoint& weights, double eps) {
  return [&weights, eps](const std::string& name, int64_t size) {
    return RmsNorm{weights.take(name + ".weight", {size}), eps};
  };
}

MakeNorm scale_then_cast(Checkpoint& weights, double eps, double offset) {
  return [&weights, eps, offset](const std::string& name, int64_t size) {
    const at::Tensor weight = weights.take(name + ".weight", {size});
    return RmsNorm{weight.to(at::kFloat) + offset, eps};
  };
}

RotaryTables make_rotary_tables(const ModelConfig& config,
                                const at::TensorOptions& options,
                                const Checkpoint& weights) {
  const auto make = [&](const RopeConfig& rope) {
    return make_rotary_embedding(
        rope, config.max_position_embeddings, config.head_dim, options);
  };
  RotaryTables tables;
  if (weights.is_list() || !config.rope) return tables;
  tables.full = make(*config.rope);
  tables.sliding = config.sliding_rope == config.rope
                       ? tables.full
                       : make(*config.sliding_rope);
  return tables;
}

Attention take_attention(const ModelConfig& config,
                         int64_t layer,
                         const RotaryTables& rotary,
                         Checkpoint& weights) {
  const int64_t hidden = config.hidden_size;
  const int64_t queries = config.num_attention_heads * config.head_dim;
  const int64_t keys = config.num_key_value_heads * config.head_dim;
  const auto name = [&](const std::string& part) {
    return in_layer(layer, "self_attn." + part);
  };
  const at::Tensor qkv =
      weights.take_rows({{name("q_proj.weight"), {queries, hidden}},
                         {name("k_proj.weight"), {keys, hidden}},
                         {name("v_proj.weight"), {keys, hidden}}});
  at::Tensor bias;
  if (config.attention_bias) {
    bias = weights.take_rows({{name("q_proj.bias"), {queries}},
                              {name("k_proj.bias"), {keys}},
                              {name("v_proj.bias"), {keys}}});
  }
  const bool slides = config.layer_types[static_cast<size_t>(layer)] ==
                      LayerType::kSlidingAttention;
  return {.qkv_proj = PackedLinear(qkv, bias),
          .o_proj = take_linear(weights,
                                name("o_proj"),
                                hidden,
                                queries,
                                config.attention_output_bias),
          .heads = config.num_attention_heads,
          .head_dim = config.head_dim,
          .clip_qkv = config.clip_qkv,
          .options = {.scale = config.attention_scale,
                      .softcap = config.attn_logit_softcapping,
                      .window = slides ? config.sliding_window : 0},
          .rotary = slides ? rotary.sliding : rotary.full};
}

void take_head_norms(const ModelConfig& config,
                     int64_t layer,
                     const MakeNorm& make_norm,
                     Attention& attention) {
  attention.q_norm =
      make_norm(in_layer(layer, "self_attn.q_norm"), config.head_dim);
  attention.k_norm =
      make_norm(in_layer(layer, "self_attn.k_norm"), config.head_dim);
}

Mlp take_gated_mlp(const ModelConfig& config,
                   int64_t layer,
                   Checkpoint& weights) {
  const int64_t hidden = config.hidden_size;
  const int64_t inner = config.intermediate_size;
  const auto name = [&](const std::string& part) {
    return in_layer(layer, "mlp." + part);
  };
  const at::Tensor gate_up =
      weights.take_rows({{name("gate_proj.weight"), {inner, hidden}},
                         {name("up_proj.weight"), {inner, hidden}}});
  at::Tensor bias;
  if (config.mlp_bias) {
    bias = weights.take_rows(
        {{name("gate_proj.bias"), {inner}}, {name("up_proj.bias"), {inner}}});
  }
  return GatedMlp{
      .gate_up_proj = PackedLinear(gate_up, bias),
      .down_proj = take_linear(
          weights, name("down_proj"), hidden, inner, config.mlp_bias),
      .hidden_act = config.hidden_act};
}

DecoderParts take_frame(const ModelConfig& config,
                        const MakeNorm& make_norm,
                        Checkpoint& weights) {
  const std::vector<int64_t> shape = {config.vocab_size, config.hidden_size};
  DecoderParts parts;
  parts.embedding = weights.take("model.embed_tokens.weight", shape);
  parts.norm = make_norm("model.norm", config.hidden_size);
  parts.lm_head = PackedLinear(config.tie_word_embeddings
                                   ? parts.embedding
                                   : weights.take("lm_head.weight", shape));
  parts.final_logit_softcapping = config.final_logit_softcapping;
  return parts;
}

}  // namespace cdx
