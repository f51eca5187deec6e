#pragma once

#include "metrics/vectors.h"

namespace cdx {

// The rows, centred, in coordinates of their first principal components (no
// whitening): the fewest that hold at least `variance_kept` (0 … 1) of the
// variance, at least one; one when all rows are equal. [n, kept], float32 as
// MAUVE and Le Bronnec et al. 2024 hand them on. Which sign a component has is
// arbitrary. O(n D min(n, D) + min(n, D)³). UserError when there is no row or
// `variance_kept` is out of range.
Embeddings principal_components(Rows rows, double variance_kept);

}  // namespace cdx
