#pragma once

#include "decoding/distribution.h"

#include <cstdint>
#include <span>

namespace cdx {

// The tokens before the next one, as one model sees them: its own prompt, then
// the story that all models share.
struct History {
  std::span<const int32_t> prompt, story;

  size_t size() const { return prompt.size() + story.size(); }
  int32_t operator[](size_t i) const {
    return i < prompt.size() ? prompt[i] : story[i - prompt.size()];
  }
};

// Logits of each token among the last `window` of the history (0: all),
// once a token: divided by the penalty where positive, else multiplied
// (Keskar et al. 2019; transformers' RepetitionPenaltyLogitsProcessor).
void apply_repetition_penalty(double penalty,
                              int64_t window,
                              const History& history,
                              Distribution& distribution);

// Bans each token that would complete an n-gram of the history a second time
// (transformers' NoRepeatNGramLogitsProcessor).
void ban_repeated_ngrams(int64_t n,
                         const History& history,
                         Distribution& distribution);

}  // namespace cdx
