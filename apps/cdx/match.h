#pragma once

#include "experiment/config.h"
#include "jobs.h"
#include "store/run_directory.h"
#include "util/json.h"

#include <cstdint>
#include <optional>
#include <string>

namespace cdx {

// What a search for a temperature came to.
struct MatchResult {
  double temperature = 1;
  double target = 0;   // value of the target condition on the dev prompts
  double reached = 0;  // value of the condition at that temperature
  double tolerance = 0;
  int64_t evaluations = 0;
};
Json to_json(const MatchResult& result);

// The temperature at which the condition's own stories on the dev prompts reach
// the target's value (MatchOptions), found by bisection on a logarithmic scale;
// the value is taken to be monotone in it. Every value that was computed is
// kept in matches/ of the run, so that a search goes on where it was stopped.
// nullopt if asked to stop. Throws UserError if the target lies outside what
// the temperatures of the range reach, or the tolerance is not reached.
std::optional<MatchResult> match_temperature(const ExperimentConfig& config,
                                             const Condition& condition,
                                             const Jobs& jobs,
                                             const RunDirectory& directory,
                                             int64_t batch_size);

}  // namespace cdx
