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
  Inference(const std::vector<PerPromptRow>& rows,
            const ExperimentConfig& config);

  // One a condition and metric: mean over prompts, bootstrap interval.
  std::vector<SummaryRow> summaries() const;
  // One a pair of report.compare and metric. p is adjusted by Holm within a
  // family: "main" are the metrics of diversity and quality, "exploratory" the
  // single slots of choice_entropy, extracted texts and the control variables.
  std::vector<ComparisonRow> comparisons() const;
  // One a group of report.trend and metric of the main family; Holm over them.
  std::vector<TrendRow> trends() const;

 private:
  struct Metric {
    std::string name, level, variant;
    auto operator<=>(const Metric&) const = default;
  };
  struct Cell {
    PromptValues values;
    int64_t n_texts = 0;
  };

  static std::string family_of(const Metric& metric);
  BootstrapOptions bootstrap() const;
  double gamma_of(const std::string& name,
                  const std::vector<std::string>& group) const;
  TrendRow trend(const Metric& metric,
                 const std::vector<std::string>& group) const;

  const ExperimentConfig& config_;
  std::vector<Metric> metrics_;  // in the order of the rows
  std::map<std::pair<std::string, Metric>, Cell> cells_;  // by condition
};

}  // namespace cdx
