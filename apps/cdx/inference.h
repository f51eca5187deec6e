#pragma once

#include "experiment/config.h"
#include "report/rows.h"
#include "stats/compare.h"

#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace cdx {

// From one number a prompt to means, comparisons and trends over prompts.
class Inference {
 public:
  // `scope` says what tests over prompts hold for.
  Inference(const std::vector<PerPromptRow>& rows,
            const ExperimentConfig& config,
            std::string scope);

  // One a condition and metric: mean over prompts, bootstrap interval.
  std::vector<SummaryRow> summaries() const;
  // One a pair of report.compare and metric, p not adjusted yet. With a margin
  // in report.margins also the test that nothing changed: equivalence, or of a
  // metric of quality non-inferiority.
  std::vector<ComparisonRow> comparisons() const;
  // One a group of report.trend and metric of diversity or quality.
  std::vector<TrendRow> trends() const;
  // One a step and a pair of steps of report.stages, of the same metrics.
  std::vector<StepRow> steps() const;
  // One a comparison of report.across and metric.
  std::vector<AcrossRow> across() const;

 private:
  struct Metric {
    std::string name, level, variant;
    auto operator<=>(const Metric&) const = default;
  };
  struct Cell {
    PromptValues values;
    int64_t n_texts = 0;
  };

  bool is_second_look(const Metric& metric) const;
  std::string family_of(const Metric& metric) const;
  // What compare() throws, with metric and conditions.
  Comparison compared(const Metric& metric,
                      const std::string& a,
                      const std::string& b) const;
  BootstrapOptions bootstrap() const;
  bool is_everywhere(const Metric& metric,
                     const std::vector<std::string>& conditions) const;
  // [prompts of the first condition][conditions], NaN where there is none.
  std::vector<std::vector<double>> prompt_rows(
      const Metric& metric, const std::vector<std::string>& conditions) const;
  bool is_tested_in_series(const Metric& metric,
                           const std::vector<std::string>& conditions) const;
  void add_equivalence(const Metric& metric,
                       const std::vector<double>& differences,
                       ComparisonRow& row) const;
  void add_steps(const Metric& metric,
                 const std::vector<std::string>& stages,
                 std::vector<StepRow>& rows) const;
  AcrossRow across(const Metric& metric, const AcrossOptions& options) const;
  TrendRow trend(const Metric& metric,
                 const std::vector<std::string>& group) const;

  const ExperimentConfig& config_;
  std::string scope_;
  std::vector<Metric> metrics_;  // in the order of the rows
  std::map<std::pair<std::string, Metric>, Cell> cells_;  // by condition
};

// Fills p_adjusted: Holm over the rows of family "primary", which are the
// metrics of report.primary, Benjamini & Hochberg over those of "exploratory".
// Where report.primary names none, the metrics of diversity and quality are
// primary; never the single slots of choice_entropy, distinct_k and a second
// set of numbers on changed texts.
void adjust(std::vector<ComparisonRow>& rows);
void adjust(std::vector<TrendRow>& rows);
void adjust(std::vector<StepRow>& rows);
void adjust(std::vector<AcrossRow>& rows);

}  // namespace cdx
