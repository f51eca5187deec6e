#include "model/causal_lm.h"
#include "model/checkpoint.h"

#include <cmath>

#include <ATen/ATen.h>

namespace cdx {
namespace {

std::string in_layer(int64_t layer, const std::string& name) {
  return "model.layers." + std::to_string(layer) + "." + name + ".weight";
}

std::vector<WeightSpec> weight_specs(const ModelConfig& config) {
  const int64_t hidden = config.hidden_size;
  const int64_t queries = config.num_attention_heads * config.head_dim;
  const int64_t keys = config.num_key_value_heads * config.head_dim;
  std::vector<WeightSpec> specs = {
      {"model.embed_tokens.weight", {config.vocab_size, hidden}},
      {"model.norm.weight", {hidden}}};
  if (!config.tie_word_embeddings) {
    specs.push_back({"lm_head.weight", {config.vocab_size, hidden}});
  }
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const std::vector<WeightSpec> layer = {
        {in_layer(i, "input_layernorm"), {hidden}},
        {in_layer(i, "self_attn.q_proj"), {queries, hidden}},
        {in_layer(i, "self_attn.k_proj"), {keys, hidden}},
        {in_layer(i, "self_attn.v_proj"), {keys, hidden}},
        {in_layer(i, "self_attn.o_proj"), {hidden, queries}},
        {in_layer(i, "post_attention_layernorm"), {hidden}},
        {in_layer(i, "mlp.gate_proj"), {config.intermediate_size, hidden}},
        {in_layer(i, "mlp.up_proj"), {config.intermediate_size, hidden}},
        {in_layer(i, "mlp.down_proj"), {hidden, config.intermediate_size}}};
    specs.insert(specs.end(), layer.begin(), layer.end());
  }
  return specs;
}

DecoderLayer make_layer(const ModelConfig& config,
                        const std::map<std::string, at::Tensor>& weights,
                        int64_t i) {
  const auto weight = [&](const std::string& name) {
    return weights.at(in_layer(i, name));
  };
  const double eps = config.rms_norm_eps;
  return {
      .input_layernorm = {weight("input_layernorm"), eps},
      .self_attn = {.qkv_proj =
                        PackedLinear(at::cat({weight("self_attn.q_proj"),
                                              weight("self_attn.k_proj"),
                                              weight("self_attn.v_proj")})),
                    .o_proj = PackedLinear(weight("self_attn.o_proj")),
                    .scale =
                        1 / std::sqrt(static_cast<double>(config.head_dim))},
      .post_attention_layernorm = {weight("post_attention_layernorm"), eps},
      .mlp = {.gate_up_proj = PackedLinear(
                  at::cat({weight("mlp.gate_proj"), weight("mlp.up_proj")})),
              .down_proj = PackedLinear(weight("mlp.down_proj"))}};
}

}  // namespace

CausalLM assemble_llama(const ModelConfig& config,
                        const std::filesystem::path& folder,
                        const at::Device& device,
                        at::ScalarType dtype) {
  WeightOptions options{.device = device, .dtype = dtype, .ignored = {}};
  if (config.tie_word_embeddings) options.ignored = {"lm_head.weight"};
  const std::map<std::string, at::Tensor> weights =
      load_weights(folder, weight_specs(config), options);
  CausalLM model;
  model.config_ = config;
  model.embedding_ = weights.at("model.embed_tokens.weight");
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    model.layers_.push_back(make_layer(config, weights, i));
  }
  model.norm_ = {weights.at("model.norm.weight"), config.rms_norm_eps};
  model.lm_head_ =
      PackedLinear(config.tie_word_embeddings ? model.embedding_
                                              : weights.at("lm_head.weight"));
  model.rotary_ = make_rotary_embedding(config.max_position_embeddings,
                                        config.head_dim,
                                        config.rope_theta,
                                        device);
  return model;
}

}  // namespace cdx
