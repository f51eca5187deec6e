#include "report/summary.h"

#include "report/result_tables.h"
#include "report/text.h"
#include "util/counted.h"

#include <cmath>
#include <set>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr double kSignificance = 0.05;
constexpr double kUnequallyCut = 0.05;

// A metric with the words to speak of its values.
class Speaker {
 public:
  Speaker(const ReportData& data, const ReportMetric& metric)
      : data_(data), metric_(metric), decimals_(decimals_of(data, metric)) {}

  const SummaryRow* row(const std::string& condition) const {
    const SummaryRow* found = find_summary(data_, condition, metric_);
    return found != nullptr && std::isfinite(found->mean) ? found : nullptr;
  }

  std::string value(const SummaryRow& row) const {
    return format_fixed(row.mean, decimals_);
  }

  // "1.19 [1.12, 1.26]"
  std::string estimate(const SummaryRow& row) const {
    const std::string interval =
        format_interval(row.ci_low, row.ci_high, decimals_);
    return value(row) + (interval.empty() ? "" : " " + interval);
  }

  // "choice_entropy (bits)"
  std::string name() const {
    const std::string unit = unit_of(metric_);
    return unit.empty() ? metric_.metric : metric_.metric + " (" + unit + ")";
  }

  const ReportMetric& metric() const { return metric_; }

 private:
  const ReportData& data_;
  const ReportMetric& metric_;
  int decimals_;
};

std::string what_was_compared(const ReportData& data) {
  std::vector<std::string> names;
  for (const auto& condition : data.conditions) names.push_back(condition.name);
  return fmt::format("The report shows {} on {}: {}.",
                     counted(names.size(), "condition"),
                     sample_words(data),
                     listed(names));
}

std::string extremes(const ReportData& data, const Speaker& speaker) {
  const SummaryRow *least = nullptr, *most = nullptr;
  for (const ReportCondition& condition : data.conditions) {
    const SummaryRow* row = speaker.row(condition.name);
    if (row == nullptr) continue;
    if (least == nullptr || row->mean < least->mean) least = row;
    if (most == nullptr || row->mean > most->mean) most = row;
  }
  if (least == nullptr) return "";
  if (least == most) {
    return fmt::format("Diversity, as {}, is {} under {}.",
                       speaker.name(),
                       speaker.estimate(*least),
                       least->condition);
  }
  return fmt::format(
      "Diversity, as {}, lies between {} under {} and {} under {}.",
      speaker.name(),
      speaker.estimate(*least),
      least->condition,
      speaker.estimate(*most),
      most->condition);
}

// Between reference and baseline, whichever way it was made.
const ComparisonRow* gap_test(const ReportData& data,
                              const ReportMetric& metric) {
  const auto* row =
      find_comparison(data, metric, data.reference, data.baseline);
  return row != nullptr
             ? row
             : find_comparison(data, metric, data.baseline, data.reference);
}

std::string gap_test_words(const ComparisonRow* test) {
  if (test == nullptr || std::isnan(test->p_adjusted)) return "not tested";
  const std::string p = format_p(test->p_adjusted);
  return fmt::format("{}p {}{}",
                     test->p_adjusted < kSignificance ? "" : "unclear, ",
                     p.starts_with('<') ? "< " : "= ",
                     p.starts_with('<') ? p.substr(1) : p);
}

std::string the_gap(const ReportData& data, const Speaker& speaker) {
  const SummaryRow *from = speaker.row(data.reference),
                   *to = speaker.row(data.baseline);
  if (from == nullptr || to == nullptr || from == to) {
    return extremes(data, speaker);
  }
  return fmt::format("Diversity, as {}, is {} under {} and {} under {} ({}).",
                     speaker.name(),
                     speaker.estimate(*from),
                     from->condition,
                     speaker.estimate(*to),
                     to->condition,
                     gap_test_words(gap_test(data, speaker.metric())));
}

