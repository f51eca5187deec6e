#pragma once

#include "stats/bootstrap.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cdx {

// One value of one metric for each prompt of a condition.
using PromptValues = std::map<std::string, double>;

// A paired comparison of two conditions over their common prompts. Everything
// is "b minus a": what changes when one goes from a to b.
struct Comparison {
  int64_t n = 0;          // pairs
  int64_t n_dropped = 0;  // prompts that only one side has, or NaN on a side
  double mean_a = 0, mean_b = 0;  // over the pairs; NaN when n = 0
  double delta = 0;               // mean_b − mean_a
  // Bootstrap interval of delta, prompts resampled; see bootstrap_mean().
  Interval ci;
  double effect_size = 0;   // −1 … 1, positive when b is mostly the larger
  std::string effect_name;  // rank_biserial
  std::string test;         // wilcoxon_exact …, see test_name; none
  double p = 0;             // two-sided, see wilcoxon()
  double d_z = 0;           // see cohens_dz()
  double cliffs_delta = 0;  // ignores the pairing, see cliffs_delta()
  double p_sign_flip = 0;   // of the mean, two-sided, see sign_flip()
  // Empty, or one clause on what the reader must know: "4 pairs cannot give a p
  // below 0.125".
  std::string note;
  std::vector<double> differences;  // b − a, one a pair
};

Comparison compare(const PromptValues& a,
                   const PromptValues& b,
                   const BootstrapOptions& options = {});

}  // namespace cdx
