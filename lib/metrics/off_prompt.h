#pragma once

#include "metrics/vectors.h"

#include <vector>

namespace cdx {

// 1 for each text (row of `texts`) that is nearer by cosine to another prompt
// (row of `prompts`, of length 1: see unit_rows()) than to its own, row `own`;
// else 0, at a tie too. UserError when there is no text, one is zero or not
// finite, columns differ, or `own` is no row. O(n P D).
std::vector<double> off_prompt(const Embeddings& texts,
                               const Rows& prompts,
                               Eigen::Index own);

}  // namespace cdx
