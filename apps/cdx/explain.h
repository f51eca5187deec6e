#pragma once

#include "experiment/config.h"

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

namespace cdx {

struct ExplainArguments {
  std::string step;       // PROMPT/SAMPLE/STEP; empty: nothing is explained
  std::string condition;  // may be left out if there is one mixture
  int64_t tokens = 12;    // rows of the table
};

void add_explain_arguments(CLI::App& command, ExplainArguments& arguments);

// Prints one decoding step as a table: each model's distribution, its
// truncation set, the mixture, the draw. The story is told anew up to there,
// bit for bit as in a run with the same batch size. Throws UserError naming
// what there is for a prompt, condition or step that is not there.
void explain(const ExperimentConfig& config,
             const ExplainArguments& arguments,
             int threads);

}  // namespace cdx
