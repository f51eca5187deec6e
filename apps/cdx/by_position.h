#pragma once

#include "metrics/evaluate.h"
#include "stats/bootstrap.h"
#include "text_sets.h"

#include <string>
#include <vector>

namespace cdx {

// metrics/by_position.csv: condition, metric, variant, first_word, last_word
// (counted from 1), n_prompts, n_texts, mean, ci_low, ci_high: the metrics of
// sets of texts and embeddings on one stretch of the stories after the other.
std::string by_position_csv(const std::vector<TextSets::Stretch>& stretches,
                            const std::vector<std::string>& metrics,
                            const EvaluateOptions& options,
                            const BootstrapOptions& bootstrap);

}  // namespace cdx
