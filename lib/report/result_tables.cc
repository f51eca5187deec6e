#include "report/result_tables.h"

#include "report/table_cells.h"
#include "report/text.h"
#include "util/counted.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr double kSignificance = 0.05;

TableColumn metric_column(const ReportData& data, const ReportMetric& metric) {
  const Direction direction = direction_of(data, metric);
  std::string change =
      metric.metric == "score" ? metric.variant : change_in(metric.variant);
  std::replace(change.begin(), change.end(), '/', '_');
  const std::string name = metric.metric +
                           (metric.level == "corpus" ? "_corpus" : "") +
                           (change.empty() ? "" : "_" + change);
  TableColumn column;
  column.title = title_of(metric);
  if (!arrow_of(direction).empty())
    column.title += fmt::format(" {}", arrow_of(direction));
  column.note = unit_of(metric);
  column.meaning = definition_of(metric);
  if (!words_of(direction).empty()) {
    column.meaning +=
        (column.meaning.empty() ? "" : "; ") + words_of(direction);
  }
  column.csv_names = {name, name + "_ci_low", name + "_ci_high"};
  return column;
}

// What a change says in words, where the adjusted test finds one.
std::string verdict(Direction direction, double change, double p_adjusted) {
  if (std::isnan(p_adjusted)) return "–";
  if (p_adjusted >= kSignificance) return "unclear";
  const bool up = change > 0;
  switch (direction) {
    case Direction::kHigherIsMoreDiverse:
      return up ? "more diverse" : "less diverse";
    case Direction::kHigherIsLessDiverse:
      return up ? "less diverse" : "more diverse";
    case Direction::kHigherIsBetterQuality:
      return up ? "better" : "worse";
    case Direction::kControl:
      break;
  }
  return up ? "higher" : "lower";
}

// The verdict, and what the test of equivalence adds to it.
std::string reading_of(Direction direction, const ComparisonRow& row) {
  std::string words = verdict(direction, row.delta, row.p_adjusted);
  if (row.equivalence != "maintained") return words;
  const std::string margin = fmt::format("margin {}", row.margin);
  return row.p_adjusted < kSignificance
             ? fmt::format("{}, within {}", words, margin)
             : fmt::format("maintained ({})", margin);
}

// What tests and effect sizes are called in words; other names stay.
std::string in_words(const std::string& name) {
  if (name == "rank_biserial") return "matched-pairs rank-biserial correlation";
  if (name == "mean_spearman") return "mean over prompts of Spearman's rho";
  if (name.starts_with("wilcoxon_")) return "Wilcoxon signed-rank test";
  if (name.starts_with("page_")) return "Page's trend test";
  if (name.starts_with("sign_flip_")) return "sign-flip permutation test";
  if (name.starts_with("permutation_")) {
    return "permutation of the labels within prompts (corpus)";
  }
  return name;
}

