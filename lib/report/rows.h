#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

// The tidy tables of a run's metrics/ folder, one number a row. Undefined
// numbers are NaN here and empty fields in the file.
namespace cdx {

inline constexpr double kUndefined = std::numeric_limits<double>::quiet_NaN();

// per_prompt.csv: a metric of the texts of one prompt under one condition.
struct PerPromptRow {
  std::string condition, prompt_id, metric, level, variant;
  double value = kUndefined;
  int64_t n_texts = 0;
};

// summary.csv: its mean over prompts (level set, text) or its value on all
// texts (level corpus), with a 95 % interval over prompts.
struct SummaryRow {
  std::string condition, metric, level, variant;
  std::string direction;  // to_string(Direction)
  int64_t n_prompts = 0, n_texts = 0;
  double mean = kUndefined, ci_low = kUndefined, ci_high = kUndefined;
};

// comparisons.csv: what changes from condition a to condition b on the same
// prompts. delta = mean_b - mean_a, and an effect size above 0 says that b has
// the larger values.
struct ComparisonRow {
  std::string metric, level, variant, condition_a, condition_b;
  int64_t n = 0;  // prompts that have the metric under both
  double mean_a = kUndefined, mean_b = kUndefined;
  double delta = kUndefined, ci_low = kUndefined, ci_high = kUndefined;
  double effect_size = kUndefined;
  std::string effect_name, test;
  double p = kUndefined, p_adjusted = kUndefined;
  // "primary": Holm over these; "exploratory": Benjamini & Hochberg over those.
  std::string family;
  double d_z = kUndefined;           // mean difference / its deviation
  double cliffs_delta = kUndefined;  // ignores which values are of one prompt
  double p_sign_flip = kUndefined;   // of the mean, two-sided, not adjusted
  // The largest difference that counts as none, if one was declared; p of the
  // test that the difference is smaller (of quality: no worse by as much), and
  // what may be said: "maintained", "changed", "inconclusive".
  double margin = kUndefined, p_equivalence = kUndefined;
  std::string equivalence_test, equivalence;
  std::string scope;  // "over prompts, for these checkpoints"
  std::string note;   // why there is no p, or none that could be small
};

// trends.csv: does a metric rise or fall along an ordered series of conditions?
struct TrendRow {
  std::string metric, level, variant;
  std::string series;      // "conformative"
  std::string parameter;   // "gamma"
  std::string conditions;  // in order, joined by " < "
  int64_t n = 0;           // prompts
  // Change of the metric when the parameter rises by 1.
  double slope = kUndefined, ci_low = kUndefined, ci_high = kUndefined;
  double effect_size = kUndefined;  // above 0: the metric rises
  std::string effect_name, test;
  double statistic = kUndefined, p = kUndefined, p_adjusted = kUndefined;
  std::string family;
  std::string scope;
};

// steps.csv: which step of a training pipeline changes a metric most?
struct StepRow {
  std::string metric, level, variant;
  std::string stages;  // in order, joined by " > "
  // "step": from one stage to the next; "contrast": the second step minus the
  // first.
  std::string kind;
  std::string step;  // "base > sft"; of a contrast "sft > dpo - base > sft"
  int64_t n = 0;     // prompts that have the metric after every stage
  double mean = kUndefined, ci_low = kUndefined, ci_high = kUndefined;
  // Of a step: share of the resamples of prompts in which it moves the metric
  // more than the others do.
  double largest_share = kUndefined;
  std::string test;  // of a contrast
  double p = kUndefined, p_adjusted = kUndefined;
  std::string family;
  std::string scope;
};

// across.csv: a comparison over model families or training seeds, of each of
// which the mean over prompts is one value.
struct AcrossRow {
  std::string name, unit, metric, level, variant;
  int64_t n = 0;  // units
  double mean_a = kUndefined, mean_b = kUndefined;
  double delta = kUndefined, ci_low = kUndefined, ci_high = kUndefined;
  double effect_size = kUndefined;
  std::string effect_name, test;
  double p = kUndefined, p_adjusted = kUndefined;
  std::string family;
  std::string scope;
};

// bounds.csv: what a metric says of a condition's texts otherwise dealt.
struct BoundRow {
  std::string condition, metric, variant;
  std::string bound;  // "duplicated", "shuffled", "split"
  int64_t n_prompts = 0;
  double mean = kUndefined;
};

// by_position.csv: a metric on one stretch of all texts.
struct PositionRow {
  std::string condition, metric, variant;
  int64_t first_word = 0, last_word = 0;  // counted from 1
  int64_t n_prompts = 0, n_texts = 0;
  double mean = kUndefined, ci_low = kUndefined, ci_high = kUndefined;
};

// The whole file, header first; columns in the order of the members above.
std::string per_prompt_csv(const std::vector<PerPromptRow>& rows);
std::string summary_csv(const std::vector<SummaryRow>& rows);
std::string comparisons_csv(const std::vector<ComparisonRow>& rows);
std::string trends_csv(const std::vector<TrendRow>& rows);
std::string steps_csv(const std::vector<StepRow>& rows);
std::string across_csv(const std::vector<AcrossRow>& rows);
std::string bounds_csv(const std::vector<BoundRow>& rows);
std::string by_position_csv(const std::vector<PositionRow>& rows);

// Columns are found by name, further ones are ignored. Throw UserError with
// file, record and column: a missing column, a field that is no number.
std::vector<PerPromptRow> read_per_prompt_csv(
    const std::filesystem::path& path);
std::vector<SummaryRow> read_summary_csv(const std::filesystem::path& path);
std::vector<ComparisonRow> read_comparisons_csv(
    const std::filesystem::path& path);
std::vector<TrendRow> read_trends_csv(const std::filesystem::path& path);
std::vector<StepRow> read_steps_csv(const std::filesystem::path& path);
std::vector<AcrossRow> read_across_csv(const std::filesystem::path& path);
std::vector<BoundRow> read_bounds_csv(const std::filesystem::path& path);
std::vector<PositionRow> read_by_position_csv(
    const std::filesystem::path& path);

}  // namespace cdx
