#pragma once

#include "stats/bootstrap.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

struct EquivalenceOptions {
  // The largest mean difference that counts as none, in the metric's unit, > 0.
  // To be declared before the data are seen.
  double margin = 0;
  double alpha = 0.05;  // of each one-sided test, 0 … 0.5
};

// What may be said of "maintained".
enum class Reading {
  kUndefined,     // fewer than two differences, or all of them equal
  kMaintained,    // shown: the mean difference is within the margin
  kChanged,       // shown: it is beyond the margin
  kInconclusive,  // neither; the absence of a difference is not shown
};

// "undefined", "maintained", "changed", "inconclusive".
std::string to_string(Reading reading);

struct EquivalenceResult {
  int64_t n = 0;
  double mean = 0;  // of the differences; NaN when n = 0
  // 1 − 2·alpha interval of the mean from Student's distribution; the reading
  // is whether it lies within, beyond or across the margin.
  Interval ci;
  // One-sided; the reading is kMaintained if and only if p < alpha.
  double p = 0;
  Reading reading = Reading::kUndefined;
};

// Two one-sided paired t tests (Schuirmann 1987): p is the larger one of the
// tests of mean ≤ −margin and mean ≥ margin, as by statsmodels' ttost_paired.
// Everything but n, mean and the reading is NaN where that is kUndefined.
// Throws UserError when the margin is not positive, alpha is not in 0 … 0.5 or
// a difference is not finite.
EquivalenceResult equivalence(const std::vector<double>& differences,
                              const EquivalenceOptions& options);

// One-sided paired t test of mean ≤ −margin: "b is not worse than a by the
// margin or more", for differences b − a of a quality of which more is better.
// kMaintained: shown to be above −margin (which includes better), kChanged:
// shown to be below it. Throws as equivalence().
EquivalenceResult non_inferiority(const std::vector<double>& differences,
                                  const EquivalenceOptions& options);

}  // namespace cdx
