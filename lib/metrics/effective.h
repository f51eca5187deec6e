#pragma once

#include "metrics/vectors.h"

#include <cstdint>
#include <utility>
#include <vector>

// Diversity of the texts that pass a quality gate, the others counted as lost:
// noise is far from everything, but it is no story and adds nothing here.
// `passing` has one entry a row of the embeddings [k, D]. By definition; higher
// = more diverse; never above the same metric of k good texts. UserError when
// there is no row, another number of entries, or a row that passes is zero or
// not finite.
namespace cdx {

// Sum of 1 − cos over unordered pairs of passing rows / all k(k − 1)/2 pairs: a
// pair of which one fails has distance 0. 0 … 2; NaN for one row.
double effective_mean_pairwise_distance(const Embeddings& embeddings,
                                        const std::vector<bool>& passing);

// Vendi score (order 1) of the passing rows; 0 if none passes, 1 if one does.
double effective_vendi_score(const Embeddings& embeddings,
                             const std::vector<bool>& passing);

// (threshold, distinct_k of the passing rows), 0 classes if none passes; the
// thresholds are kDistinctThresholds.
std::vector<std::pair<double, int64_t>> effective_distinct_k_curve(
    const Embeddings& embeddings, const std::vector<bool>& passing);

}  // namespace cdx
