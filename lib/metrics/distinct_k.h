#pragma once

#include "metrics/vectors.h"

#include <cstdint>
#include <utility>
#include <vector>

// distinct_k: how many different things k texts say, as the number of classes
// of a greedy partition (the rule of NoveltyBench, Zhang et al. 2025, with the
// cosine of embeddings instead of its classifier). 1 … k, higher = more
// diverse; compare only sets of equal k and one encoder. It depends on the
// order of the texts.
namespace cdx {

// Class of each text: in order, a text joins the first class whose first member
// it has a cosine above `threshold` with, or else opens the next one. O(k ·
// classes · D). UserError when there is no row, a row is zero or not finite, or
// the threshold is not within −1 … 1.
std::vector<int32_t> greedy_classes(const Embeddings& embeddings,
                                    double threshold);

// The number of these classes.
int64_t distinct_k(const Embeddings& embeddings, double threshold);

inline const std::vector<double> kDistinctThresholds = {
    .5, .6, .7, .8, .9, .95};

// (threshold, distinct_k) for each threshold.
std::vector<std::pair<double, int64_t>> distinct_k_curve(
    const Embeddings& embeddings,
    const std::vector<double>& thresholds = kDistinctThresholds);

}  // namespace cdx
