#pragma once

#include "report/data.h"
#include "report/table.h"

// The tables of a report, built from its values.
namespace cdx {

// The most prompts and texts that any metric of a condition has.
struct SampleSizes {
  int64_t prompts = 0, texts = 0;
};
SampleSizes sample_sizes(const ReportData& data, std::string_view condition);
// "40 prompts × 10 stories", or ranges where conditions differ.
std::string sample_words(const ReportData& data);

// One row a condition, one column a metric: mean and 95 % interval.
Table result_table(const ReportData& data);

// One group a pair of conditions, one row a metric. Only the report's metrics
// and conditions; the primary family in one table, the rest in the other.
Table comparison_table(const ReportData& data);
Table exploratory_table(const ReportData& data);

// One row a metric and series; no row when no trend was tested.
Table trend_table(const ReportData& data);

// One group a training pipeline and metric: its steps, then the differences of
// steps; no row when none was asked for.
Table step_table(const ReportData& data);

// One group a comparison across families or training seeds, one row a metric.
Table across_table(const ReportData& data);

// All but the exploratory one as terminal text within `width` columns, each
// under its caption and above its notes.
std::string terminal_tables(const ReportData& data, size_t width = 100);

}  // namespace cdx
