#include "report/further_tables.h"

#include "report/table_cells.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

// Bounds and stretches are of whole texts, at the level that is a metric's own.
std::vector<ReportMetric> metrics_of_texts(const ReportData& data) {
  std::vector<ReportMetric> metrics;
  for (const ReportMetric& metric : data.metrics) {
    if (metric.metric == "score" || !change_in(metric.variant).empty())
      continue;
    const std::string_view own = to_string(find_metric(metric.metric).level);
    if (metric.level.empty() || metric.level == own) metrics.push_back(metric);
  }
  return metrics;
}

template <typename Row>
bool is_of(const Row& row,
           const std::string& condition,
           const ReportMetric& metric) {
  return row.condition == condition && row.metric == metric.metric &&
         (metric.variant.empty() || row.variant == metric.variant);
}

struct Bound {
  const char* name;
  const char* meaning;
};
constexpr std::array<Bound, 3> kBounds = {
    {{"duplicated",
      "the first text of each prompt in place of all its others, the least "
      "diversity there can be"},
     {"shuffled",
      "all texts of the condition dealt anew over the prompts, the diversity "
      "if prompts meant nothing"},
     {"split",
      "one random half of the reference's texts against the other, what texts "
      "as good as the reference's can reach"}}};

bool has(const ReportData& data, const Bound& bound) {
  return std::any_of(
      data.bounds.begin(), data.bounds.end(), [&](const BoundRow& row) {
        return row.bound == bound.name;
      });
}

const BoundRow* find_bound(const ReportData& data,
                           const std::string& condition,
                           const ReportMetric& metric,
                           std::string_view bound) {
  const auto found = std::find_if(
      data.bounds.begin(), data.bounds.end(), [&](const BoundRow& row) {
        return row.bound == bound && is_of(row, condition, metric);
      });
  return found == data.bounds.end() ? nullptr : &*found;
}

// The cells of what bounds there are; none if there is not one.
std::vector<TableCell> bound_cells(const ReportData& data,
                                   const std::string& condition,
                                   const ReportMetric& metric,
                                   const std::vector<Bound>& bounds) {
  const int decimals = decimals_of(data, metric);
  std::vector<TableCell> cells;
  bool some = false;
  for (const Bound& bound : bounds) {
    const BoundRow* row = find_bound(data, condition, metric, bound.name);
    some = some || row != nullptr;
    cells.push_back(number(row == nullptr ? kUndefined : row->mean, decimals));
  }
  return some ? cells : std::vector<TableCell>();
}

using Stretch = std::pair<int64_t, int64_t>;  // first and last word

constexpr size_t kMostStretches = 10;

std::vector<Stretch> stretches_in(const ReportData& data) {
  std::vector<Stretch> stretches;
  for (const PositionRow& row : data.by_position) {
    const Stretch stretch{row.first_word, row.last_word};
    if (std::find(stretches.begin(), stretches.end(), stretch) ==
        stretches.end()) {
      stretches.push_back(stretch);
    }
  }
  std::sort(stretches.begin(), stretches.end());
  return stretches;
}

const PositionRow* find_position(const ReportData& data,
                                 const std::string& condition,
                                 const ReportMetric& metric,
                                 const Stretch& stretch) {
  const auto found =
      std::find_if(data.by_position.begin(),
                   data.by_position.end(),
                   [&](const PositionRow& row) {
                     return Stretch{row.first_word, row.last_word} == stretch &&
                            is_of(row, condition, metric);
                   });
  return found == data.by_position.end() ? nullptr : &*found;
}

}  // namespace

Table bounds_table(const ReportData& data) {
  Table table;
  table.name = "bounds";
  table.group_names = {"metric"};
  table.columns = {text_column("condition"), number_column("measured", "mean")};
  std::vector<Bound> bounds;
  std::copy_if(kBounds.begin(),
               kBounds.end(),
               std::back_inserter(bounds),
               [&](const Bound& bound) { return has(data, bound); });
  for (const Bound& bound : bounds) {
    table.columns.push_back(number_column(bound.name, bound.name));
    table.notes.push_back(fmt::format("{}: {}.", bound.name, bound.meaning));
  }
  for (const ReportMetric& metric : metrics_of_texts(data)) {
    for (const ReportCondition& condition : data.conditions) {
      const std::vector<TableCell> cells =
          bound_cells(data, condition.name, metric, bounds);
      if (cells.empty()) continue;
      const SummaryRow* measured = find_summary(data, condition.name, metric);
      TableRow row{
          .group = {title_of(metric)},
          .cells = {text_cell(condition.name),
                    number(measured == nullptr ? kUndefined : measured->mean,
                           decimals_of(data, metric))}};
      row.cells.insert(row.cells.end(), cells.begin(), cells.end());
      table.rows.push_back(std::move(row));
    }
  }
  table.caption =
      "Means over prompts beside what the metrics say of the same texts "
      "otherwise dealt.";
  return table;
}

Table position_table(const ReportData& data) {
  Table table;
  table.name = "by_position";
  table.group_names = {"metric"};
  table.columns = {text_column("condition")};
  std::vector<Stretch> stretches = stretches_in(data);
  if (stretches.size() > kMostStretches) {
    table.notes.push_back(
        fmt::format("{} more stretches are in by_position.csv.",
                    stretches.size() - kMostStretches));
    stretches.resize(kMostStretches);
  }
  for (const auto& [first, last] : stretches) {
    const std::string name = fmt::format("words_{}_{}", first, last);
    table.columns.push_back({fmt::format("{}–{}", first, last),
                             "95 % interval",
                             "",
                             true,
                             {name, name + "_ci_low", name + "_ci_high"}});
  }
  for (const ReportMetric& metric : metrics_of_texts(data)) {
    const int decimals = decimals_of(data, metric);
    for (const ReportCondition& condition : data.conditions) {
      TableRow row{.group = {title_of(metric)},
                   .cells = {text_cell(condition.name)}};
      bool some = false;
      for (const Stretch& stretch : stretches) {
        const PositionRow* found =
            find_position(data, condition.name, metric, stretch);
        some = some || found != nullptr;
        const PositionRow at = found == nullptr ? PositionRow() : *found;
        row.cells.push_back(estimate(at.mean, at.ci_low, at.ci_high, decimals));
      }
      if (some) table.rows.push_back(std::move(row));
    }
  }
  table.caption =
      "Means over prompts on one stretch of the texts after the other, by "
      "words.";
  return table;
}

}  // namespace cdx
