#pragma once

#include "attach_scores.h"
#include "experiment/config.h"
#include "metrics/evaluate.h"
#include "prompts/prompt.h"
#include "store/record.h"

#include <array>
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
  // Of all texts added so far, in their order: embeddings in place of the
  // encoder's ([n, D], or no row), classes and what these are called.
  void give(const Embeddings& embeddings,
            const std::vector<std::string>& classes,
            const std::string& partition);
  // With measure.extract a second time on what it leaves of the texts, variant
  // "…/extracted". Embeddings that are computed on the way are kept in
  // `store_folder`.
  std::vector<MetricValue> values(const std::filesystem::path& store_folder,
                                  int threads);

  // How often each rule of measure.extract took something off the texts of a
  // condition, in the order of the conditions.
  struct ExtractHits {
    std::string condition;
    int64_t texts = 0;
    std::array<int64_t, kExtractRules> hits{};
  };
  const std::vector<ExtractHits>& extract_hits() const { return hits_; }

  const std::vector<TextSet>& sets() const { return sets_; }
  const std::vector<std::string>& metrics() const { return metrics_; }
  const std::optional<TaleGrammar>& grammar() const { return grammar_; }
  // After values().
  const EvaluateOptions& options() const { return options_; }

 private:
  void load_grammar();
  void add_gate();
  void add_extracted(const TextSet& set, const Prompt& prompt);
  std::vector<std::string> metrics_of_extracted() const;
  void add_embeddings(const std::filesystem::path& store_folder, int threads);

  const ExperimentConfig& config_;
  std::vector<std::string> metrics_;
  std::optional<TaleGrammar> grammar_;
  std::optional<AttachScores> scores_;
  EvaluateOptions options_;
  std::vector<TextSet> sets_, extracted_;  // the latter empty or as many
  std::vector<ExtractHits> hits_;
  bool has_given_embeddings_ = false;
  std::string partition_;
};

}  // namespace cdx
