#pragma once

#include "metrics/evaluate.h"

#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// True for the metrics of a set that are also read of all texts of a condition
// together: distinct_n, ngram_diversity, ead, the compression ratios,
// self_repetition, duplicate_rate.
bool has_corpus_level(std::string_view metric);

// Those of `metrics` that have it, of a set of all texts; as evaluate(), with
// level corpus.
std::vector<MetricValue> evaluate_corpus(
    const TextSet& all_texts, const std::vector<std::string>& metrics);

}  // namespace cdx
