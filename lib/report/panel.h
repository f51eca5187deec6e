#pragma once

#include "report/data.h"
#include "report/svg.h"

#include <string>
#include <vector>

// What the panels of all figures have in common.
namespace cdx {

inline constexpr double kPanelWidth = 352;
inline const std::string kInk = "#222222";
inline const std::string kGrey = "#666666";
inline const std::string kRule = "#DDDDDD";

// The plotting area within a panel, and the values at its edges.
struct Frame {
  Scale x, y;
  double left() const { return x.from_pixel; }
  double right() const { return x.to_pixel; }
  double top() const { return y.to_pixel; }
  double bottom() const { return y.from_pixel; }
};

// Two lines at the top of a panel: the metric, and what it means in grey.
void draw_heading(Svg& svg, const ReportData& data, const ReportMetric& metric);
// Ticks with numbers and light rules across the frame.
void draw_x_axis(Svg& svg, const Frame& frame);
void draw_y_axis(Svg& svg, const Frame& frame);

// The finite values of means and intervals widened by 6 % on both sides; 0 … 1
// when there is none.
struct Range {
  double low = 0, high = 1;
};
Range padded_range(std::vector<double> values);

// As many letters as fit into `width` pixels, with "…" when some do not.
std::string fitted(const std::string& text, double size, double width);

// Pixels kept for the names of the conditions.
double name_width(const ReportData& data);

// "dpo: 1.19 [1.12, 1.26] bits"
std::string value_words(const ReportData& data,
                        const ReportMetric& metric,
                        const SummaryRow& row);

}  // namespace cdx