// The values of a series without the two ends of the gap, "1.88 and 2.21 at
// γ = 0.25 and 0.75"; and, when `shares` is set, how far each stands between
// them.
std::string values_along(const ReportData& data,
                         const ReportSeries& series,
                         const Speaker& speaker,
                         bool shares) {
  std::vector<std::string> parameters, values, on_the_way;
  for (const auto& [condition, parameter] : series.points) {
    const SummaryRow* row = speaker.row(condition);
    if (row == nullptr || condition == data.baseline ||
        condition == data.reference) {
      continue;
    }
    parameters.push_back(fmt::format("{}", parameter));
    values.push_back(speaker.value(*row));
    if (!shares) continue;
    const double from = speaker.row(data.baseline)->mean;
    const double to = speaker.row(data.reference)->mean;
    on_the_way.push_back(
        format_fixed(100 * (row->mean - from) / (to - from), 0) + "\u00A0%");
  }
  if (values.empty()) return "";
  std::string text = fmt::format(
      "{} at {} = {}", listed(values), series.parameter, listed(parameters));
  if (!shares) return text;
  return text + fmt::format(" ({} of the way from {} to {})",
                            listed(on_the_way),
                            data.baseline,
                            data.reference);
}

std::string series_words(const ReportData& data,
                         const ReportSeries& series,
                         const Speaker& speaker) {
  const ComparisonRow* test = gap_test(data, speaker.metric());
  const bool shares = test != nullptr && test->p_adjusted < kSignificance &&
                      speaker.row(data.reference) != nullptr &&
                      speaker.row(data.baseline) != nullptr;
  const std::string values = values_along(data, series, speaker, shares);
  if (values.empty()) return "";
  return fmt::format(" With {} it is {}.", series.method, values);
}

std::string quality_words(const ReportData& data, const Speaker& quality) {
  std::vector<std::string> values;
  std::set<std::string> said;
  for (const ReportSeries& series : data.series) {
    for (const auto& [condition, value] : series.points) {
      if (condition != data.baseline && condition != data.reference) {
        said.insert(condition);
      }
    }
  }
  for (const ReportCondition& condition : data.conditions) {
    const SummaryRow* row = quality.row(condition.name);
    if (row == nullptr || said.contains(condition.name)) continue;
    values.push_back(quality.value(*row) + " under " + condition.name);
  }
  std::string text = listed(values);
  for (const ReportSeries& series : data.series) {
    const std::string along = values_along(data, series, quality, false);
    if (!along.empty()) text += (text.empty() ? "" : "; ") + along;
  }
  if (text.empty()) return "";
  return fmt::format(" Quality, as {}, is {}.", quality.name(), text);
}

const ReportMetric* headline(const ReportData& data) {
  for (const ReportMetric& metric : data.metrics) {
    if (is_diversity(direction_of(data, metric))) return &metric;
  }
  return nullptr;
}

}  // namespace

std::string listed(const std::vector<std::string>& words) {
  if (words.size() < 2) return words.empty() ? "" : words.front();
  return fmt::format("{} and {}",
                     fmt::join(words.begin(), words.end() - 1, ", "),
                     words.back());
}

std::string summary_words(const ReportData& data) {
  std::string text = what_was_compared(data);
  if (const ReportMetric* metric = headline(data)) {
    const Speaker diversity(data, *metric);
    text += fmt::format(" {}", the_gap(data, diversity));
    for (const ReportSeries& series : data.series) {
      text += series_words(data, series, diversity);
    }
  }
  if (const ReportMetric* metric = shown_metric(data, data.quality)) {
    text += quality_words(data, Speaker(data, *metric));
  }
  return text;
}

std::string unequally_cut_words(const std::vector<SummaryRow>& rows) {
  const SummaryRow *least = nullptr, *most = nullptr;
  for (const SummaryRow& row : rows) {
    if (row.metric != "finish_length_rate" || std::isnan(row.mean)) continue;
    if (least == nullptr || row.mean < least->mean) least = &row;
    if (most == nullptr || row.mean > most->mean) most = &row;
  }
  if (least == nullptr || most->mean - least->mean <= kUnequallyCut) return "";
  return fmt::format(
      "Unequal lengths: {:.0f} % of the texts of {} were cut off by the token "
      "limit, of {} {:.0f} %; raise the limit, or read the numbers at matched "
      "length (measure.match_length, --match-length).",
      100 * most->mean,
      most->condition,
      least->condition,
      100 * least->mean);
}

}  // namespace cdx
