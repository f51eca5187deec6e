#pragma once

#include <vector>

namespace cdx {

// Pearson's correlation of the pairs of which both are defined (not NaN). NaN
// below three such pairs, or where one side is constant.
double pearson(const std::vector<double>& a, const std::vector<double>& b);

// Reliability of the whole from the correlation r of its halves (Spearman 1910;
// Brown 1910): 2r/(1 + r); below 0 2r/(1 + |r|), which stays within −1 … 1 (as
// R's splithalf). NaN of NaN.
double spearman_brown(double r);

}  // namespace cdx
