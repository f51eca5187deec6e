#pragma once

#include "experiment/config.h"
#include "metrics/text_set.h"
#include "report/rows.h"

#include <vector>

namespace cdx {

// Numbers of all texts of a condition together, on the prompts that every
// measured condition has, each with as many texts as the condition with fewest
// has of it (the first ones).
struct CorpusLevel {
  std::vector<SummaryRow> summaries;
  // Of the metrics against the reference, on report.compare without the
  // reference itself: labels permuted within prompts. Means and delta are those
  // of the summaries; p is of the statistic with clusters and components of
  // both conditions and the reference together. Family "corpus", Holm.
  std::vector<ComparisonRow> comparisons;
};

// With measure.corpus the metrics that have this level; those against
// measure.reference among measure.metrics. UserError: no reference is named or
// it has no texts, no prompt is shared, too few texts.
CorpusLevel corpus_level(const ExperimentConfig& config,
                         const std::vector<TextSet>& sets);

// Throws UserError when a metric needs a reference and none is named.
void check_reference(const ExperimentConfig& config);

}  // namespace cdx
