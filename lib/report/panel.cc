#include "report/panel.h"

#include "report/text.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cdx {

void draw_heading(Svg& svg,
                  const ReportData& data,
                  const ReportMetric& metric) {
  const Direction direction = direction_of(data, metric);
  std::string title = metric.metric;
  if (!arrow_of(direction).empty())
    title += fmt::format(" {}", arrow_of(direction));
  std::string note = unit_of(metric);
  if (!words_of(direction).empty()) {
    note += (note.empty() ? "" : "; ") + words_of(direction);
  }
  svg.text({4, 16}, title, {.size = 13, .colour = kInk, .bold = true});
  svg.text({4, 31}, note, {.size = 11, .colour = kGrey});
}

void draw_x_axis(Svg& svg, const Frame& frame) {
  const Ticks ticks = nice_ticks(frame.x.low, frame.x.high, 5);
  for (double value : ticks.values) {
    const double x = frame.x(value);
    svg.line({x, frame.top()}, {x, frame.bottom()}, {.colour = kRule});
    svg.text({x, frame.bottom() + 15},
             format_fixed(value, ticks.decimals),
             {.size = 11, .colour = kGrey, .anchor = Anchor::kMiddle});
  }
}

void draw_y_axis(Svg& svg, const Frame& frame) {
  const Ticks ticks = nice_ticks(frame.y.low, frame.y.high, 6);
  for (double value : ticks.values) {
    const double y = frame.y(value);
    svg.line({frame.left(), y}, {frame.right(), y}, {.colour = kRule});
    svg.text({frame.left() - 6, y + 4},
             format_fixed(value, ticks.decimals),
             {.size = 11, .colour = kGrey, .anchor = Anchor::kEnd});
  }
}

Range padded_range(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  double margin = 0.06 * (*high - *low);
  if (margin == 0) margin = *high == 0 ? 0.5 : 0.1 * std::fabs(*high);
  return {*low - margin, *high + margin};
}

std::string fitted(const std::string& text, double size, double width) {
  std::string shown = visible_text(text);
  if (text_width(shown, size) <= width) return shown;
  size_t letters = cut_text(shown, 0).total;
  std::string cut;
  do {
    cut = cut_text(shown, --letters).text + "…";
  } while (letters > 0 && text_width(cut, size) > width);
  return cut;
}

double name_width(const ReportData& data) {
  double width = 40;
  for (const ReportCondition& condition : data.conditions) {
    width = std::max(width, text_width(condition.name, 12));
  }
  return std::min(width, 0.4 * kPanelWidth);
}

std::string value_words(const ReportData& data,
                        const ReportMetric& metric,
                        const SummaryRow& row) {
  const int decimals = decimals_of(data, metric);
  std::string words =
      fmt::format("{}: {}", row.condition, format_fixed(row.mean, decimals));
  const std::string interval =
      format_interval(row.ci_low, row.ci_high, decimals);
  if (!interval.empty()) words += fmt::format(" {}", interval);
  if (!unit_of(metric).empty()) words += fmt::format(" {}", unit_of(metric));
  return words;
}

}  // namespace cdx
