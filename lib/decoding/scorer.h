#pragma once

#include "decoding/story.h"
#include "model/causal_lm.h"

#include <functional>
#include <string>
#include <vector>

namespace cdx {

// StoryGenerator::score() with this model; `name` is what messages call it.
// Memory: keys and values of the longest request, logits of one chunk.
void score_texts(const CausalLM& model,
                 const std::string& name,
                 const std::vector<ScoreRequest>& requests,
                 int64_t columns,
                 const std::function<bool(size_t, std::vector<float>&&)>& sink);

}  // namespace cdx
