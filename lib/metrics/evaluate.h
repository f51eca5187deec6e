#pragma once

#include "metrics/metric.h"
#include "metrics/text_set.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

// One number. Variants: the tokeniser of a metric of words ("ws", "13a",
// "nltk310", "rouge", "tevet", "lr"), what compresses ("gzip9"), "nfc"
// (duplicate_rate), the encoder of a metric of embeddings (of effective_*
// with the gate: "MiniLM/tale_valid>=1"), the partition of distinct_classes, a
// score's name (score), "mean" or a slot's name (choice_entropy); "" where
// there is no choice.
struct MetricValue {
  std::string condition, prompt_id, metric;
  Level level = Level::kSet;
  std::string variant;
  double value = 0;     // NaN when undefined
  int64_t n_texts = 0;  // texts that it rests on
  // Level text: the number of each text, NaN where undefined; `value` is the
  // mean of the others. Empty at other levels.
  std::vector<double> per_text;
  std::vector<int64_t> samples;  // TextSet::samples of these
};

// The slots whose entropies choice_entropy takes, with their numbers of values.
std::vector<ChoiceSlot> choice_slots(const TaleGrammar& grammar);

// The metrics called `metrics`, in that order: one row each, choice_entropy one
// for the mean and one for each slot, those of level corpus none (they are not
// of one set; see reference.h). Token counts and finish reasons that are
// not known give NaN (texts from elsewhere have none). UserError: unknown
// metric; no texts; embeddings or tale checks that a metric needs are missing;
// an optional member of another length.
std::vector<MetricValue> evaluate(const TextSet& set,
                                  const std::vector<std::string>& metrics,
                                  const EvaluateOptions& options);

}  // namespace cdx
