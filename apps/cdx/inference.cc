#include "inference.h"

#include "metrics/metric.h"
#include "stats/bootstrap.h"
#include "stats/correction.h"
#include "stats/trend.h"
#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

constexpr char kMain[] = "main";
constexpr char kExploratory[] = "exploratory";

const Condition& find_condition(const ExperimentConfig& config,
                                const std::string& name) {
  return *std::find_if(config.conditions.begin(),
                       config.conditions.end(),
                       [&](const Condition& c) { return c.name == name; });
}

// Fills p_adjusted, family by family.
template <typename Row>
void adjust(std::vector<Row>& rows) {
  for (const char* family : {kMain, kExploratory}) {
    std::vector<double> p;
    for (const Row& row : rows) {
      if (row.family == family) p.push_back(row.p);
    }
    const std::vector<double> adjusted = holm(p);
    size_t next = 0;
    for (Row& row : rows) {
      if (row.family == family) row.p_adjusted = adjusted[next++];
    }
  }
}

}  // namespace

Inference::Inference(const std::vector<PerPromptRow>& rows,
                     const ExperimentConfig& config)
    : config_(config) {
  for (const PerPromptRow& row : rows) {
    const Metric metric{row.metric, row.level, row.variant};
    if (std::find(metrics_.begin(), metrics_.end(), metric) == metrics_.end()) {
      metrics_.push_back(metric);
    }
    Cell& cell = cells_[{row.condition, metric}];
    cell.values[row.prompt_id] = row.value;
    cell.n_texts += row.n_texts;
  }
}

std::string Inference::family_of(const Metric& metric) {
  const bool slot = metric.name == "choice_entropy" && metric.variant != "mean";
  const bool control =
      find_metric(metric.name).direction == Direction::kControl;
  // Its thresholds are not calibrated for any encoder.
  const bool curve = metric.name == "distinct_k";
  const bool second_look = metric.variant.ends_with("extracted");
  return slot || curve || control || second_look ? kExploratory : kMain;
}

BootstrapOptions Inference::bootstrap() const {
  return {.resamples = config_.measure.bootstrap_resamples};
}

std::vector<SummaryRow> Inference::summaries() const {
  std::vector<SummaryRow> rows;
  for (const Condition& condition : config_.conditions) {
    for (const Metric& metric : metrics_) {
      const auto cell = cells_.find({condition.name, metric});
      if (cell == cells_.end()) continue;
      std::vector<double> values;
      for (const auto& [prompt, value] : cell->second.values) {
        values.push_back(value);
      }
      const Summary summary = summarise(values, bootstrap());
      rows.push_back({.condition = condition.name,
                      .metric = metric.name,
                      .level = metric.level,
                      .variant = metric.variant,
                      .direction = std::string(
                          to_string(find_metric(metric.name).direction)),
                      .n_prompts = summary.n,
                      .n_texts = cell->second.n_texts,
                      .mean = summary.mean,
                      .ci_low = summary.ci.low,
                      .ci_high = summary.ci.high});
    }
  }
  return rows;
}

std::vector<ComparisonRow> Inference::comparisons() const {
  std::vector<ComparisonRow> rows;
  for (const auto& [a, b] : config_.report.compare) {
    for (const Metric& metric : metrics_) {
      const auto cell_a = cells_.find({a, metric});
      const auto cell_b = cells_.find({b, metric});
      if (cell_a == cells_.end() || cell_b == cells_.end()) continue;
      const Comparison result =
          compare(cell_a->second.values, cell_b->second.values, bootstrap());
      rows.push_back({.metric = metric.name,
                      .level = metric.level,
                      .variant = metric.variant,
                      .condition_a = a,
                      .condition_b = b,
                      .n = result.n,
                      .mean_a = result.mean_a,
                      .mean_b = result.mean_b,
                      .delta = result.delta,
                      .ci_low = result.ci.low,
                      .ci_high = result.ci.high,
                      .effect_size = result.effect_size,
                      .effect_name = result.effect_name,
                      .test = result.test,
                      .p = result.p,
                      .family = family_of(metric)});
    }
  }
  adjust(rows);
  return rows;
}

// A condition of one model has γ = 0 in a group whose mixtures have that model
// as instruct half, γ = 1 where it is the base half.
double Inference::gamma_of(const std::string& name,
                           const std::vector<std::string>& group) const {
  const Condition& condition = find_condition(config_, name);
  if (condition.kind == ConditionKind::kMixture) return condition.mix.gamma;
  for (const std::string& other : group) {
    const Condition& mixture = find_condition(config_, other);
    if (mixture.kind != ConditionKind::kMixture) continue;
    if (condition.models == std::vector{mixture.models[1]}) return 0;
    if (condition.models == std::vector{mixture.models[0]}) return 1;
  }
  throw UserError(fmt::format(
      "report.trend: condition '{}' has no gamma and is neither half of a "
      "mixture of its group; leave it out",
      name));
}

TrendRow Inference::trend(const Metric& metric,
                          const std::vector<std::string>& group) const {
  std::vector<double> gammas;
  gammas.reserve(group.size());
  for (const std::string& name : group) {
    gammas.push_back(gamma_of(name, group));
  }
  std::vector<std::vector<double>> rows;
  const PromptValues& first = cells_.at({group.front(), metric}).values;
  for (const auto& [prompt, value] : first) {
    std::vector<double> row;
    for (const std::string& name : group) {
      const PromptValues& values = cells_.at({name, metric}).values;
      const auto found = values.find(prompt);
      row.push_back(found == values.end() ? kUndefined : found->second);
    }
    rows.push_back(std::move(row));
  }
  const TrendResult result = page_trend(rows, gammas, bootstrap());
  return {.metric = metric.name,
          .level = metric.level,
          .variant = metric.variant,
          .series = "conformative",
          .parameter = "gamma",
          .conditions = fmt::format("{}", fmt::join(group, " < ")),
          .n = result.n,
          .slope = result.slope,
          .ci_low = result.slope_ci.low,
          .ci_high = result.slope_ci.high,
          .effect_size = result.mean_spearman,
          .effect_name = "mean_spearman",
          .test = result.test,
          .statistic = result.l,
          .p = result.p,
          .family = family_of(metric)};
}

std::vector<TrendRow> Inference::trends() const {
  std::vector<TrendRow> rows;
  for (const std::vector<std::string>& group : config_.report.trend) {
    for (const Metric& metric : metrics_) {
      const bool everywhere =
          std::all_of(group.begin(), group.end(), [&](const auto& name) {
            return cells_.contains({name, metric});
          });
      if (everywhere && family_of(metric) == kMain) {
        rows.push_back(trend(metric, group));
      }
    }
  }
  adjust(rows);
  return rows;
}

}  // namespace cdx
