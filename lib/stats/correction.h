#pragma once

#include <vector>

namespace cdx {

// p values of one family adjusted for their number, in the given order. NaNs
// (tests that could not be made) stay NaN and do not count.

// Holm (1979), controls the family-wise error: running maximum over ascending p
// of (m − k)·p_(k), k = 0 …, at most 1.
std::vector<double> holm(const std::vector<double>& p);

// Benjamini & Hochberg (1995), controls the false discovery rate: running
// minimum from the largest p down of m·p_(k)/k, k = 1 …, at most 1.
std::vector<double> benjamini_hochberg(const std::vector<double>& p);

// Holm over the family that was declared primary before the data were seen,
// Benjamini & Hochberg over the rest; each counts its own. Throws UserError
// when the two lists are not of one length.
std::vector<double> holm_and_benjamini_hochberg(
    const std::vector<double>& p, const std::vector<bool>& primary);

}  // namespace cdx
