#pragma once

#include "metrics/evaluate.h"

#include <string>
#include <vector>

namespace cdx {

// metrics/effective_curve.csv: condition, metric, variant, threshold,
// share_passing, mean, n_prompts. The effective_* metrics of `metrics` at each
// decile (0 … 100 %) of the numbers that the gate looks at, pooled over all
// sets; mean over the prompts where the metric is defined. The header alone
// where there is no gate, no such metric or at most two different numbers.
std::string effective_curve_csv(const std::vector<TextSet>& sets,
                                const std::vector<std::string>& metrics,
                                const EvaluateOptions& options);

}  // namespace cdx
