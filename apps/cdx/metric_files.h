#pragma once

#include "experiment/config.h"
#include "metrics/evaluate.h"
#include "text_sets.h"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace cdx {

// Metrics of texts, and what they are of.
struct Measured {
  const ExperimentConfig& config;
  const TextSets& sets;
  const std::vector<int64_t>& samples;  // of all texts, set after set
  std::vector<MetricValue> values;
};

// Writes {per_text,per_prompt,summary,comparisons,trends,steps,across,extract,
// lengths,effective_curve}.csv, and {rarefaction,reliability,encoder,
// matched_length,by_position,bounds}.csv where asked for.
void write_metric_files(const std::filesystem::path& folder,
                        const Measured& measured);

}  // namespace cdx
