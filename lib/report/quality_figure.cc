#include "report/figures.h"
#include "report/looks.h"
#include "report/panel.h"
#include "report/text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

// The diversity–quality figure.
namespace cdx {
namespace {

constexpr double kHeight = 330;
constexpr double kLabelSize = 12;

struct Rectangle {
  double left = 0, top = 0, right = 0, bottom = 0;
};

double overlap(const Rectangle& a, const Rectangle& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

Rectangle around(Point centre, double radius) {
  return {centre.x - radius,
          centre.y - radius,
          centre.x + radius,
          centre.y + radius};
}

// Puts each label where it covers least of what is there already.
class LabelPlacer {
 public:
  explicit LabelPlacer(const Rectangle& area) : area_(area) {}

  void avoid(const Rectangle& rectangle, double weight) {
    taken_.push_back({rectangle, weight});
  }

  void avoid_line(Point from, Point to) {
    const double length = std::hypot(to.x - from.x, to.y - from.y);
    const int n = std::max(1, static_cast<int>(length / 6));
    for (int i = 0; i <= n; ++i) {
      const double share = static_cast<double>(i) / n;
      avoid(around({from.x + share * (to.x - from.x),
                    from.y + share * (to.y - from.y)},
                   2),
            1);
    }
  }

  // The baseline's left end for a label of `width` pixels at `point`.
  Point place(Point point, double width) {
    const double beside = 9, half = width / 2;
    const std::array<Point, 10> offsets = {Point{beside, 4},
                                           {-beside - width, 4},
                                           {-half, -10},
                                           {-half, 19},
                                           {beside, -7},
                                           {beside, 16},
                                           {-beside - width, -7},
                                           {-beside - width, 16},
                                           {-half, -22},
                                           {-half, 31}};
    Rectangle best;
    double least = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < offsets.size(); ++i) {
      const double x = point.x + offsets[i].x, y = point.y + offsets[i].y;
      const Rectangle box = {x, y - 10, x + width, y + 3};
      // Earlier positions are the more usual ones.
      const double cost = cost_of(box) + static_cast<double>(i);
      if (cost < least) {
        least = cost;
        best = box;
      }
    }
    avoid(best, 4);
    return {best.left, best.bottom - 3};
  }

 private:
  struct Taken {
    Rectangle rectangle;
    double weight;
  };

  double cost_of(const Rectangle& box) const {
    const double size = (box.right - box.left) * (box.bottom - box.top);
    double cost = 10 * (size - overlap(box, area_));
    for (const Taken& taken : taken_) {
      cost += taken.weight * overlap(box, taken.rectangle);
    }
    return cost;
  }

  Rectangle area_;
  std::vector<Taken> taken_;
};

struct PlanePoint {
  const SummaryRow *quality = nullptr, *diversity = nullptr;
  std::string condition, label;
  Point at;
};

// "γ = 0.5" for members of a series, names for the others.
std::string label_of(const ReportData& data, const std::string& condition) {
  if (condition == data.baseline || condition == data.reference) {
    return condition;
  }
  for (const ReportSeries& series : data.series) {
    for (const auto& [name, value] : series.points) {
      if (name != condition) continue;
      const std::string label = fmt::format("{} = {}", series.parameter, value);
      return data.series.size() > 1 ? series.name + ", " + label : label;
    }
  }
  return condition;
}

std::vector<PlanePoint> points_of(const ReportData& data,
                                  const ReportMetric& quality,
                                  const ReportMetric& diversity) {
  std::vector<PlanePoint> points;
  for (const ReportCondition& condition : data.conditions) {
    PlanePoint point;
    point.quality = find_summary(data, condition.name, quality);
    point.diversity = find_summary(data, condition.name, diversity);
    if (point.quality == nullptr || !std::isfinite(point.quality->mean) ||
        point.diversity == nullptr || !std::isfinite(point.diversity->mean)) {
      continue;
    }
    point.condition = condition.name;
    point.label = fitted(label_of(data, condition.name), kLabelSize, 150);
    points.push_back(std::move(point));
  }
  return points;
}

Range range_of(const std::vector<PlanePoint>& points,
               const SummaryRow* PlanePoint::*side) {
  std::vector<double> values;
  for (const PlanePoint& point : points) {
    const SummaryRow& row = *(point.*side);
    values.insert(values.end(), {row.mean, row.ci_low, row.ci_high});
  }
  return padded_range(values);
}

Frame frame_of(const std::vector<PlanePoint>& points) {
  const Range x = range_of(points, &PlanePoint::quality);
  const Range y = range_of(points, &PlanePoint::diversity);
  Frame frame;
  frame.x = {x.low, x.high, 48, kPanelWidth - 10};
  frame.y = {y.low, y.high, kHeight - 44, 42};
  return frame;
}

void draw_axis_title(Svg& svg,
                     const ReportData& data,
                     const ReportMetric& quality,
                     const Frame& frame) {
  std::string title = quality.metric;
  if (!unit_of(quality).empty()) title += fmt::format(", {}", unit_of(quality));
  if (direction_of(data, quality) == Direction::kHigherIsBetterQuality) {
    title += " (better →)";
  }
  svg.text({(frame.left() + frame.right()) / 2, frame.bottom() + 34},
           title,
           {.colour = kInk, .anchor = Anchor::kMiddle});
}

// The cross of the two intervals of a point, thin and behind the markers.
void draw_intervals(Svg& svg,
                    const Frame& frame,
                    const PlanePoint& point,
                    const std::string& colour,
                    LabelPlacer& labels) {
  const Stroke stroke = {.colour = colour, .width = 1.2};
  const SummaryRow &x = *point.quality, &y = *point.diversity;
  if (std::isfinite(x.ci_low) && std::isfinite(x.ci_high)) {
    const Point from = {frame.x(x.ci_low), point.at.y};
    const Point to = {frame.x(x.ci_high), point.at.y};
    svg.line(from, to, stroke);
    labels.avoid_line(from, to);
  }
  if (std::isfinite(y.ci_low) && std::isfinite(y.ci_high)) {
    const Point from = {point.at.x, frame.y(y.ci_low)};
    const Point to = {point.at.x, frame.y(y.ci_high)};
    svg.line(from, to, stroke);
    labels.avoid_line(from, to);
  }
}

void draw_series(Svg& svg,
                 const ReportSeries& series,
                 const std::vector<PlanePoint>& points,
                 LabelPlacer& labels) {
  std::vector<Point> line;
  for (const auto& [condition, value] : series.points) {
    for (const PlanePoint& point : points) {
      if (point.condition == condition) line.push_back(point.at);
    }
  }
  if (line.size() < 2) return;
  svg.path(line, {.colour = "#8FA9BC", .width = 1.6});
  for (size_t i = 1; i < line.size(); ++i) {
    labels.avoid_line(line[i - 1], line[i]);
  }
}

Svg plane_panel(const ReportData& data,
                const ReportMetric& quality,
                const ReportMetric& diversity,
                std::vector<PlanePoint> points) {
  const auto looks = looks_of(data);
  const Frame frame = frame_of(points);
  for (PlanePoint& point : points) {
    point.at = {frame.x(point.quality->mean), frame.y(point.diversity->mean)};
  }
  Svg svg(kPanelWidth, kHeight);
  draw_heading(svg, data, diversity);
  draw_x_axis(svg, frame);
  draw_y_axis(svg, frame);
  draw_axis_title(svg, data, quality, frame);
  LabelPlacer labels(
      {frame.left(), frame.top(), frame.right(), frame.bottom()});
  for (const ReportSeries& series : data.series) {
    draw_series(svg, series, points, labels);
  }
  for (const PlanePoint& point : points) {
    const Look& look = looks.at(point.condition);
    draw_intervals(svg, frame, point, look.colour, labels);
    labels.avoid(around(point.at, 7), 4);
  }
  for (const PlanePoint& point : points) {
    const Look& look = looks.at(point.condition);
    svg.begin_group(value_words(data, quality, *point.quality) + "\n" +
                    value_words(data, diversity, *point.diversity));
    svg.marker(look.marker, point.at, 5.5, look.colour);
    svg.end_group();
  }
  for (const PlanePoint& point : points) {
    const Point at =
        labels.place(point.at, text_width(point.label, kLabelSize));
    svg.text(at,
             point.label,
             {.size = kLabelSize, .bold = point.condition == data.baseline});
  }
  return svg;
}

}  // namespace

Figure quality_figure(const ReportData& data) {
  Figure figure = {"diversity_quality",
                   "Diversity against quality",
                   "Each condition with the 95 % intervals of both means.",
                   {},
                   {}};
  for (const ReportSeries& series : data.series) {
    figure.caption +=
        fmt::format(" A line joins the conditions of {} in order of {}.",
                    series.name,
                    series.parameter);
  }
  const ReportMetric* quality = shown_metric(data, data.quality);
  if (quality == nullptr) return figure;
  for (const std::string& name : data.diversity_axes) {
    const ReportMetric* diversity = shown_metric(data, name);
    if (diversity == nullptr) continue;
    auto points = points_of(data, *quality, *diversity);
    if (points.empty()) continue;
    figure.panels.push_back(
        plane_panel(data, *quality, *diversity, std::move(points)));
    figure.panel_labels.push_back(name + " against " + data.quality);
  }
  return figure;
}

}  // namespace cdx
