#pragma once

#include "report/data.h"
#include "report/svg.h"

#include <string>
#include <vector>

namespace cdx {

// Small panels of one kind; the page lets them flow, a file sets them in a
// grid.
struct Figure {
  std::string name;     // file name without its ending
  std::string title;    // "Diversity by condition"
  std::string caption;  // how to read it
  std::vector<Svg> panels;
  std::vector<std::string> panel_labels;  // as read by screen readers
};

// A panel a metric, a line a condition: mean and 95 % interval, the baseline's
// drawn through as a dashed line and a band.
Figure diversity_figure(const ReportData& data);

// A panel a metric of data.diversity_axes: quality to the right, the metric
// upwards, each condition a point with both intervals, series joined in order.
// No panel without a quality metric.
Figure quality_figure(const ReportData& data);

// A panel a metric of data.diversity_axes: for each condition the distribution
// of the prompts' values as a histogram.
Figure per_prompt_figure(const ReportData& data);

// Those of the three that have a panel.
std::vector<Figure> all_figures(const ReportData& data);

// One SVG file of all panels, at most three in a row.
std::string figure_file(const Figure& figure);

}  // namespace cdx
