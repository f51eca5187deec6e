#pragma once

#include "experiment/config.h"
#include "report/data.h"
#include "store/run_directory.h"

#include <filesystem>
#include <string>
#include <vector>

namespace cdx {

// What a report shows of these metrics, the headline ones first.
std::vector<ReportMetric> report_metrics(
    const std::vector<std::string>& metrics);
// With measure.corpus, the numbers of all texts together behind them.
void add_corpus_metrics(const MeasureOptions& measure,
                        std::vector<ReportMetric>& shown);
// What the numbers of these metrics depend on beside the texts: the sentence
// encoder, the libraries that compress.
void add_tools(const MeasureOptions& measure, ReportData& data);
// Reads summary, comparisons, trends and per_prompt.csv of a folder.
void read_metric_files(const std::filesystem::path& folder, ReportData& data);
// Writes the page into `folder`, prints its headline tables and its path.
void write_and_print(const ReportData& data,
                     const std::filesystem::path& folder);

// Writes report/ of a measured run and prints its tables and the page's path.
void report(const RunDirectory& directory);

}  // namespace cdx
