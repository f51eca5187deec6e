#pragma once

#include "attach_scores.h"
#include "changed_texts.h"
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

// Of texts longer than the encoder reads from which on they are read by
// windows.
inline constexpr double kLongTexts = 0.05;

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
  // Of the texts, and once more of changed ones: of what measure.extract leaves
  // ("…/extracted"), of that or the texts at the same length
  // ("…/matched_length"), of embeddings by windows ("…/windows") where
  // measure.long_text asks for them and more than kLongTexts of the texts are
  // longer than the encoder reads. Embeddings that are computed on the way are
  // kept in `store_folder`.
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

  // After values(). What of its texts an encoder saw: condition, n_texts, n_cut
  // (longer than it reads), share_seen (mean of their tokens), least_seen,
  // windows (yes, no).
  const std::string& encoder_csv() const { return encoder_csv_; }
  // As with_matched_length() writes it; "" when that is not asked for.
  const std::string& matched_length_csv() const { return matched_csv_; }
  // With measure.by_position, stretch by stretch of so many words.
  struct Stretch {
    int64_t first = 0, last = 0;
    std::vector<TextSet> sets;
  };
  const std::vector<Stretch>& by_position() const { return stretches_; }
  // Of all prompts, in their order; no row unless a metric needs them.
  const Rows& prompt_rows() const { return prompt_rows_; }
  const std::vector<std::string>& prompt_ids() const { return prompt_ids_; }

  const std::vector<TextSet>& sets() const { return sets_; }
  const std::vector<std::string>& metrics() const { return metrics_; }
  const std::optional<TaleGrammar>& grammar() const { return grammar_; }
  // After values().
  const EvaluateOptions& options() const { return options_; }

 private:
  void load_grammar();
  void add_gate();
  void add_extracted(const TextSet& set, const Prompt& prompt);
  void add_matched_length();
  void add_stretches();
  std::vector<std::vector<TextSet>*> embedded_sets();
  void add_embeddings(const std::filesystem::path& store_folder, int threads);
  void add_windows(const std::filesystem::path& store_folder, int threads);
  void add_off_prompt(const std::filesystem::path& store_folder, int threads);
  bool note_what_is_seen();

  const ExperimentConfig& config_;
  std::vector<std::string> metrics_;
  std::optional<TaleGrammar> grammar_;
  std::optional<AttachScores> scores_;
  EvaluateOptions options_;
  std::vector<TextSet> sets_;
  std::vector<ChangedTexts> changed_;
  std::vector<Stretch> stretches_;
  std::vector<ExtractHits> hits_;
  std::vector<std::string> prompt_ids_, prompt_texts_;
  Rows prompt_rows_;
  std::string encoder_csv_, matched_csv_;
  bool has_given_embeddings_ = false;
  std::string partition_;
};

}  // namespace cdx
