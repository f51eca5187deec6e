#pragma once

#include "model/layers.h"

#include <vector>

#include <ATen/core/Tensor.h>

namespace cdx {

// A decoder's parts, put together by its family.
struct DecoderParts {
  at::Tensor embedding;            // [V, D]
  at::Tensor position_embeddings;  // [T, D]; undefined with rotary embeddings
  double embedding_scale = 1;      // of the embedding's rows
  std::vector<DecoderLayer> layers;
  Norm norm;
  PackedLinear lm_head;                // D → V
  double final_logit_softcapping = 0;  // logits to c·tanh(logit/c); 0: not
};

}  // namespace cdx
