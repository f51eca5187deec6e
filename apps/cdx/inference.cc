#include "inference.h"

#include "experiment/condition.h"
#include "metrics/metric.h"
#include "stats/bootstrap.h"
#include "stats/contrasts.h"
#include "stats/correction.h"
#include "stats/equivalence.h"
#include "stats/trend.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

constexpr char kPrimary[] = "primary";
constexpr char kExploratory[] = "exploratory";

const Condition& find_condition(const ExperimentConfig& config,
                                const std::string& name) {
  return *std::find_if(config.conditions.begin(),
                       config.conditions.end(),
                       [&](const Condition& c) { return c.name == name; });
}

template <typename Row>
void adjust_families(std::vector<Row>& rows) {
  std::vector<double> p;
  std::vector<bool> primary;
  for (const Row& row : rows) {
    p.push_back(row.p);
    primary.push_back(row.family == kPrimary);
  }
  const std::vector<double> adjusted = holm_and_benjamini_hochberg(p, primary);
  for (size_t i = 0; i < rows.size(); ++i) rows[i].p_adjusted = adjusted[i];
}

}  // namespace

void adjust(std::vector<ComparisonRow>& rows) {
  adjust_families(rows);
}
void adjust(std::vector<TrendRow>& rows) {
  adjust_families(rows);
}
void adjust(std::vector<StepRow>& rows) {
  adjust_families(rows);
}
void adjust(std::vector<AcrossRow>& rows) {
  adjust_families(rows);
}

Inference::Inference(const std::vector<PerPromptRow>& rows,
                     const ExperimentConfig& config,
                     std::string scope)
    : config_(config), scope_(std::move(scope)) {
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

// A part of another number, an uncalibrated curve, texts that were changed, or
// the beginnings of texts where there are windows; a package's rounding.
bool Inference::is_second_look(const Metric& metric) const {
  const bool slot = metric.name == "choice_entropy" && metric.variant != "mean";
  const Metric by_windows{
      metric.name, metric.level, metric.variant + "/windows"};
  const bool beginnings =
      std::find(metrics_.begin(), metrics_.end(), by_windows) != metrics_.end();
  return slot || beginnings || metric.name.ends_with("distinct_k") ||
         metric.name.ends_with("_compat") ||
         metric.variant.ends_with("extracted") ||
         metric.variant.ends_with("matched_length");
}

std::string Inference::family_of(const Metric& metric) const {
  if (is_second_look(metric)) return kExploratory;
  const std::vector<std::string>& declared = config_.report.primary;
  const bool primary =
      declared.empty()
          ? find_metric(metric.name).direction != Direction::kControl
          : std::find(declared.begin(), declared.end(), metric.name) !=
                declared.end();
  return primary ? kPrimary : kExploratory;
}

BootstrapOptions Inference::bootstrap() const {
  return {.resamples = config_.measure.bootstrap_resamples,
          .method = config_.report.interval};
}

bool Inference::is_everywhere(
    const Metric& metric, const std::vector<std::string>& conditions) const {
  return std::all_of(
      conditions.begin(), conditions.end(), [&](const std::string& name) {
        return cells_.contains({name, metric});
      });
}

std::vector<std::vector<double>> Inference::prompt_rows(
    const Metric& metric, const std::vector<std::string>& conditions) const {
  std::vector<std::vector<double>> rows;
  for (const auto& [prompt, first] :
       cells_.at({conditions.front(), metric}).values) {
    std::vector<double> row;
    for (const std::string& name : conditions) {
      const PromptValues& values = cells_.at({name, metric}).values;
      const auto found = values.find(prompt);
      row.push_back(found == values.end() ? kUndefined : found->second);
    }
    rows.push_back(std::move(row));
  }
  return rows;
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

Comparison Inference::compared(const Metric& metric,
                               const std::string& a,
                               const std::string& b) const {
  try {
    return compare(cells_.at({a, metric}).values,
                   cells_.at({b, metric}).values,
                   bootstrap());
  } catch (const UserError& error) {
    throw UserError(fmt::format("{} {}, {} and {}: {}",
                                metric.name,
                                metric.variant,
                                a,
                                b,
                                error.what()));
  }
}

std::vector<ComparisonRow> Inference::comparisons() const {
  std::vector<ComparisonRow> rows;
  for (const auto& [a, b] : config_.report.compare) {
    for (const Metric& metric : metrics_) {
      const auto cell_a = cells_.find({a, metric});
      const auto cell_b = cells_.find({b, metric});
      if (cell_a == cells_.end() || cell_b == cells_.end()) continue;
      const Comparison result = compared(metric, a, b);
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
                      .family = family_of(metric),
                      .d_z = result.d_z,
                      .cliffs_delta = result.cliffs_delta,
                      .p_sign_flip = result.p_sign_flip,
                      .scope = scope_,
                      .note = result.note});
      add_equivalence(metric, result.differences, rows.back());
    }
  }
  return rows;
}

