#pragma once

#include "model/checkpoint.h"
#include "model/encoder_config.h"
#include "model/packed_linear.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <vector>

#include <ATen/core/Tensor.h>

// The encoders BERT and MPNet (transformers' BertModel and MPNetModel without
// their poolers), in float32.
//
// Shape letters: R rows (tokens of all texts), D hidden, H heads, E head dim,
// F intermediate, T tokens of one text.
namespace cdx {

// Several texts below each other, without padding between them.
struct PackedTexts {
  at::Tensor ids;                // [R] int64; R may exceed the sum of lengths
  at::Tensor positions;          // [R] int64, from 0 in each text
  std::vector<int64_t> lengths;  // tokens of each text, in the order of rows
};

class Bert {
 public:
  // Throws UserError or WorldError when the folder's weights do not fit.
  static Bert load(const std::filesystem::path& folder,
                   const BertConfig& config,
                   const at::Device& device);

  // Hidden states after the last layer, [R, D]. Tokens of a text attend to all
  // tokens of that text; rows past the last text are meaningless.
  at::Tensor forward(const PackedTexts& texts) const;

  at::Device device() const { return word_embeddings_.device(); }

 private:
  struct LayerNorm {
    at::Tensor weight, bias;  // [D]
    double eps = 0;

    at::Tensor forward(const at::Tensor& x) const;
  };
  struct Layer {
    PackedLinear qkv;  // [3D, D]: query, key and value below each other
    PackedLinear attention_output;
    LayerNorm attention_norm;
    PackedLinear intermediate, output;
    LayerNorm output_norm;
  };

  static Bert assemble(const BertConfig& config, Checkpoint& weights);
  void take_embeddings(const BertConfig& config, Checkpoint& weights);
  // What is added to the scores of texts of each length, [H, T, T].
  using ScoreBiases = std::map<int64_t, at::Tensor>;
  ScoreBiases score_biases(const std::vector<int64_t>& lengths) const;
  at::Tensor attend(const at::Tensor& qkv,
                    const std::vector<int64_t>& lengths,
                    const ScoreBiases& biases) const;

  int64_t heads_ = 0;
  at::Tensor word_embeddings_;      // [V, D]
  at::Tensor position_embeddings_;  // [P, D], by position from 0 on; BERT's
                                    // token type 0 is added
  at::Tensor relative_bias_;        // [32, H] of MPNet's scores; else undefined
  LayerNorm embedding_norm_;
  std::vector<Layer> layers_;
};

}  // namespace cdx
