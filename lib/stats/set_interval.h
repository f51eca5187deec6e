#pragma once

#include "stats/bootstrap.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace cdx {

// A number of a whole set, computed from the texts of some prompts: indices of
// prompts in 0 … n−1; one that comes twice counts twice. NaN where undefined.
using PromptStatistic = std::function<double(const std::vector<size_t>&)>;

struct SetInterval {
  double estimate = 0;      // the statistic of all prompts
  Interval ci;              // NaN below two prompts or when the estimate is NaN
  int64_t n_undefined = 0;  // resamples or subsets with a NaN, left out
};

// Cluster bootstrap: prompts are drawn with all their texts, the statistic is
// computed anew on each resample. A prompt drawn twice duplicates its texts,
// which biases a metric of diversity downward; for these use
// jackknife_interval(). B + 1 evaluations, kBca n more. Throws UserError on
// impossible options and on kStudentised, which is of means (kBySize means
// kBca).
SetInterval bootstrap_statistic(size_t n,
                                const PromptStatistic& statistic,
                                const BootstrapOptions& options = {});

struct JackknifeOptions {
  int64_t deleted = 1;       // d prompts left out at a time, 1 … n−1
  int64_t subsets = 999;     // S drawn, where d > 1; for d = 1 all n are taken
  double confidence = 0.95;  // level of the interval, 0 … 1
  uint64_t seed = 20250728;  // of the drawing; same seed, same interval
};

// Delete-d jackknife over prompts (Shao & Wu 1989): no text is ever there
// twice. Variance (n − d)/(d·S) Σ (θ_s − mean)², interval estimate ±
// t·√variance with n − 1 degrees of freedom. Its centre among the subsets is
// their own mean: a bias that depends on the number of texts (MAUVE, Vendi)
// moves the estimate, not the width. d = 1 for smooth statistics, d of about
// n/2 for those that jump (counts of clusters, nearest neighbours). S + 1
// evaluations. Throws UserError on impossible options.
SetInterval jackknife_interval(size_t n,
                               const PromptStatistic& statistic,
                               const JackknifeOptions& options = {});

}  // namespace cdx
