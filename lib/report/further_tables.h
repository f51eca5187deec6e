#pragma once

#include "report/data.h"
#include "report/table.h"

// The tables of what was asked for beside means and tests.
namespace cdx {

// One group a metric, one row a condition: its mean, and what the metric says
// of the same texts otherwise dealt (data.bounds); no row when there are none.
Table bounds_table(const ReportData& data);

// One group a metric, one row a condition, one column a stretch of the texts
// (data.by_position), the first ten of them; no row when there are none.
Table position_table(const ReportData& data);

}  // namespace cdx
