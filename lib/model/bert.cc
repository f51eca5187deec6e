#include "model/bert.h"

#include "model/checkpoint.h"

#include <cmath>

#include <ATen/ATen.h>

namespace cdx {
namespace {

std::string in_layer(int64_t layer, const std::string& name) {
  return "encoder.layer." + std::to_string(layer) + "." + name;
}

void add_linear(const std::string& name,
                int64_t out,
                int64_t in,
                std::vector<WeightSpec>& specs) {
  specs.push_back({name + ".weight", {out, in}});
  specs.push_back({name + ".bias", {out}});
}

void add_norm(const std::string& name,
              int64_t size,
              std::vector<WeightSpec>& specs) {
  specs.push_back({name + ".weight", {size}});
  specs.push_back({name + ".bias", {size}});
}

std::vector<WeightSpec> weight_specs(const BertConfig& config) {
  const int64_t hidden = config.hidden_size;
  const int64_t intermediate = config.intermediate_size;
  std::vector<WeightSpec> specs = {
      {"embeddings.word_embeddings.weight", {config.vocab_size, hidden}},
      {"embeddings.position_embeddings.weight",
       {config.max_position_embeddings, hidden}},
      {"embeddings.token_type_embeddings.weight",
       {config.type_vocab_size, hidden}}};
  add_norm("embeddings.LayerNorm", hidden, specs);
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    for (const char* name : {"query", "key", "value"}) {
      add_linear(in_layer(i, std::string("attention.self.") + name),
                 hidden,
                 hidden,
                 specs);
    }
    add_linear(in_layer(i, "attention.output.dense"), hidden, hidden, specs);
    add_norm(in_layer(i, "attention.output.LayerNorm"), hidden, specs);
    add_linear(in_layer(i, "intermediate.dense"), intermediate, hidden, specs);
    add_linear(in_layer(i, "output.dense"), hidden, intermediate, specs);
    add_norm(in_layer(i, "output.LayerNorm"), hidden, specs);
  }
  return specs;
}

}  // namespace

at::Tensor Bert::LayerNorm::forward(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, eps);
}

Bert Bert::load(const std::filesystem::path& folder,
                const BertConfig& config,
                const at::Device& device) {
  const std::map<std::string, at::Tensor> weights =
      load_weights(folder,
                   weight_specs(config),
                   {.device = device,
                    .dtype = at::kFloat,
                    .ignored = {"embeddings.position_ids",
                                "pooler.dense.weight",
                                "pooler.dense.bias"}});
  const auto linear = [&](const std::string& name) {
    return PackedLinear(weights.at(name + ".weight"),
                        weights.at(name + ".bias"));
  };
  const auto norm = [&](const std::string& name) {
    return LayerNorm{weights.at(name + ".weight"),
                     weights.at(name + ".bias"),
                     config.layer_norm_eps};
  };
  Bert bert;
  bert.heads_ = config.num_attention_heads;
  bert.word_embeddings_ = weights.at("embeddings.word_embeddings.weight");
  bert.position_embeddings_ =
      weights.at("embeddings.position_embeddings.weight") +
      weights.at("embeddings.token_type_embeddings.weight").select(0, 0);
  bert.embedding_norm_ = norm("embeddings.LayerNorm");
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const auto qkv = [&](const std::string& part) {
      return at::cat({weights.at(in_layer(i, "attention.self.query" + part)),
                      weights.at(in_layer(i, "attention.self.key" + part)),
                      weights.at(in_layer(i, "attention.self.value" + part))});
    };
    bert.layers_.push_back(
        {.qkv = PackedLinear(qkv(".weight"), qkv(".bias")),
         .attention_output = linear(in_layer(i, "attention.output.dense")),
         .attention_norm = norm(in_layer(i, "attention.output.LayerNorm")),
         .intermediate = linear(in_layer(i, "intermediate.dense")),
         .output = linear(in_layer(i, "output.dense")),
         .output_norm = norm(in_layer(i, "output.LayerNorm"))});
  }
  return bert;
}

at::Tensor Bert::attend(const at::Tensor& qkv,
                        const std::vector<int64_t>& lengths) const {
  const int64_t hidden = qkv.size(1) / 3;
  const int64_t head_dim = hidden / heads_;
  const double scale = 1 / std::sqrt(static_cast<double>(head_dim));
  at::Tensor result = at::zeros({qkv.size(0), hidden}, qkv.options());
  int64_t row = 0;
  for (const int64_t length : lengths) {
    // [T, 3D] → [3, H, T, E], copied: the last bits of a matrix product depend
    // on the alignment of its input, which must not depend on `row`.
    const at::Tensor parts = qkv.narrow(0, row, length)
                                 .view({length, 3, heads_, head_dim})
                                 .permute({1, 2, 0, 3})
                                 .contiguous();
    const at::Tensor scores = at::bmm(parts[0], parts[1].transpose(1, 2));
    const at::Tensor weights = at::softmax(scores.mul_(scale), 2);  // [H, T, T]
    result.narrow(0, row, length)
        .view({length, heads_, head_dim})
        .copy_(at::bmm(weights, parts[2]).transpose(0, 1));
    row += length;
  }
  return result;
}

at::Tensor Bert::forward(const PackedTexts& texts) const {
  at::Tensor x = embedding_norm_.forward(
      at::embedding(word_embeddings_, texts.ids) +
      at::embedding(position_embeddings_, texts.positions));  // [R, D]
  for (const Layer& layer : layers_) {
    at::Tensor attended = attend(layer.qkv.forward(x), texts.lengths);
    attended = layer.attention_output.forward(attended);
    x = layer.attention_norm.forward(attended.add_(x));
    at::Tensor inner = layer.intermediate.forward(x);  // [R, F]
    at::gelu_(inner, "none");
    x = layer.output_norm.forward(layer.output.forward(inner).add_(x));
  }
  return x;
}

}  // namespace cdx
