#pragma once

#include "metrics/metric.h"
#include "report/rows.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Everything a report shows, as plain values: no run folder, no configuration.
// All text may be hostile.
namespace cdx {

struct ReportCondition {
  std::string name;
  // One clause: "base model, completion prompt, top-p 0.95".
  std::string description;
};

// Conditions ordered by one parameter: the conformative ones by gamma, headed
// by the instruct half as gamma = 0 if it was sampled.
struct ReportSeries {
  std::string name;       // "conformative"
  std::string parameter;  // "γ"
  // What they are, as the summary puts it.
  std::string method =
      "conformative decoding as in our reading of arXiv 2507.20956";
  // Name of a condition and its value, ascending.
  std::vector<std::pair<std::string, double>> points;
};

// A metric to show, by its name in metrics/metric.h. Rows belong to it when
// metric, level and variant are equal; an empty level or variant matches any,
// and the first row counts.
struct ReportMetric {
  std::string metric;
  std::string level, variant;
};

// A prompt of which stories are shown.
struct SamplePrompt {
  std::string id, text;
  // What the models were sent: who ("dpo, chat") and the whole input.
  std::vector<std::pair<std::string, std::string>> seen;
};

struct SampleStory {
  std::string condition, prompt_id;
  int64_t sample = 0;
  std::string text;
  std::string finish_reason;      // "stop", "length"; empty: not known
  std::optional<bool> valid;      // by the checker of the quality metric
  std::vector<std::string> tags;  // anything else worth a word
};

struct ReportData {
  std::string name;                         // of the experiment
  std::vector<ReportCondition> conditions;  // in order of display
  // What others are shown against (the instruct model) and what a diversity gap
  // is measured from (the base model). Names of conditions; may be empty.
  std::string baseline, reference;
  std::vector<ReportSeries> series;

  // Columns of the result table and panels of the figures, in order. The first
  // that says something about diversity is the one the summary speaks of.
  std::vector<ReportMetric> metrics;
  std::string quality;  // the metric of the quality axis; may be empty
  // Metrics drawn against quality and prompt by prompt, a panel each.
  std::vector<std::string> diversity_axes;

  std::vector<SummaryRow> summary;
  std::vector<ComparisonRow> comparisons;
  std::vector<TrendRow> trends;
  std::vector<StepRow> steps;
  std::vector<AcrossRow> across;
  std::vector<PerPromptRow> per_prompt;
  // Where they were asked for.
  std::vector<BoundRow> bounds;
  std::vector<PositionRow> by_position;

  std::vector<SamplePrompt> sample_prompts;
  std::vector<SampleStory> sample_stories;

  // What intervals and tests hold for.
  std::string scope = "over prompts, for these checkpoints";
  std::vector<std::pair<std::string, std::string>> facts;  // key, value
  std::string command;  // how to make it again
};

// "↑" when higher is more diverse or better, "↓" when lower is, "" for
// controls.
std::string arrow_of(Direction direction);
// "higher = more diverse"; "" for controls.
std::string words_of(Direction direction);
bool is_diversity(Direction direction);

// True if the row is about the metric.
template <typename Row>
bool is_about(const Row& row, const ReportMetric& metric) {
  return row.metric == metric.metric &&
         (metric.level.empty() || row.level == metric.level) &&
         (metric.variant.empty() || row.variant == metric.variant);
}

// What was done to the texts behind a number of this variant: "extracted",
// "matched_length", "windows" or several with "/" between; "" if nothing.
std::string change_in(std::string_view variant);
// "distinct_2", "distinct_2 (corpus)", "distinct_2, extracted", "score reward".
std::string title_of(const ReportMetric& metric);
// In place of `score` each of the scores in data.summary.
void name_scores(ReportData& data);
// After each metric of `headline` in data.metrics its numbers on changed texts,
// of those in data.summary; by windows, they take the place of the metric,
// which comes after them.
void add_changed_texts(const std::vector<std::string>& headline,
                       ReportData& data);

// The first row of a condition about a metric, or null.
const SummaryRow* find_summary(const ReportData& data,
                               std::string_view condition,
                               const ReportMetric& metric);
// The comparison of a and b in this order about a metric, or null.
const ComparisonRow* find_comparison(const ReportData& data,
                                     const ReportMetric& metric,
                                     std::string_view a,
                                     std::string_view b);
// Of data.metrics by name, or null.
const ReportMetric* shown_metric(const ReportData& data, std::string_view name);
// As the metric table has it; else as its first summary row says; else control.
Direction direction_of(const ReportData& data, const ReportMetric& metric);
// From the metric table; "" when it does not know the metric.
std::string unit_of(const ReportMetric& metric);
std::string definition_of(const ReportMetric& metric);
// Decimals with which the values of a metric are shown everywhere: three
// significant digits for the largest mean.
int decimals_of(const ReportData& data, const ReportMetric& metric);

// Throws UserError naming what is wrong: no condition, a name used twice, a
// baseline, reference or series with a condition that is not listed, a quality
// or axis metric that is none of the metrics. Rows and stories of other
// conditions are allowed and not shown.
void check(const ReportData& data);

}  // namespace cdx
