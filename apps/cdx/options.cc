#include "options.h"

#include "metrics/metric.h"
#include "metrics/text_numbers.h"

namespace cdx {

void add_experiment_arguments(CLI::App& command,
                              ExperimentArguments& arguments) {
  command.add_option("config", arguments.config, "experiment file (YAML)")
      ->required();
  command
      .add_option("--set",
                  arguments.overrides,
                  "override a key: --set generation.samples_per_prompt=50")
      ->take_all()
      ->expected(1);
  command
      .add_option("--threads",
                  arguments.threads,
                  "threads of the CPU (default: all cores granted)")
      ->check(CLI::Range(1, 1024));
}

ExperimentConfig load(const ExperimentArguments& arguments) {
  ExperimentConfig config =
      load_experiment(arguments.config, arguments.overrides, metric_names());
  const MeasureOptions& measure = config.measure;
  // Names of scores are not known before their file is read.
  if (measure.quality_gate && measure.scores.empty()) {
    check_numbers_texts(measure.quality_gate->metric);
  }
  return config;
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const MetricDescriptor& metric : metric_table()) {
    names.emplace_back(metric.name);
  }
  return names;
}

}  // namespace cdx
