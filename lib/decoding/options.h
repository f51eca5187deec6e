#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What decides which token is drawn. Defaults are those of the quickstart's
// conventions and, where Hugging Face has one, differ from it knowingly: no
// top_k, and do_sample is always on.
namespace cdx {

// How a distribution is cut before drawing, and at which temperature.
// Order: temperature, softmax, top_p (as in transformers).
struct SamplingOptions {
  // Each model's logits are divided by it before the softmax; > 0.
  double temperature = 1.0;
  // Smallest set of most probable tokens with mass >= top_p; the token that
  // crosses is kept; ties go to the lower id. In (0, 1]; 1 keeps every token.
  double top_p = 1.0;

  // Throws UserError naming the option and its range.
  void check() const;
};

// The two distributions of conformative decoding (our reading of
// arXiv 2507.20956; ../docs/method.md):
//   q(x) ∝ 1[x ∈ S(p_instruct)] · ((1−γ)·p_instruct(x) + γ·p_base(x)).
struct MixOptions {
  // Weight of the base's distribution; in [0, 1].
  double gamma = 0.0;

  void check() const;
};

struct GenerationOptions {
  int64_t samples_per_prompt = 10;
  int64_t max_new_tokens = 256;
  // Rows of every step, finished or not. 0 means "auto": resolved once, stored
  // in the run. At least 16: below that the bits of CPU matrix products depend
  // on the number of rows.
  int64_t batch_size = 0;

  void check() const;
};

// Which ids end a story. The stop set of a model is the union of config.json's
// and generation_config.json's eos_token_id.
struct StopIds {
  // The only model's, when there is one model; of a mixture the first is where
  // the base's end mass goes.
  std::vector<int32_t> instruct;
  std::vector<int32_t> base;  // empty when there is one model
};

// The stop ids of a mixture. An instruct model often ends its turns with an id
// of its own and keeps the base's end in its list: the base's mass must go to
// the former, or it could never end a story. Hence the first is, of the ids
// that the base does not end with (of all, if there is none), `instruct_eos`
// (the eos_token of the instruct's tokenizer) or else the first in
// `instruct`.
StopIds stop_ids_of_pair(std::vector<int32_t> base,
                         std::vector<int32_t> instruct,
                         std::optional<int32_t> instruct_eos);

}  // namespace cdx