// Each value of a text member once, in words.
template <typename Row>
std::string names_in(const std::vector<Row>& rows, std::string Row::*member) {
  std::vector<std::string> names;
  for (const Row& row : rows) {
    const std::string name = in_words(row.*member);
    if (name.empty() || name == "none") continue;
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

constexpr char kExploratory[] = "exploratory";
constexpr std::string_view kHolm = "Holm-adjusted over the tests of its family";
constexpr std::string_view kBenjaminiHochberg =
    "adjusted by Benjamini & Hochberg over all exploratory tests";

template <typename Row>
std::string_view adjusted_words(const std::vector<const Row*>& rows) {
  const bool some = std::any_of(rows.begin(), rows.end(), [](const Row* row) {
    return row->family == kExploratory;
  });
  return some ? "Holm-adjusted over the tests of its family, those marked "
                "exploratory by Benjamini & Hochberg"
              : kHolm;
}

template <typename Row>
std::string marked_title(const ReportMetric& metric, const Row& row) {
  return title_of(metric) +
         (row.family == kExploratory ? " (exploratory)" : "");
}

// "40 prompts" or "38 to 40 prompts".
template <typename Row>
std::string prompts_in(const std::vector<const Row*>& rows) {
  int64_t least = rows.front()->n, most = least;
  for (const Row* row : rows) {
    least = std::min(least, row->n);
    most = std::max(most, row->n);
  }
  return least == most ? counted(most, "prompt")
                       : fmt::format("{} to {} prompts", least, most);
}

using Pair = std::pair<std::string, std::string>;

// Pairs of listed conditions in the order of the rows.
std::vector<Pair> pairs_of(const ReportData& data) {
  std::set<std::string> listed;
  for (const auto& condition : data.conditions) listed.insert(condition.name);
  std::vector<Pair> pairs;
  for (const ComparisonRow& row : data.comparisons) {
    Pair pair(row.condition_a, row.condition_b);
    if (listed.contains(pair.first) && listed.contains(pair.second) &&
        std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) {
      pairs.push_back(std::move(pair));
    }
  }
  return pairs;
}

TableRow comparison_row(const ReportData& data,
                        const ReportMetric& metric,
                        const ComparisonRow& row) {
  const int decimals = decimals_of(data, metric);
  const std::string words = reading_of(direction_of(data, metric), row);
  return {{row.condition_a, row.condition_b},
          {text_cell(title_of(metric)),
           number(row.mean_a, decimals),
           number(row.mean_b, decimals),
           change(row.delta, row.ci_low, row.ci_high),
           number(row.effect_size, 2),
           probability(row.p_adjusted),
           text_cell(words)}};
}

TableRow trend_row(const ReportData& data,
                   const ReportMetric& metric,
                   const TrendRow& row) {
  const std::string words =
      verdict(direction_of(data, metric), row.slope, row.p_adjusted);
  return {{row.series + ": " + row.conditions},
          {text_cell(marked_title(metric, row)),
           change(row.slope, row.ci_low, row.ci_high),
           number(row.effect_size, 2),
           probability(row.p_adjusted),
           text_cell(words)}};
}

std::string arrows_note(const ReportData& data) {
  for (const ReportMetric& metric : data.metrics) {
    if (direction_of(data, metric) != Direction::kControl) {
      return "↑: higher = more diverse, or better quality; ↓: lower = more "
             "diverse.";
    }
  }
  return "";
}

std::string terminal_table(const Table& table, size_t width) {
  std::string out = wrapped(visible_text(table.caption), width) + "\n";
  out += table_text(table, width) + "\n";
  for (const std::string& note : table.notes) {
    out += wrapped(visible_text(note), width);
  }
  return out;
}

}  // namespace

SampleSizes sample_sizes(const ReportData& data, std::string_view condition) {
  SampleSizes sizes;
  for (const SummaryRow& row : data.summary) {
    if (row.condition != condition) continue;
    sizes.prompts = std::max(sizes.prompts, row.n_prompts);
    sizes.texts = std::max(sizes.texts, row.n_texts);
  }
  return sizes;
}

std::string sample_words(const ReportData& data) {
  SampleSizes least = sample_sizes(data, data.conditions.front().name);
  SampleSizes most = least;
  for (const ReportCondition& condition : data.conditions) {
    const SampleSizes sizes = sample_sizes(data, condition.name);
    least = {std::min(least.prompts, sizes.prompts),
             std::min(least.texts, sizes.texts)};
    most = {std::max(most.prompts, sizes.prompts),
            std::max(most.texts, sizes.texts)};
  }
  if (least.prompts == most.prompts && least.texts == most.texts &&
      most.prompts > 0 && most.texts % most.prompts == 0) {
    return counted(most.prompts, "prompt") + " × " +
           counted(most.texts / most.prompts, "story");
  }
  return fmt::format("{} to {} prompts, {} to {} stories",
                     least.prompts,
                     most.prompts,
                     least.texts,
                     most.texts);
}

Table result_table(const ReportData& data) {
  Table table;
  table.name = "result";
  table.caption = fmt::format("Means over prompts with 95 % intervals; {}, {}.",
                              data.name,
                              sample_words(data));
  table.columns.push_back(text_column("condition"));
  for (const ReportMetric& metric : data.metrics) {
    table.columns.push_back(metric_column(data, metric));
  }
  for (const ReportCondition& condition : data.conditions) {
    TableRow row;
    row.cells.push_back(text_cell(condition.name));
    for (const ReportMetric& metric : data.metrics) {
      const SummaryRow* found = find_summary(data, condition.name, metric);
      const SummaryRow row_or_none = found == nullptr ? SummaryRow() : *found;
      row.cells.push_back(estimate(row_or_none.mean,
                                   row_or_none.ci_low,
                                   row_or_none.ci_high,
                                   decimals_of(data, metric)));
    }
    table.rows.push_back(std::move(row));
  }
  const std::string arrows = arrows_note(data);
  if (!arrows.empty()) table.notes.push_back(arrows);
  return table;
}

namespace {

// How p was adjusted and what it is about.
std::string p_note(const std::string& tests,
                   std::string_view adjusted,
                   const std::string& scope) {
  if (tests.empty()) {
    return "p: no test was made; where values are defined, none differs "
           "(p = 1).";
  }
  return fmt::format("p: {}, two-sided, {}, {}; unclear: p ≥ {}.",
                     tests,
                     adjusted,
                     scope,
                     kSignificance);
}

bool has_margin(const std::vector<const ComparisonRow*>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const ComparisonRow* row) {
    return !std::isnan(row->margin);
  });
}

