#include "report/result_tables.h"

#include "example.h"
#include "report/text.h"

#include <algorithm>
#include <sstream>

#include <doctest/doctest.h>

using namespace cdx;
using test::example_report;

namespace {

const TableCell& cell(const Table& table, size_t row, const char* column) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].csv_names.front() == column) {
      return table.rows[row].cells[i];
    }
  }
  throw std::out_of_range(column);
}

}  // namespace

TEST_CASE("The result table has a row a condition and a column a metric") {
  const Table table = result_table(example_report());
  REQUIRE(table.rows.size() == 6);
  REQUIRE(table.columns.size() == 7);
  CHECK(table.columns[1].title == "choice_entropy ↑");
  CHECK(table.columns[1].note == "bits");
  CHECK(table.columns[3].title == "compression_ratio_gzip ↓");
  CHECK(table.columns[6].title == "length_tokens");
  CHECK(cell(table, 2, "condition").text == "dpo");
  // Means of example.h; half width 1.96 · 0.3/√40 = 0.093 below, 0.9 of it
  // above.
  CHECK(cell(table, 2, "choice_entropy").text == "1.19");
  CHECK(cell(table, 2, "choice_entropy").note == "[1.10, 1.27]");
  CHECK(cell(table, 2, "choice_entropy").numbers[0] == 1.19);
  CHECK(table.caption.find("40 prompts × 10 stories") != std::string::npos);
}

TEST_CASE("A value that is missing or undefined is a dash") {
  ReportData data = example_report();
  std::erase_if(data.summary, [](const SummaryRow& row) {
    return row.condition == "sft" && row.metric == "distinct_2";
  });
  for (SummaryRow& row : data.summary) {
    if (row.condition == "dpo" && row.metric == "distinct_2") {
      row.mean = row.ci_low = row.ci_high = kUndefined;
    }
  }
  const Table table = result_table(data);
  CHECK(cell(table, 1, "distinct_2").text == "–");
  CHECK(cell(table, 2, "distinct_2").text == "–");
  CHECK(cell(table, 2, "distinct_2").note == "");
  CHECK(table_csv(table).find("nan") == std::string::npos);
}

TEST_CASE("Different numbers of prompts and stories are said") {
  ReportData data = example_report();
  for (SummaryRow& row : data.summary) {
    if (row.condition != "sft") continue;
    row.n_prompts = 20;
    row.n_texts = 199;
  }
  CHECK(sample_words(data) == "20 to 40 prompts, 199 to 400 stories");
  CHECK(sample_sizes(data, "sft").texts == 199);
}

TEST_CASE("Comparisons read in words only where the adjusted test finds one") {
  ReportData data = example_report();
  for (ComparisonRow& row : data.comparisons) {
    if (row.condition_a != "base" || row.condition_b != "dpo") continue;
    if (row.metric == "distinct_2") row.p_adjusted = 0.05;
    if (row.metric == "mean_pairwise_distance") row.p_adjusted = kUndefined;
  }
  const Table table = comparison_table(data);
  REQUIRE(table.rows.size() == 36);
  // The second group: base → dpo, metrics in the report's order.
  const size_t first = 6;
  CHECK(group_heading(table.rows[first]) == "base → dpo");
  CHECK(cell(table, first, "metric").text == "choice_entropy");
  CHECK(cell(table, first, "delta").text == "−1.46");
  CHECK(cell(table, first, "p_adjusted").text == "<0.001");
  CHECK(cell(table, first, "reading").text == "less diverse");
  CHECK(cell(table, first + 1, "reading").text == "unclear");
  // gzip rises, and more compressible is less diverse.
  CHECK(cell(table, first + 2, "delta").text == "+0.090");
  CHECK(cell(table, first + 2, "reading").text == "less diverse");
  CHECK(cell(table, first + 3, "p_adjusted").text == "–");
  CHECK(cell(table, first + 3, "reading").text == "–");
  CHECK(cell(table, first + 4, "reading").text == "worse");
  CHECK(cell(table, first + 5, "reading").text == "lower");
  CHECK(table.notes[0].find("rank-biserial") != std::string::npos);
  CHECK(table.notes[1].find("Wilcoxon signed-rank test") != std::string::npos);
}

TEST_CASE("Comparisons of conditions that are not shown are left out") {
  ReportData data = example_report();
  data.series.clear();
  data.conditions.resize(3);  // base, sft, dpo
  const Table table = comparison_table(data);
  CHECK(table.rows.size() == 12);
}

