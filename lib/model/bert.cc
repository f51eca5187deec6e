#include "model/bert.h"

#include "model/assemble.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <ATen/ATen.h>

namespace cdx {
namespace {

// What the two kinds call the parts of a layer's attention.
struct AttentionNames {
  const char *query, *key, *value, *output, *norm;
};

constexpr AttentionNames kBertNames = {"attention.self.query",
                                       "attention.self.key",
                                       "attention.self.value",
                                       "attention.output.dense",
                                       "attention.output.LayerNorm"};
constexpr AttentionNames kMpnetNames = {"attention.attn.q",
                                        "attention.attn.k",
                                        "attention.attn.v",
                                        "attention.attn.o",
                                        "attention.LayerNorm"};

const AttentionNames& names_of(BertKind kind) {
  return kind == BertKind::kBert ? kBertNames : kMpnetNames;
}

// Row of MPNet's table for the distance query − key: 16 for each direction,
// exact up to 7, then by logarithm up to 128 (T5's rule).
int64_t distance_bucket(int64_t distance) {
  const int64_t half = distance < 0 ? 16 : 0;
  const int64_t n = std::abs(distance);
  if (n < 8) return half + n;
  const float ratio = std::log(static_cast<float>(n) / 8.0F) /
                      static_cast<float>(std::log(128.0 / 8.0));
  return half + std::min<int64_t>(8 + static_cast<int64_t>(ratio * 8), 15);
}

// [32, H] → [H, T, T], to be added to the scores.
at::Tensor score_bias(const at::Tensor& table, int64_t length) {
  std::vector<int64_t> buckets;
  for (int64_t query = 0; query < length; ++query) {
    for (int64_t key = 0; key < length; ++key) {
      buckets.push_back(distance_bucket(query - key));
    }
  }
  const at::Tensor rows = at::tensor(buckets, at::kLong).to(table.device());
  return at::embedding(table, rows)
      .view({length, length, table.size(1)})
      .permute({2, 0, 1});
}

}  // namespace

at::Tensor Bert::LayerNorm::forward(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, eps);
}

Bert Bert::load(const std::filesystem::path& folder,
                const BertConfig& config,
                const at::Device& device) {
  const WeightOptions options{.device = device,
                              .dtype = at::kFloat,
                              .ignored = {"embeddings.position_ids",
                                          "pooler.dense.weight",
                                          "pooler.dense.bias"},
                              .prefixes = {{"", "bert."}}};
  return load_checkpoint(folder, options, [&](Checkpoint& weights) {
    return assemble(config, weights);
  });
}

void Bert::take_embeddings(const BertConfig& config, Checkpoint& weights) {
  const auto take = [&](const std::string& name, int64_t rows) {
    return weights.take("embeddings." + name + "_embeddings.weight",
                        {rows, config.hidden_size});
  };
  word_embeddings_ = take("word", config.vocab_size);
  const at::Tensor positions = take("position", config.max_position_embeddings);
  if (config.kind == BertKind::kBert) {
    position_embeddings_ =
        positions + take("token_type", config.type_vocab_size).select(0, 0);
    return;
  }
  // Rows 0 and 1 are those of padding.
  position_embeddings_ = positions.slice(0, 2);
  relative_bias_ = weights.take("encoder.relative_attention_bias.weight",
                                {32, config.num_attention_heads});
}

Bert Bert::assemble(const BertConfig& config, Checkpoint& weights) {
  const int64_t hidden = config.hidden_size;
  const AttentionNames& names = names_of(config.kind);
  const auto norm = [&](const std::string& name) {
    const at::Tensor weight = weights.take(name + ".weight", {hidden});
    return LayerNorm{
        weight, weights.take(name + ".bias", {hidden}), config.layer_norm_eps};
  };
  Bert bert;
  bert.heads_ = config.num_attention_heads;
  bert.take_embeddings(config, weights);
  bert.embedding_norm_ = norm("embeddings.LayerNorm");
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const std::string at = "encoder.layer." + std::to_string(i) + ".";
    const auto linear = [&](const char* name, int64_t out, int64_t in) {
      return take_linear(weights, at + name, out, in, /*bias=*/true);
    };
    const auto qkv = [&](const char* part, std::vector<int64_t> shape) {
      return weights.take_rows({{at + names.query + part, shape},
                                {at + names.key + part, shape},
                                {at + names.value + part, shape}});
    };
    const at::Tensor qkv_weight = qkv(".weight", {hidden, hidden});
    bert.layers_.push_back(
        {.qkv = PackedLinear(qkv_weight, qkv(".bias", {hidden})),
         .attention_output = linear(names.output, hidden, hidden),
         .attention_norm = norm(at + names.norm),
         .intermediate =
             linear("intermediate.dense", config.intermediate_size, hidden),
         .output = linear("output.dense", hidden, config.intermediate_size),
         .output_norm = norm(at + "output.LayerNorm")});
  }
  return bert;
}

Bert::ScoreBiases Bert::score_biases(
    const std::vector<int64_t>& lengths) const {
  ScoreBiases biases;
  if (!relative_bias_.defined()) return biases;
  for (const int64_t length : lengths) {
    if (biases.contains(length)) continue;
    biases[length] = score_bias(relative_bias_, length);
  }
  return biases;
}

at::Tensor Bert::attend(const at::Tensor& qkv,
                        const std::vector<int64_t>& lengths,
                        const ScoreBiases& biases) const {
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
    at::Tensor scores = at::bmm(parts[0], parts[1].transpose(1, 2)).mul_(scale);
    if (!biases.empty()) scores.add_(biases.at(length));
    const at::Tensor weights = at::softmax(scores, 2);  // [H, T, T]
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
  const ScoreBiases biases = score_biases(texts.lengths);
  for (const Layer& layer : layers_) {
    at::Tensor attended = attend(layer.qkv.forward(x), texts.lengths, biases);
    attended = layer.attention_output.forward(attended);
    x = layer.attention_norm.forward(attended.add_(x));
    at::Tensor inner = layer.intermediate.forward(x);  // [R, F]
    at::gelu_(inner, "none");
    x = layer.output_norm.forward(layer.output.forward(inner).add_(x));
  }
  return x;
}

}  // namespace cdx
