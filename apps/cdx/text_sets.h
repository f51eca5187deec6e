#pragma once

#include "experiment/config.h"
#include "metrics/evaluate.h"
#include "prompts/prompt.h"
#include "store/record.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cdx {

// Stories as metrics take them, one set a condition and prompt, and the metrics
// of all of them.
class TextSets {
 public:
  // Throws UserError if a metric needs a grammar that the experiment does not
  // name.
  TextSets(const ExperimentConfig& config, std::vector<std::string> metrics);

  void add(const Condition& condition,
           const Prompt& prompt,
           const std::vector<GenerationRecord>& records);
  // Embeddings that are computed on the way are kept in `store_folder`.
  std::vector<MetricValue> values(const std::filesystem::path& store_folder,
                                  int threads);

  const std::vector<TextSet>& sets() const { return sets_; }
  const std::vector<std::string>& metrics() const { return metrics_; }
  const std::optional<TaleGrammar>& grammar() const { return grammar_; }

 private:
  void load_grammar();
  void add_embeddings(const std::filesystem::path& store_folder, int threads);

  const ExperimentConfig& config_;
  std::vector<std::string> metrics_;
  std::optional<TaleGrammar> grammar_;
  std::vector<TextSet> sets_;
};

}  // namespace cdx
