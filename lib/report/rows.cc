#include "report/rows.h"

#include "util/csv.h"
#include "util/errors.h"

#include <charconv>
#include <variant>

#include <fmt/format.h>

namespace cdx {
namespace {

template <typename Row>
struct Field {
  const char* name;
  std::variant<std::string Row::*, double Row::*, int64_t Row::*> member;
};
template <typename Row>
using Fields = std::vector<Field<Row>>;

const Fields<PerPromptRow> kPerPrompt = {
    {"condition", &PerPromptRow::condition},
    {"prompt_id", &PerPromptRow::prompt_id},
    {"metric", &PerPromptRow::metric},
    {"level", &PerPromptRow::level},
    {"variant", &PerPromptRow::variant},
    {"value", &PerPromptRow::value},
    {"n_texts", &PerPromptRow::n_texts},
};

const Fields<SummaryRow> kSummary = {
    {"condition", &SummaryRow::condition},
    {"metric", &SummaryRow::metric},
    {"level", &SummaryRow::level},
    {"variant", &SummaryRow::variant},
    {"direction", &SummaryRow::direction},
    {"n_prompts", &SummaryRow::n_prompts},
    {"n_texts", &SummaryRow::n_texts},
    {"mean", &SummaryRow::mean},
    {"ci_low", &SummaryRow::ci_low},
    {"ci_high", &SummaryRow::ci_high},
};

const Fields<ComparisonRow> kComparisons = {
    {"metric", &ComparisonRow::metric},
    {"level", &ComparisonRow::level},
    {"variant", &ComparisonRow::variant},
    {"condition_a", &ComparisonRow::condition_a},
    {"condition_b", &ComparisonRow::condition_b},
    {"n", &ComparisonRow::n},
    {"mean_a", &ComparisonRow::mean_a},
    {"mean_b", &ComparisonRow::mean_b},
    {"delta", &ComparisonRow::delta},
    {"ci_low", &ComparisonRow::ci_low},
    {"ci_high", &ComparisonRow::ci_high},
    {"effect_size", &ComparisonRow::effect_size},
    {"effect_name", &ComparisonRow::effect_name},
    {"test", &ComparisonRow::test},
    {"p", &ComparisonRow::p},
    {"p_adjusted", &ComparisonRow::p_adjusted},
    {"family", &ComparisonRow::family},
    {"d_z", &ComparisonRow::d_z},
    {"cliffs_delta", &ComparisonRow::cliffs_delta},
    {"p_sign_flip", &ComparisonRow::p_sign_flip},
    {"margin", &ComparisonRow::margin},
    {"p_equivalence", &ComparisonRow::p_equivalence},
    {"equivalence_test", &ComparisonRow::equivalence_test},
    {"equivalence", &ComparisonRow::equivalence},
    {"scope", &ComparisonRow::scope},
    {"note", &ComparisonRow::note},
};

const Fields<TrendRow> kTrends = {
    {"metric", &TrendRow::metric},
    {"level", &TrendRow::level},
    {"variant", &TrendRow::variant},
    {"series", &TrendRow::series},
    {"parameter", &TrendRow::parameter},
    {"conditions", &TrendRow::conditions},
    {"n", &TrendRow::n},
    {"slope", &TrendRow::slope},
    {"ci_low", &TrendRow::ci_low},
    {"ci_high", &TrendRow::ci_high},
    {"effect_size", &TrendRow::effect_size},
    {"effect_name", &TrendRow::effect_name},
    {"test", &TrendRow::test},
    {"statistic", &TrendRow::statistic},
    {"p", &TrendRow::p},
    {"p_adjusted", &TrendRow::p_adjusted},
    {"family", &TrendRow::family},
    {"scope", &TrendRow::scope},
};

const Fields<StepRow> kSteps = {
    {"metric", &StepRow::metric},
    {"level", &StepRow::level},
    {"variant", &StepRow::variant},
    {"stages", &StepRow::stages},
    {"kind", &StepRow::kind},
    {"step", &StepRow::step},
    {"n", &StepRow::n},
    {"mean", &StepRow::mean},
    {"ci_low", &StepRow::ci_low},
    {"ci_high", &StepRow::ci_high},
    {"largest_share", &StepRow::largest_share},
    {"test", &StepRow::test},
    {"p", &StepRow::p},
    {"p_adjusted", &StepRow::p_adjusted},
    {"family", &StepRow::family},
    {"scope", &StepRow::scope},
};

const Fields<AcrossRow> kAcross = {
    {"name", &AcrossRow::name},
    {"unit", &AcrossRow::unit},
    {"metric", &AcrossRow::metric},
    {"level", &AcrossRow::level},
    {"variant", &AcrossRow::variant},
    {"n", &AcrossRow::n},
    {"mean_a", &AcrossRow::mean_a},
    {"mean_b", &AcrossRow::mean_b},
    {"delta", &AcrossRow::delta},
    {"ci_low", &AcrossRow::ci_low},
    {"ci_high", &AcrossRow::ci_high},
    {"effect_size", &AcrossRow::effect_size},
    {"effect_name", &AcrossRow::effect_name},
    {"test", &AcrossRow::test},
    {"p", &AcrossRow::p},
    {"p_adjusted", &AcrossRow::p_adjusted},
    {"family", &AcrossRow::family},
    {"scope", &AcrossRow::scope},
};

const Fields<BoundRow> kBounds = {
    {"condition", &BoundRow::condition},
    {"metric", &BoundRow::metric},
    {"variant", &BoundRow::variant},
    {"bound", &BoundRow::bound},
    {"n_prompts", &BoundRow::n_prompts},
    {"mean", &BoundRow::mean},
};

const Fields<PositionRow> kByPosition = {
    {"condition", &PositionRow::condition},
    {"metric", &PositionRow::metric},
    {"variant", &PositionRow::variant},
    {"first_word", &PositionRow::first_word},
    {"last_word", &PositionRow::last_word},
    {"n_prompts", &PositionRow::n_prompts},
    {"n_texts", &PositionRow::n_texts},
    {"mean", &PositionRow::mean},
    {"ci_low", &PositionRow::ci_low},
    {"ci_high", &PositionRow::ci_high},
};

std::string to_field(const std::string& value) {
  return value;
}
std::string to_field(double value) {
  return csv_number(value);
}
std::string to_field(int64_t value) {
  return fmt::format("{}", value);
}

void from_field(const std::string& field, std::string& value) {
  value = field;
}

void from_field(const std::string& field, double& value) {
  value = parse_csv_number(field);
}

void from_field(const std::string& field, int64_t& value) {
  const char* end = field.data() + field.size();
  auto [stop, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc() || stop != end) {
    throw UserError(fmt::format("\"{}\" is not a whole number", field));
  }
}

template <typename Row>
std::string to_csv(const std::vector<Row>& rows, const Fields<Row>& fields) {
  std::vector<std::string> values;
  for (const Field<Row>& field : fields) values.emplace_back(field.name);
  std::string text = csv_line(values);
  for (const Row& row : rows) {
    values.clear();
    for (const Field<Row>& field : fields) {
      std::visit([&](auto member) { values.push_back(to_field(row.*member)); },
                 field.member);
    }
    text += csv_line(values);
  }
  return text;
}

template <typename Row>
std::vector<Row> from_csv(const std::filesystem::path& path,
                          const Fields<Row>& fields) {
  CsvTable table = read_csv(path);
  std::vector<Row> rows(table.rows.size());
  for (const Field<Row>& field : fields) {
    size_t i = 0;
    try {
      size_t column = table.column(field.name);
      for (; i < rows.size(); ++i) {
        const std::string& value = table.rows[i][column];
        std::visit([&](auto member) { from_field(value, rows[i].*member); },
                   field.member);
      }
    } catch (const UserError& error) {
      throw UserError(fmt::format("{}: record {}, column \"{}\": {}",
                                  path.string(),
                                  i + 1,
                                  field.name,
                                  error.what()));
    }
  }
  return rows;
}

}  // namespace

std::string per_prompt_csv(const std::vector<PerPromptRow>& rows) {
  return to_csv(rows, kPerPrompt);
}
std::string summary_csv(const std::vector<SummaryRow>& rows) {
  return to_csv(rows, kSummary);
}
std::string comparisons_csv(const std::vector<ComparisonRow>& rows) {
  return to_csv(rows, kComparisons);
}
std::string trends_csv(const std::vector<TrendRow>& rows) {
  return to_csv(rows, kTrends);
}
std::string steps_csv(const std::vector<StepRow>& rows) {
  return to_csv(rows, kSteps);
}
std::string across_csv(const std::vector<AcrossRow>& rows) {
  return to_csv(rows, kAcross);
}
std::string bounds_csv(const std::vector<BoundRow>& rows) {
  return to_csv(rows, kBounds);
}
std::string by_position_csv(const std::vector<PositionRow>& rows) {
  return to_csv(rows, kByPosition);
}

std::vector<PerPromptRow> read_per_prompt_csv(
    const std::filesystem::path& path) {
  return from_csv(path, kPerPrompt);
}
std::vector<SummaryRow> read_summary_csv(const std::filesystem::path& path) {
  return from_csv(path, kSummary);
}
std::vector<ComparisonRow> read_comparisons_csv(
    const std::filesystem::path& path) {
  return from_csv(path, kComparisons);
}
std::vector<TrendRow> read_trends_csv(const std::filesystem::path& path) {
  return from_csv(path, kTrends);
}
std::vector<StepRow> read_steps_csv(const std::filesystem::path& path) {
  return from_csv(path, kSteps);
}
std::vector<AcrossRow> read_across_csv(const std::filesystem::path& path) {
  return from_csv(path, kAcross);
}
std::vector<BoundRow> read_bounds_csv(const std::filesystem::path& path) {
  return from_csv(path, kBounds);
}
std::vector<PositionRow> read_by_position_csv(
    const std::filesystem::path& path) {
  return from_csv(path, kByPosition);
}

}  // namespace cdx