Table comparisons_of(const ReportData& data, bool exploratory) {
  Table table;
  table.name = exploratory ? "exploratory" : "comparisons";
  table.group_names = {"condition_a", "condition_b"};
  TableColumn delta = {
      "change", "95 % interval", "", true, {"delta", "ci_low", "ci_high"}};
  table.columns = {text_column("metric"),
                   number_column("from", "mean_a"),
                   number_column("to", "mean_b"),
                   delta,
                   number_column("effect", "effect_size"),
                   number_column("p", "p_adjusted"),
                   text_column("reading")};
  std::vector<const ComparisonRow*> shown;
  for (const auto& [a, b] : pairs_of(data)) {
    for (const ReportMetric& metric : data.metrics) {
      const ComparisonRow* row = find_comparison(data, metric, a, b);
      if (row == nullptr || (row->family == kExploratory) != exploratory) {
        continue;
      }
      shown.push_back(row);
      table.rows.push_back(comparison_row(data, metric, *row));
    }
  }
  if (shown.empty()) return table;
  table.caption = fmt::format(
      "{}What changes from one condition to another on the same {}.",
      exploratory ? "Exploratory: " : "",
      prompts_in(shown));
  const std::string effect =
      names_in(data.comparisons, &ComparisonRow::effect_name);
  if (!effect.empty()) {
    table.notes.push_back(
        fmt::format("effect: {}, above 0 where the second condition has the "
                    "larger values.",
                    effect));
  }
  table.notes.push_back(p_note(names_in(data.comparisons, &ComparisonRow::test),
                               exploratory ? kBenjaminiHochberg : kHolm,
                               data.scope));
  if (has_margin(shown)) {
    table.notes.emplace_back(
        "maintained: the difference was shown to be smaller than the declared "
        "margin, of quality: not to be worse by it (two one-sided t tests, "
        "one for quality, at 0.05, not adjusted).");
  }
  return table;
}

}  // namespace

Table comparison_table(const ReportData& data) {
  return comparisons_of(data, false);
}

Table exploratory_table(const ReportData& data) {
  return comparisons_of(data, true);
}

