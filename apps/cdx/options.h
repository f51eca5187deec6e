#pragma once

#include "experiment/config.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace cdx {

// Arguments of the commands that read an experiment file.
struct ExperimentArguments {
  std::string config;
  std::vector<std::string> overrides;
  int threads = 0;
};

void add_experiment_arguments(CLI::App& command,
                              ExperimentArguments& arguments);

// Reads the experiment file with its overrides.
ExperimentConfig load(const ExperimentArguments& arguments);

// Names of all metrics, for the experiment file's checks.
std::vector<std::string> metric_names();

}  // namespace cdx
