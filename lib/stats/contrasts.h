#pragma once

#include "stats/bootstrap.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

// Which of several steps is the largest.
enum class LargestStep {
  kRise,       // the one that raises the value most
  kFall,       // the one that lowers it most
  kMagnitude,  // the one that moves it most
};

struct ContrastOptions {
  LargestStep largest = LargestStep::kMagnitude;
  BootstrapOptions bootstrap;
};

// From one stage to the next, the mean over prompts.
struct Step {
  double mean = 0;  // of value after − value before
  Interval ci;      // bootstrap_mean()
  // Share of the resamples in which this step is the largest, equal ones
  // sharing; the steps' shares sum to 1. A bootstrap probability: 0.95 and more
  // says that the ranking would hold with other prompts.
  double largest_share = 0;
};

// Step `second` minus step `first`.
struct StepContrast {
  size_t first = 0, second = 0;
  double mean = 0;
  Interval ci;       // bootstrap_mean() of the prompts' differences
  double p = 0;      // sign_flip() of the prompts' differences, two-sided
  std::string test;  // its name
};

struct ContrastResult {
  int64_t n = 0;                        // prompts that entered
  int64_t n_dropped = 0;                // prompts with a NaN
  std::vector<Step> steps;              // one fewer than stages
  std::vector<StepContrast> contrasts;  // of each pair, first < second
};

// Contrasts of consecutive steps of a training pipeline (base, SFT, DPO, …).
// rows[i][k]: value of prompt i after stage k. Prompts are resampled with all
// their stages, so that shares respect what the stages of a prompt have in
// common. O(B·n·steps). Below 2 prompts everything but the
// counts is NaN. Throws UserError without a row, below 3 stages, on rows of
// another length, infinite values and impossible options.
ContrastResult step_contrasts(const std::vector<std::vector<double>>& rows,
                              const ContrastOptions& options = {});

}  // namespace cdx
