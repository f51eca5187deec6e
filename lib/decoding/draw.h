#pragma once

#include "decoding/options.h"
#include "kernels/kernels.h"

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace cdx {

struct DrawOptions {
  SamplingOptions sampling;
  MixOptions mix;  // read when there are two models
  StopIds stop_ids;
  int64_t vocab_size = 0;  // columns that are tokens; 0: all that both have
};

struct TokenDraws {
  std::vector<int32_t> ids;  // [B]
  // ln of the token's probability: [model][B] raw (temperature 1, nothing
  // cut, end tokens not merged), and [B] under the distribution drawn from.
  std::vector<std::vector<float>> log_probs;
  std::vector<float> log_probs_sampled;
};

// Draws one token a row. `logits`: [B, V] fp32 of one model, or of {base,
// instruct}. Order: padding columns dropped, temperature, softmax (fp32), the
// base's end mass moved to the instruct's end id, truncation by the instruct
// model, mixture, race.
TokenDraws draw_tokens(const std::vector<at::Tensor>& logits,
                       const DrawOptions& options,
                       const std::vector<RandomCoordinates>& coordinates);

// merge_eos (specs: "fold"): the base's probability of its end ids is added at
// the instruct's first end id and removed from theirs; what the base gave to
// end ids of the instruct that are none of its own is dropped (their rows may
// be untrained). p [B, V] → [B, V].
at::Tensor merge_end_tokens(const at::Tensor& p, const StopIds& stop_ids);

}  // namespace cdx
