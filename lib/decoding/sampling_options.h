#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// How a distribution is changed and cut before a token is drawn from it: names
// and defaults of transformers' GenerationConfig, except that do_sample is on
// and top_k off.
namespace cdx {

// Whose definitions hold where engines differ: which tokens survive a tie, and
// the default order of the stages.
enum class Preset { kHf, kVllm, kLlamaCpp };

// The stages of the pipeline, in the order of `hf`.
enum class Stage {
  kRepetitionPenalty,
  kNoRepeatNgram,
  kTemperature,
  kTopNSigma,
  kTopK,
  kTopP,
  kMinP,
  kTypicalP,
  kEpsilonCutoff,
  kEtaCutoff,
};

// The option that a stage is named after: "top_p".
std::string_view to_string(Stage stage);
std::string_view to_string(Preset preset);
const std::vector<Stage>& all_stages();

// Order of the stages that the engine knows:
//   hf        transformers 4.57: all of them; top_n_sigma, which it lacks, just
//             after temperature
//   vllm      repetition_penalty, temperature, min_p, top_k, top_p
//   llamacpp  repetition_penalty, top_n_sigma, top_k, typical_p, top_p, min_p,
//             temperature
std::vector<Stage> default_order(Preset preset);

// Below it logits divided by it leave the range of float32.
constexpr double kLowestTemperature = 1e-4;

struct SamplingOptions {
  Preset preset = Preset::kHf;
  // What is done, first to last; empty: default_order(preset).
  std::vector<Stage> order;

  // false: the most probable token instead of a draw (lower id on a tie).
  bool do_sample = true;
  // Logits are divided by it; > 0.
  double temperature = 1.0;  // kLowestTemperature or more
  // The k most probable tokens; 0: off. Ties with the k-th are kept (hf, vllm)
  // or cut by ascending id (llamacpp).
  int64_t top_k = 0;
  // Smallest set of most probable tokens with mass >= top_p; the token that
  // crosses is kept; ties go to the lower id. In [0, 1]; 1: off; 0: one token.
  double top_p = 1.0;
  // Tokens with p >= min_p · max p. In [0, 1]; 0: off.
  double min_p = 0;
  // Tokens whose surprisal is nearest to the entropy, until their mass reaches
  // typical_p. In (0, 1]; 1: off. hf keeps ties at the boundary and stops at
  // mass >= typical_p, llamacpp at mass > typical_p, ties by ascending id.
  double typical_p = 1.0;
  // Tokens with p >= epsilon_cutoff. In [0, 1); 0: off.
  double epsilon_cutoff = 0;
  // Tokens with p >= min(e, sqrt(e)·exp(−entropy)), e = eta_cutoff. In [0, 1);
  // 0: off.
  double eta_cutoff = 0;
  // Tokens with logit >= max − n·(population standard deviation of the finite
  // logits). >= 0; 0: off.
  double top_n_sigma = 0;
  // Logits of tokens in the prompt or the story: divided by it where positive,
  // else multiplied. > 0; 1: off.
  double repetition_penalty = 1.0;
  // So many last tokens of prompt and story count; 0: all. llamacpp's own
  // default is 64.
  int64_t repetition_window = 0;
  // No n-gram of prompt and story is completed a second time; 0: off.
  int64_t no_repeat_ngram_size = 0;

  // The stages to run: `order`, or the preset's.
  std::vector<Stage> stages() const;
  // True if the stage does anything under these options.
  bool is_active(Stage stage) const;

  // Throws UserError naming the option and its range, a stage that stands twice
  // in the order, or an option whose stage is not in it.
  void check() const;
};

}  // namespace cdx
