#include "report/figures.h"

#include "report/looks.h"
#include "report/panel.h"
#include "report/text.h"
#include "util/counted.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr double kTop = 42;
constexpr double kBottom = 26;
constexpr double kEstimateLine = 23;  // pixels a condition
constexpr double kDistributionLine = 40;
constexpr size_t kPanelsInRow = 3;
constexpr double kGap = 18;  // between the panels of a file

using Looks = std::map<std::string, Look>;

// A frame with one line of `line_height` pixels a condition and the names of
// the conditions to its left.
Frame rows_frame(const ReportData& data, Range x, double line_height) {
  const auto n = static_cast<double>(data.conditions.size());
  Frame frame;
  frame.x = {x.low, x.high, name_width(data) + 14, kPanelWidth - 12};
  frame.y = {n, 0, kTop + n * line_height, kTop};
  return frame;
}

Svg rows_panel(const ReportData& data,
               const ReportMetric& metric,
               const Frame& frame) {
  Svg svg(kPanelWidth, frame.bottom() + kBottom);
  draw_heading(svg, data, metric);
  draw_x_axis(svg, frame);
  return svg;
}

void draw_name(Svg& svg,
               const ReportData& data,
               const ReportCondition& condition,
               double y) {
  svg.text({name_width(data) + 6, y + 4},
           fitted(condition.name, 12, name_width(data)),
           {.anchor = Anchor::kEnd, .bold = condition.name == data.baseline});
}

bool has_interval(const SummaryRow& row) {
  return std::isfinite(row.ci_low) && std::isfinite(row.ci_high);
}

void draw_baseline(Svg& svg,
                   const Frame& frame,
                   const SummaryRow& row,
                   const std::string& colour) {
  if (has_interval(row)) {
    svg.rectangle({frame.x(row.ci_low), frame.top()},
                  {frame.x(row.ci_high), frame.bottom()},
                  colour,
                  0.12);
  }
  const double x = frame.x(row.mean);
  svg.line({x, frame.top()},
           {x, frame.bottom()},
           {.colour = colour, .width = 1, .dashes = "4 3"});
}

void draw_estimate(Svg& svg,
                   const Frame& frame,
                   const SummaryRow& row,
                   double y,
                   const Look& look) {
  if (has_interval(row)) {
    svg.line({frame.x(row.ci_low), y},
             {frame.x(row.ci_high), y},
             {.colour = look.colour, .width = 2.2});
  }
  svg.marker(look.marker, {frame.x(row.mean), y}, 5, look.colour);
}

std::vector<double> shown_values(const ReportData& data,
                                 const ReportMetric& metric) {
  std::vector<double> values;
  for (const ReportCondition& condition : data.conditions) {
    const SummaryRow* row = find_summary(data, condition.name, metric);
    if (row == nullptr || !std::isfinite(row->mean)) continue;
    values.insert(values.end(), {row->mean, row->ci_low, row->ci_high});
  }
  return values;
}

Svg estimates_panel(const ReportData& data,
                    const ReportMetric& metric,
                    const Looks& looks) {
  const Frame frame =
      rows_frame(data, padded_range(shown_values(data, metric)), kEstimateLine);
  Svg svg = rows_panel(data, metric, frame);
  const SummaryRow* baseline = find_summary(data, data.baseline, metric);
  if (baseline != nullptr && std::isfinite(baseline->mean)) {
    draw_baseline(svg, frame, *baseline, looks.at(data.baseline).colour);
  }
  double y = frame.top() + kEstimateLine / 2;
  for (const ReportCondition& condition : data.conditions) {
    draw_name(svg, data, condition, y);
    const SummaryRow* row = find_summary(data, condition.name, metric);
    if (row == nullptr || !std::isfinite(row->mean)) {
      svg.text({frame.left() + 4, y + 4}, "–", {.colour = kGrey});
    } else {
      svg.begin_group(value_words(data, metric, *row));
      draw_estimate(svg, frame, *row, y, looks.at(condition.name));
      svg.end_group();
    }
    y += kEstimateLine;
  }
  return svg;
}

// Of the metric's first variant.
std::vector<double> prompt_values(const ReportData& data,
                                  std::string_view condition,
                                  const ReportMetric& metric) {
  std::vector<double> values;
  const PerPromptRow* first = nullptr;
  for (const PerPromptRow& row : data.per_prompt) {
    if (row.condition != condition || !is_about(row, metric)) continue;
    if (first == nullptr) first = &row;
    if (row.level == first->level && row.variant == first->variant &&
        std::isfinite(row.value)) {
      values.push_back(row.value);
    }
  }
  return values;
}

constexpr size_t kBins = 30;

std::vector<double> histogram(const std::vector<double>& values, Range range) {
  std::vector<double> counts(kBins, 0);
  for (double value : values) {
    const double bin =
        (value - range.low) / (range.high - range.low) * double{kBins};
    counts[std::min(static_cast<size_t>(std::max(bin, 0.0)), kBins - 1)] += 1;
  }
  return counts;
}