TEST_CASE("The trend table has slope, interval and effect") {
  const Table table = trend_table(example_report());
  REQUIRE(table.rows.size() == 6);
  CHECK(group_heading(table.rows[0]) ==
        "conformative: dpo < conformative-g0.25 < conformative-g0.5 < "
        "conformative-g0.75");
  // (2.21 − 1.19)/0.75
  CHECK(cell(table, 0, "slope").text == "+1.36");
  CHECK(cell(table, 0, "reading").text == "more diverse");
  CHECK(table.caption.find("when γ rises by 1") != std::string::npos);
}

TEST_CASE("Comparisons outside the primary family stand in their own table") {
  ReportData data = example_report();
  const size_t all = comparison_table(data).rows.size();
  CHECK(exploratory_table(data).rows.empty());
  data.comparisons[0].family = "exploratory";
  CHECK(comparison_table(data).rows.size() == all - 1);
  const Table table = exploratory_table(data);
  REQUIRE(table.rows.size() == 1);
  CHECK(table.caption.starts_with("Exploratory: "));
  CHECK(table.notes[1].find("Benjamini & Hochberg") != std::string::npos);
  CHECK(table.notes[1].find("over prompts, for these checkpoints") !=
        std::string::npos);
}

TEST_CASE("Maintained is said only where a test of equivalence passed") {
  ReportData data = example_report();
  ComparisonRow& row = data.comparisons[0];
  row.p_adjusted = 0.4;
  row.margin = 0.25;
  row.equivalence = "inconclusive";
  CHECK(cell(comparison_table(data), 0, "reading").text == "unclear");
  row.equivalence = "maintained";
  CHECK(cell(comparison_table(data), 0, "reading").text ==
        "maintained (margin 0.25)");
  row.p_adjusted = 0.01;
  const std::string reading = cell(comparison_table(data), 0, "reading").text;
  CHECK(reading.ends_with("diverse, within margin 0.25"));
  CHECK(comparison_table(data).notes.back().starts_with("maintained: "));
}

TEST_CASE("Steps and comparisons across units have tables of their own") {
  ReportData data = example_report();
  CHECK(step_table(data).rows.empty());
  CHECK(across_table(data).rows.empty());
  StepRow step{.metric = data.summary[0].metric,
               .level = data.summary[0].level,
               .variant = data.summary[0].variant,
               .stages = "base > sft > dpo",
               .kind = "step",
               .step = "base > sft",
               .n = 40,
               .mean = -0.5,
               .ci_low = -0.6,
               .ci_high = -0.4,
               .largest_share = 0.25};
  data.steps = {step};
  AcrossRow across{.name = "tuning",
                   .unit = "family",
                   .metric = step.metric,
                   .level = step.level,
                   .variant = step.variant,
                   .n = 6,
                   .delta = -0.25,
                   .test = "wilcoxon_exact",
                   .p = 0.03,
                   .p_adjusted = 0.03};
  data.across = {across};
  const Table steps = step_table(data);
  REQUIRE(steps.rows.size() == 1);
  CHECK(cell(steps, 0, "largest_share").text == "0.25");
  CHECK(steps.caption.find("40 prompts") != std::string::npos);
  const Table units = across_table(data);
  REQUIRE(units.rows.size() == 1);
  CHECK(group_heading(units.rows[0]) == "tuning (n: family)");
  CHECK(cell(units, 0, "n").text == "6");
}

TEST_CASE("Terminal output keeps to 100 columns and shows the tables") {
  const std::string text = terminal_tables(example_report());
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(display_width(line) <= 100);
    CHECK((line.empty() || line.back() != ' '));
  }
  for (const char* expected :
       {"conformative-g0.75", "base → dpo", "slope", "Holm-adjusted"}) {
    CHECK(text.find(expected) != std::string::npos);
  }
}

TEST_CASE("One condition alone gives a result table and nothing else") {
  ReportData data;
  data.name = "one";
  data.conditions = {{"only", ""}};
  data.metrics = {{"distinct_1", "", ""}};
  data.summary = {{"only", "distinct_1", "set", "ws", "", 1, 1, 0.5}};
  CHECK(comparison_table(data).rows.empty());
  CHECK(trend_table(data).rows.empty());
  CHECK(terminal_tables(data) ==
        "Means over prompts with 95 % intervals; one, 1 prompt × 1 "
        "story.\n\n"
        "condition  distinct_1 ↑\n"
        "                  ratio\n"
        "───────────────────────\n"
        "only              0.500\n\n"
        "↑: higher = more diverse, or better quality; ↓: lower = more "
        "diverse.\n");
}
