#pragma once

#include "metrics/ngrams.h"

#include <vector>

#include <Eigen/Core>

// Vendi score (order 1) of texts by their wording: similarity of two texts =
// mean over the orders n of the cosine of their n-gram counts (Friedman & Dieng
// 2023, `ngram_vendi_score`). Higher = more diverse; grows with the number of
// texts. O(Σ over n-grams of (texts that have it)² + texts³). UserError when
// there is no text, no order or an order below 1.
namespace cdx {

// The default of the reference.
inline const std::vector<int> kVendiOrders = {1, 2, 3, 4};

// K [texts, texts], similarities scaled so that each text's with itself is 1,
// which a text shorter than an order has otherwise not. 1 … texts. NaN when a
// text has no n-gram of any order (an empty text).
double ngram_vendi(const TokenIds& tokens,
                   const std::vector<int>& orders = kVendiOrders);

// As vendi-score 0.0.3 has it: a text without n-grams of an order has
// similarity 0 for that order even with itself, so that the eigenvalues sum to
// less than 1 and the score is no effective number; the clean one otherwise.
// NaN when no text has an n-gram of an order.
double ngram_vendi_compat(const TokenIds& tokens,
                          const std::vector<int>& orders = kVendiOrders);

// That unscaled mean of cosines, [texts, texts].
Eigen::MatrixXd ngram_cosines(const TokenIds& tokens,
                              const std::vector<int>& orders);

}  // namespace cdx
