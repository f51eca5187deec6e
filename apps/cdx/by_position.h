#pragma once

#include "metrics/evaluate.h"
#include "report/rows.h"
#include "stats/bootstrap.h"
#include "text_sets.h"

#include <string>
#include <vector>

namespace cdx {

// The metrics of sets of texts and embeddings on one stretch of the stories
// after the other.
std::vector<PositionRow> by_position(
    const std::vector<TextSets::Stretch>& stretches,
    const std::vector<std::string>& metrics,
    const EvaluateOptions& options,
    const BootstrapOptions& bootstrap);

}  // namespace cdx