// Steps from the ground line up, `height` pixels for a share of `full`.
std::vector<Point> steps(const std::vector<double>& counts,
                         const Frame& frame,
                         double ground,
                         double pixels_per_count) {
  const double width = (frame.right() - frame.left()) / double{kBins};
  std::vector<Point> points = {{frame.left(), ground}};
  for (size_t i = 0; i < counts.size(); ++i) {
    const double left = frame.left() + static_cast<double>(i) * width;
    const double y = ground - counts[i] * pixels_per_count;
    points.push_back({left, y});
    points.push_back({left + width, y});
  }
  points.push_back({frame.right(), ground});
  return points;
}

void draw_distribution(Svg& svg,
                       const Frame& frame,
                       const std::vector<double>& values,
                       double ground,
                       double height,
                       const std::string& colour) {
  svg.line({frame.left(), ground}, {frame.right(), ground}, {.colour = kRule});
  if (values.empty()) return;
  const auto counts = histogram(values, {frame.x.low, frame.x.high});
  const double most = *std::max_element(counts.begin(), counts.end());
  const auto outline = steps(counts, frame, ground, height / most);
  svg.area(outline, colour, 0.35);
  svg.path(outline, {.colour = colour, .width = 1.2});
  double mean = 0;
  for (double value : values)
    mean += value / static_cast<double>(values.size());
  svg.line({frame.x(mean), ground + 4},
           {frame.x(mean), ground - height},
           {.colour = kInk, .width = 1.5});
}

Svg distributions_panel(const ReportData& data,
                        const ReportMetric& metric,
                        const Looks& looks) {
  std::vector<double> all;
  for (const ReportCondition& condition : data.conditions) {
    const auto values = prompt_values(data, condition.name, metric);
    all.insert(all.end(), values.begin(), values.end());
  }
  const Frame frame = rows_frame(data, padded_range(all), kDistributionLine);
  Svg svg = rows_panel(data, metric, frame);
  double ground = frame.top() + kDistributionLine - 5;
  for (const ReportCondition& condition : data.conditions) {
    draw_name(svg, data, condition, ground - 6);
    const auto values = prompt_values(data, condition.name, metric);
    svg.begin_group(condition.name + ": " + counted(values.size(), "prompt"));
    draw_distribution(svg,
                      frame,
                      values,
                      ground,
                      kDistributionLine - 9,
                      looks.at(condition.name).colour);
    svg.end_group();
    ground += kDistributionLine;
  }
  return svg;
}

bool has_prompt_values(const ReportData& data, const ReportMetric& metric) {
  return std::any_of(
      data.conditions.begin(),
      data.conditions.end(),
      [&](const ReportCondition& condition) {
        return !prompt_values(data, condition.name, metric).empty();
      });
}

}  // namespace

Figure diversity_figure(const ReportData& data) {
  Figure figure = {"diversity_by_condition",
                   "Diversity and quality by condition",
                   "Mean over prompts with its 95 % interval.",
                   {},
                   {}};
  if (!data.baseline.empty()) {
    figure.caption +=
        fmt::format(" Dashed line and band: {}, the baseline.", data.baseline);
  }
  const Looks looks = looks_of(data);
  for (const ReportMetric& metric : data.metrics) {
    if (shown_values(data, metric).empty()) continue;
    figure.panels.push_back(estimates_panel(data, metric, looks));
    figure.panel_labels.push_back(title_of(metric) + " by condition");
  }
  return figure;
}

Figure per_prompt_figure(const ReportData& data) {
  Figure figure = {
      "per_prompt",
      "Prompt by prompt",
      "How the prompts' values are distributed: a histogram a condition, each "
      "scaled to its highest bar; black line: mean over prompts.",
      {},
      {}};
  const Looks looks = looks_of(data);
  for (const std::string& name : data.diversity_axes) {
    const ReportMetric* metric = shown_metric(data, name);
    if (metric == nullptr || !has_prompt_values(data, *metric)) continue;
    figure.panels.push_back(distributions_panel(data, *metric, looks));
    figure.panel_labels.push_back(name + " prompt by prompt");
  }
  return figure;
}

std::vector<Figure> all_figures(const ReportData& data) {
  std::vector<Figure> figures = {
      diversity_figure(data), quality_figure(data), per_prompt_figure(data)};
  std::erase_if(figures,
                [](const Figure& figure) { return figure.panels.empty(); });
  return figures;
}

std::string figure_file(const Figure& figure) {
  const size_t in_row = std::min(figure.panels.size(), kPanelsInRow);
  const size_t n_rows = (figure.panels.size() + in_row - 1) / in_row;
  double height = 0;
  for (const Svg& panel : figure.panels) {
    height = std::max(height, panel.height());
  }
  const double width = figure.panels.front().width();
  Svg page(static_cast<double>(in_row) * (width + kGap) - kGap + 16,
           static_cast<double>(n_rows) * (height + kGap) - kGap + 16);
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    const size_t row = i / in_row;
    page.place(figure.panels[i],
               {8 + static_cast<double>(i % in_row) * (width + kGap),
                8 + static_cast<double>(row) * (height + kGap)});
  }
  return page.file(figure.title);
}

}  // namespace cdx
