#pragma once

#include "metrics/evaluate.h"
#include "stats/bootstrap.h"

#include <cstdint>
#include <string>
#include <vector>

// What the set metrics of `metrics` say of fewer texts, and how well they tell
// prompts apart. `sets`: those of one condition follow each other.
namespace cdx {

inline constexpr size_t kRarefactionDraws = 20;
inline constexpr size_t kReliabilitySplits = 20;

struct ResamplingOptions {
  EvaluateOptions evaluate;
  BootstrapOptions bootstrap;  // of the intervals over prompts
  uint64_t seed = 0;
};

// metrics/rarefaction.csv: condition, metric, variant, k, n_prompts, mean,
// ci_low, ci_high, draws. Each metric of k = 2, 3, 5, 10, 20, 50, 100 … texts a
// prompt: mean over `draws` subsets without replacement (all where there are
// fewer), then over the prompts that have as many texts.
std::string rarefaction_csv(const std::vector<TextSet>& sets,
                            const std::vector<std::string>& metrics,
                            const ResamplingOptions& options);

// metrics/reliability.csv: condition, metric, variant, n_prompts, splits,
// half_correlation, reliability. Correlation over prompts between the values of
// two random halves of their texts, and the same corrected to all texts
// (Spearman-Brown), each a mean over the splits. Prompts of fewer than four
// texts are left out; empty where fewer than three remain or values are
// constant.
std::string reliability_csv(const std::vector<TextSet>& sets,
                            const std::vector<std::string>& metrics,
                            const ResamplingOptions& options);

}  // namespace cdx
