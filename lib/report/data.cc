#include "report/data.h"

#include "report/text.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr char kScore[] = "score";  // whose variants are scores of their own

bool is_listed(const ReportData& data, std::string_view condition) {
  return std::any_of(
      data.conditions.begin(),
      data.conditions.end(),
      [&](const ReportCondition& other) { return other.name == condition; });
}

void check_listed(const ReportData& data,
                  std::string_view condition,
                  const std::string& what) {
  if (is_listed(data, condition)) return;
  throw UserError(fmt::format(
      "report: {} names the condition \"{}\", which the report does not have; "
      "name one of its conditions",
      what,
      visible_text(condition)));
}

void check_shown(const ReportData& data,
                 const std::string& metric,
                 const std::string& what) {
  if (shown_metric(data, metric) != nullptr) return;
  throw UserError(fmt::format(
      "report: {} is \"{}\", which is not among the metrics of the report; add "
      "it there",
      what,
      visible_text(metric)));
}

const MetricDescriptor* descriptor_of(const ReportMetric& metric) {
  for (const MetricDescriptor& known : metric_table()) {
    if (known.name == metric.metric) return &known;
  }
  return nullptr;
}

}  // namespace

std::string arrow_of(Direction direction) {
  switch (direction) {
    case Direction::kHigherIsMoreDiverse:
    case Direction::kHigherIsBetterQuality:
      return "↑";
    case Direction::kHigherIsLessDiverse:
      return "↓";
    case Direction::kControl:
      break;
  }
  return "";
}

std::string words_of(Direction direction) {
  switch (direction) {
    case Direction::kHigherIsMoreDiverse:
      return "higher = more diverse";
    case Direction::kHigherIsLessDiverse:
      return "lower = more diverse";
    case Direction::kHigherIsBetterQuality:
      return "higher = better";
    case Direction::kControl:
      break;
  }
  return "";
}

bool is_diversity(Direction direction) {
  return direction == Direction::kHigherIsMoreDiverse ||
         direction == Direction::kHigherIsLessDiverse;
}

std::string change_in(std::string_view variant) {
  constexpr std::string_view kChanges[] = {
      "extracted", "matched_length", "windows"};
  std::string change;
  for (bool found = true; found && !variant.empty();) {
    const size_t slash = variant.rfind('/');
    const std::string_view last =
        slash == std::string_view::npos ? variant : variant.substr(slash + 1);
    found = std::find(std::begin(kChanges), std::end(kChanges), last) !=
            std::end(kChanges);
    if (!found) break;
    change = change.empty() ? last : fmt::format("{}/{}", last, change);
    variant = slash == std::string_view::npos ? "" : variant.substr(0, slash);
  }
  return change;
}

std::string title_of(const ReportMetric& metric) {
  const std::string change = change_in(metric.variant);
  const bool named = metric.metric == kScore && !metric.variant.empty();
  return metric.metric + (named ? " " + metric.variant : "") +
         (metric.level == "corpus" ? " (corpus)" : "") +
         (change.empty() ? "" : ", " + change);
}

void name_scores(ReportData& data) {
  std::vector<ReportMetric> shown;
  for (const ReportMetric& metric : data.metrics) {
    std::set<std::string> seen;
    for (const SummaryRow& row : data.summary) {
      if (metric.metric != kScore || row.metric != kScore) continue;
      if (!seen.insert(row.variant).second) continue;
      shown.push_back({metric.metric, metric.level, row.variant});
    }
    if (seen.empty()) shown.push_back(metric);
  }
  data.metrics = std::move(shown);
}

void add_changed_texts(const std::vector<std::string>& headline,
                       ReportData& data) {
  std::vector<ReportMetric> shown, behind;
  for (const ReportMetric& metric : data.metrics) {
    const size_t at = shown.size();
    shown.push_back(metric);
    if (std::find(headline.begin(), headline.end(), metric.metric) ==
        headline.end()) {
      continue;
    }
    std::set<std::string> seen;
    for (const SummaryRow& row : data.summary) {
      const bool same =
          row.metric == metric.metric && row.level == metric.level &&
          (metric.variant.empty() || row.variant.starts_with(metric.variant));
      const std::string change = change_in(row.variant);
      if (!same || change.empty() || !seen.insert(change).second) continue;
      ReportMetric changed{metric.metric, metric.level, row.variant};
      if (change == "windows") {
        std::swap(shown[at], changed);
      }
      behind.push_back(std::move(changed));
    }
  }
  // The headline stays in front.
  const auto end_of_headline =
      shown.begin() +
      static_cast<std::ptrdiff_t>(std::min(headline.size(), shown.size()));
  shown.insert(end_of_headline, behind.begin(), behind.end());
  data.metrics = std::move(shown);
}

const SummaryRow* find_summary(const ReportData& data,
                               std::string_view condition,
                               const ReportMetric& metric) {
  for (const SummaryRow& row : data.summary) {
    if (row.condition == condition && is_about(row, metric)) return &row;
  }
  return nullptr;
}

const ComparisonRow* find_comparison(const ReportData& data,
                                     const ReportMetric& metric,
                                     std::string_view a,
                                     std::string_view b) {
  for (const ComparisonRow& row : data.comparisons) {
    if (row.condition_a == a && row.condition_b == b && is_about(row, metric)) {
      return &row;
    }
  }
  return nullptr;
}

const ReportMetric* shown_metric(const ReportData& data,
                                 std::string_view name) {
  for (const ReportMetric& metric : data.metrics) {
    if (metric.metric == name) return &metric;
  }
  return nullptr;
}

Direction direction_of(const ReportData& data, const ReportMetric& metric) {
  if (const auto* known = descriptor_of(metric)) return known->direction;
  for (const SummaryRow& row : data.summary) {
    if (!is_about(row, metric)) continue;
    for (Direction direction : {Direction::kHigherIsMoreDiverse,
                                Direction::kHigherIsLessDiverse,
                                Direction::kHigherIsBetterQuality}) {
      if (row.direction == to_string(direction)) return direction;
    }
  }
  return Direction::kControl;
}

std::string unit_of(const ReportMetric& metric) {
  const auto* known = descriptor_of(metric);
  return known == nullptr ? "" : std::string(known->unit);
}

std::string definition_of(const ReportMetric& metric) {
  const auto* known = descriptor_of(metric);
  return known == nullptr ? "" : std::string(known->definition);
}

int decimals_of(const ReportData& data, const ReportMetric& metric) {
  std::vector<double> means;
  for (const ReportCondition& condition : data.conditions) {
    const SummaryRow* row = find_summary(data, condition.name, metric);
    if (row != nullptr) means.push_back(row->mean);
  }
  return decimals_for(means);
}

void check(const ReportData& data) {
  if (data.conditions.empty()) {
    throw UserError("report: there is no condition to report; measure one");
  }
  std::set<std::string> names;
  for (const ReportCondition& condition : data.conditions) {
    if (names.insert(condition.name).second) continue;
    throw UserError(
        fmt::format("report: two conditions are named \"{}\"; rename one",
                    visible_text(condition.name)));
  }
  if (!data.baseline.empty()) check_listed(data, data.baseline, "baseline");
  if (!data.reference.empty()) check_listed(data, data.reference, "reference");
  for (const ReportSeries& series : data.series) {
    for (const auto& [condition, value] : series.points) {
      check_listed(data, condition, "the series " + visible_text(series.name));
    }
  }
  if (!data.quality.empty()) check_shown(data, data.quality, "quality");
  for (const std::string& axis : data.diversity_axes) {
    check_shown(data, axis, "a diversity axis");
  }
}

}  // namespace cdx
