#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cdx {

// One number of two sets of texts, given by their indices: metric(b) −
// metric(a) for a metric that gives one number a condition. Its sign is the
// direction of the test. NaN where undefined.
using TwoSetStatistic = std::function<double(const std::vector<size_t>& a,
                                             const std::vector<size_t>& b)>;

// The texts of two conditions, text i being of prompts[i] and, if in_b[i], of
// condition b.
struct LabelledTexts {
  std::vector<size_t> prompts;
  std::vector<bool> in_b;
};

struct PermutationOptions {
  int64_t permutations = 999;  // B, drawn where there are more than these
  uint64_t seed = 20250728;    // of the drawing; same seed, same p
};

struct PermutationResult {
  double statistic = 0;  // observed
  // Shares of the arrangements with a statistic as large (p_greater) or as
  // small (p_less) as the observed one, and twice the smaller, at most 1 (p).
  // All of them in the exact test; else (c + 1)/(B + 1). NaN when the observed
  // one is.
  double p = 0, p_greater = 0, p_less = 0;
  std::string test;          // permutation_exact, permutation_monte_carlo; none
  int64_t arrangements = 0;  // that were evaluated, with the observed one
  int64_t n_undefined = 0;   // NaNs among these, counted as extreme as can be
};

// Permutation test of the labels within prompts: under the null hypothesis the
// texts of a prompt could come from either condition, whatever the prompt. Each
// prompt keeps its numbers of texts in a and b. Exact when there are at most B
// arrangements. Statistics closer than 100 machine epsilons count as equal, as
// in scipy.stats.permutation_test. Throws UserError when the lists differ in
// length or a condition has no text.
PermutationResult permutation_test(const LabelledTexts& texts,
                                   const TwoSetStatistic& statistic,
                                   const PermutationOptions& options = {});

}  // namespace cdx