Table step_table(const ReportData& data) {
  Table table;
  table.name = "steps";
  table.group_names = {"stages", "metric"};
  TableColumn mean = {
      "change", "95 % interval", "", true, {"mean", "ci_low", "ci_high"}};
  table.columns = {text_column("step"),
                   mean,
                   number_column("P(largest)", "largest_share"),
                   number_column("p", "p_adjusted")};
  std::vector<const StepRow*> shown;
  for (const ReportMetric& metric : data.metrics) {
    for (const StepRow& row : data.steps) {
      if (!is_about(row, metric)) continue;
      shown.push_back(&row);
      table.rows.push_back({{row.stages, marked_title(metric, row)},
                            {text_cell(row.step),
                             change(row.mean, row.ci_low, row.ci_high),
                             number(row.largest_share, 2),
                             probability(row.p_adjusted)}});
    }
  }
  if (shown.empty()) return table;
  table.caption = fmt::format(
      "What each step of training changes, and one step minus another, on the "
      "same {}.",
      prompts_in(shown));
  table.notes = {
      "P(largest): share of the resamples of prompts in which the step moves "
      "the metric more than the others.",
      p_note(names_in(data.steps, &StepRow::test),
             adjusted_words(shown),
             data.scope)};
  return table;
}

Table across_table(const ReportData& data) {
  Table table;
  table.name = "across";
  table.group_names = {"comparison"};
  TableColumn delta = {
      "change", "95 % interval", "", true, {"delta", "ci_low", "ci_high"}};
  table.columns = {text_column("metric"),
                   number_column("n", "n"),
                   delta,
                   number_column("effect", "effect_size"),
                   number_column("p", "p_adjusted"),
                   text_column("reading")};
  std::vector<const AcrossRow*> shown;
  for (const ReportMetric& metric : data.metrics) {
    for (const AcrossRow& row : data.across) {
      if (!is_about(row, metric)) continue;
      shown.push_back(&row);
      table.rows.push_back(
          {{fmt::format("{} (n: {})", row.name, row.unit)},
           {text_cell(marked_title(metric, row)),
            number(static_cast<double>(row.n), 0),
            change(row.delta, row.ci_low, row.ci_high),
            number(row.effect_size, 2),
            probability(row.p_adjusted),
            text_cell(verdict(
                direction_of(data, metric), row.delta, row.p_adjusted))}});
    }
  }
  if (table.rows.empty()) return table;
  table.caption =
      "What changes across units, of each of which the mean over prompts is "
      "one value.";
  table.notes = {p_note(names_in(data.across, &AcrossRow::test),
                        adjusted_words(shown),
                        "over units, for these prompts")};
  return table;
}

Table trend_table(const ReportData& data) {
  Table table;
  table.name = "trends";
  table.group_names = {"series"};
  TableColumn slope = {
      "slope", "95 % interval", "", true, {"slope", "ci_low", "ci_high"}};
  table.columns = {text_column("metric"),
                   slope,
                   number_column("effect", "effect_size"),
                   number_column("p", "p_adjusted"),
                   text_column("reading")};
  std::vector<const TrendRow*> shown;
  for (const ReportMetric& metric : data.metrics) {
    for (const TrendRow& row : data.trends) {
      if (!is_about(row, metric)) continue;
      shown.push_back(&row);
      table.rows.push_back(trend_row(data, metric, row));
    }
  }
  if (shown.empty()) return table;
  // By series, metrics in the report's order within each.
  std::stable_sort(table.rows.begin(), table.rows.end(), [](auto& a, auto& b) {
    return a.group < b.group;
  });
  table.caption = fmt::format(
      "Trend along an ordered series of conditions over {}; slope: "
      "change of the metric when {} rises by 1.",
      prompts_in(shown),
      names_in(data.trends, &TrendRow::parameter));
  table.notes = {fmt::format("effect: {}, above 0 where the metric rises.",
                             names_in(data.trends, &TrendRow::effect_name)),
                 p_note(names_in(data.trends, &TrendRow::test),
                        adjusted_words(shown),
                        data.scope)};
  return table;
}

std::string terminal_tables(const ReportData& data, size_t width) {
  check(data);
  std::string out = terminal_table(result_table(data), width);
  for (const Table& table : {comparison_table(data),
                             trend_table(data),
                             step_table(data),
                             across_table(data)}) {
    if (!table.rows.empty()) out += "\n" + terminal_table(table, width);
  }
  return out;
}

}  // namespace cdx
