#pragma once

#include "experiment/config.h"
#include "measure_extras.h"
#include "store/record.h"
#include "store/run_directory.h"

#include <map>
#include <string>
#include <vector>

namespace cdx {

struct MeasureArguments {
  int threads = 0;  // 0: all cores that this process may use
  // Beside what the experiment file asks; in the CSV files only.
  MeasureExtras extras = {};
};

// Computes metrics/*.csv of a run from its stories, as the experiment file of
// the run's last start asks.
void measure(const RunDirectory& directory, const MeasureArguments& arguments);

// The experiment of the run's last start.
struct LastStart {
  ExperimentConfig config;
  Segment segment;
};
LastStart last_start(const RunDirectory& directory);

// Throws UserError unless metrics/ is of that start: of its conditions, with
// its experiment file, and complete.
void check_measured(const RunDirectory& directory, const LastStart& last);

// Stories of one condition of the last start, prompt id → stories in the order
// of samples; for a condition that is not sampled, the texts of its source, as
// many at most as samples are drawn.
std::map<std::string, std::vector<GenerationRecord>> stories_of(
    const RunDirectory& directory,
    const LastStart& last,
    const Condition& condition,
    const std::vector<Prompt>& prompts);

}  // namespace cdx
