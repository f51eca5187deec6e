#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// How many stories are told and what ends them. How their tokens are drawn:
// sampling_options.h, mix_options.h.
namespace cdx {

struct GenerationOptions {
  int64_t samples_per_prompt = 10;
  int64_t max_new_tokens = 256;
  // Rows of every step, finished or not. 0 means "auto": resolved once, stored
  // in the run. At least 16: below that the bits of CPU matrix products depend
  // on the number of rows.
  int64_t batch_size = 0;

  // Each token's log-probabilities, entropies and set size in a file beside the
  // stories.
  bool token_records = false;

  void check() const;
};

// Which ids end a story. The stop set of a model is the union of config.json's
// and generation_config.json's eos_token_id.
struct StopIds {
  // The only model's, when there is one model; of a mixture the first is where
  // the base's end mass goes.
  std::vector<int32_t> instruct;
  std::vector<int32_t> base;  // empty when there is one model

  bool ends_instruct(int32_t id) const;
  bool ends_base(int32_t id) const;
  bool ends_any(int32_t id) const;
  // Nothing is to be moved: both end with the same one id, or one never ends.
  bool alike() const;
};

// What becomes of the end tokens where two models are mixed.
enum class EndPolicy {
  // The base's probability of ending goes to the instruct model's first end id;
  // what it gave to the instruct's other end ids is dropped (their rows may be
  // untrained). p_instruct is never changed. Any end id of either stops.
  kMerge,
  kUnion,  // both are left alone; any end id of either stops
  // The instruct model's end ids alone stop; the base's others are masked in
  // the base (not in the instruct model, which may draw them as any token).
  kInstruct,
};
std::string_view to_string(EndPolicy policy);

struct EndOptions {
  EndPolicy policy = EndPolicy::kMerge;  // read when there are several models
  // No end token and no stop string before a story has so many tokens.
  int64_t min_new_tokens = 0;
  // Every story has max_new_tokens tokens.
  bool fixed_length = false;
  // Texts that end a story; they are cut off it.
  std::vector<std::string> stop_strings;

  void check() const;
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