void Inference::add_equivalence(const Metric& metric,
                                const std::vector<double>& differences,
                                ComparisonRow& row) const {
  const auto& margins = config_.report.margins;
  const auto found =
      std::find_if(margins.begin(), margins.end(), [&](const auto& margin) {
        return margin.first == metric.name;
      });
  if (found == margins.end()) return;
  const bool quality =
      find_metric(metric.name).direction == Direction::kHigherIsBetterQuality;
  const EquivalenceOptions options{.margin = found->second};
  const EquivalenceResult result = quality
                                       ? non_inferiority(differences, options)
                                       : equivalence(differences, options);
  row.margin = options.margin;
  row.p_equivalence = result.p;
  row.equivalence_test = quality ? "non_inferiority" : "tost";
  row.equivalence = to_string(result.reading);
}

TrendRow Inference::trend(const Metric& metric,
                          const std::vector<std::string>& group) const {
  std::vector<Condition> conditions;
  conditions.reserve(group.size());
  for (const std::string& name : group) {
    conditions.push_back(find_condition(config_, name));
  }
  std::vector<double> gammas;
  gammas.reserve(conditions.size());
  for (const Condition& condition : conditions) {
    gammas.push_back(gamma_in_group(condition, conditions).value());
  }
  const TrendResult result =
      page_trend(prompt_rows(metric, group), gammas, bootstrap());
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
          .p = result.p_corrected,
          .family = family_of(metric),
          .scope = scope_};
}

// Controls are described, not tested, along a series.
bool Inference::is_tested_in_series(
    const Metric& metric, const std::vector<std::string>& conditions) const {
  return !is_second_look(metric) &&
         find_metric(metric.name).direction != Direction::kControl &&
         is_everywhere(metric, conditions);
}

std::vector<TrendRow> Inference::trends() const {
  std::vector<TrendRow> rows;
  for (const std::vector<std::string>& group : config_.report.trend) {
    for (const Metric& metric : metrics_) {
      if (is_tested_in_series(metric, group)) {
        rows.push_back(trend(metric, group));
      }
    }
  }
  return rows;
}

void Inference::add_steps(const Metric& metric,
                          const std::vector<std::string>& stages,
                          std::vector<StepRow>& rows) const {
  const ContrastResult result =
      step_contrasts(prompt_rows(metric, stages), {.bootstrap = bootstrap()});
  const StepRow common{.metric = metric.name,
                       .level = metric.level,
                       .variant = metric.variant,
                       .stages = fmt::format("{}", fmt::join(stages, " > ")),
                       .n = result.n,
                       .family = family_of(metric),
                       .scope = scope_};
  const auto name = [&](size_t step) {
    return fmt::format("{} > {}", stages[step], stages[step + 1]);
  };
  for (size_t i = 0; i < result.steps.size(); ++i) {
    StepRow row = common;
    row.kind = "step";
    row.step = name(i);
    row.mean = result.steps[i].mean;
    row.ci_low = result.steps[i].ci.low;
    row.ci_high = result.steps[i].ci.high;
    row.largest_share = result.steps[i].largest_share;
    rows.push_back(std::move(row));
  }
  for (const StepContrast& contrast : result.contrasts) {
    StepRow row = common;
    row.kind = "contrast";
    row.step =
        fmt::format("({}) - ({})", name(contrast.second), name(contrast.first));
    row.mean = contrast.mean;
    row.ci_low = contrast.ci.low;
    row.ci_high = contrast.ci.high;
    row.test = contrast.test;
    row.p = contrast.p;
    rows.push_back(std::move(row));
  }
}

std::vector<StepRow> Inference::steps() const {
  std::vector<StepRow> rows;
  for (const std::vector<std::string>& stages : config_.report.stages) {
    for (const Metric& metric : metrics_) {
      if (is_tested_in_series(metric, stages)) add_steps(metric, stages, rows);
    }
  }
  return rows;
}

AcrossRow Inference::across(const Metric& metric,
                            const AcrossOptions& options) const {
  PromptValues a, b;
  for (size_t i = 0; i < options.pairs.size(); ++i) {
    const auto& [of_a, of_b] = options.pairs[i];
    const auto rows = prompt_rows(metric, {of_a, of_b});
    std::vector<double> values_a, values_b;
    for (const std::vector<double>& row : rows) {
      if (std::isnan(row[0]) || std::isnan(row[1])) continue;
      values_a.push_back(row[0]);
      values_b.push_back(row[1]);
    }
    a[fmt::format("{:06}", i)] = mean(values_a);
    b[fmt::format("{:06}", i)] = mean(values_b);
  }
  const Comparison result = compare(a, b, bootstrap());
  return {
      .name = options.name,
      .unit = options.unit,
      .metric = metric.name,
      .level = metric.level,
      .variant = metric.variant,
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
      .family = family_of(metric),
      .scope = fmt::format("over units ({}), for these prompts", options.unit)};
}

std::vector<AcrossRow> Inference::across() const {
  std::vector<AcrossRow> rows;
  for (const AcrossOptions& options : config_.report.across) {
    std::vector<std::string> names;
    for (const auto& [a, b] : options.pairs) {
      names.push_back(a);
      names.push_back(b);
    }
    for (const Metric& metric : metrics_) {
      if (is_everywhere(metric, names)) rows.push_back(across(metric, options));
    }
  }
  return rows;
}

}  // namespace cdx
