#pragma once

#include "experiment/config.h"
#include "measure_extras.h"
#include "store/text_files.h"

#include <filesystem>
#include <string>
#include <vector>

// What the command line of `cdx measure --input` asks for. All throw UserError
// naming the option.
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

// Those named, or by default those of an experiment file that the texts have.
std::vector<std::string> metrics_of(const MeasureFilesArguments& arguments,
                                    const TextFiles& files);
std::vector<ExtractRule> extract_rules(const std::vector<std::string>& names);
// `names`: the conditions that there are, in their order.
ReportOptions report_options(const MeasureFilesArguments& arguments,
                             const std::vector<std::string>& names);

// "" or one of the conditions.
void check_condition(const char* option,
                     const std::string& name,
                     const std::vector<std::string>& names);
// What is declared must be measured.
void check_tested(const ExperimentConfig& config);

// The command that measures the same again, fields that were found named.
std::string command_of(const MeasureFilesArguments& arguments,
                       const TextFiles& files);

}  // namespace cdx
