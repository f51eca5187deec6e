#pragma once

#include "experiment/config.h"
#include "measure_extras.h"
#include "store/text_files.h"

#include <filesystem>
#include <string>
#include <vector>

namespace cdx {

struct MeasureFilesArguments {
  TextFileOptions files;
  std::filesystem::path out;
  std::vector<std::string> metrics;  // none: those of an experiment file
  std::vector<std::string> extract;  // rules, or "all"
  std::string encoder = MeasureOptions().encoder;
  std::string reference;  // what mauve, knn_recall, … hold the others against
  // Made elsewhere: embeddings in place of the encoder's, a partition of the
  // texts into classes; empty: none.
  std::filesystem::path embeddings, classes;
  std::string baseline;  // "": the first condition
  std::vector<std::string>
      compare;                      // "A:B"; none: the baseline with each other
  std::vector<std::string> stages;  // conditions in order; none: no steps
  std::vector<std::string> primary;  // metrics; none: see ReportOptions
  std::vector<std::string> margins;  // "METRIC=VALUE"
  MeasureExtras extras = {};
  int threads = 0;
};

// Metrics, tests and report of texts that cdx did not generate: OUT/metrics,
// OUT/report. For each prompt every condition has as many texts as the one that
// has fewest, the first ones.
void measure_files(const MeasureFilesArguments& arguments);

}  // namespace cdx
