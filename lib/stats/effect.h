#pragma once

#include <vector>

namespace cdx {

// Matched-pairs rank-biserial correlation (r₊ − r₋)/(r₊ + r₋) of paired
// differences, zeros dropped (Kerby 2014): −1 … 1, positive when the
// differences are mostly positive. 0 when every difference is zero, NaN when
// there is none.
double rank_biserial(const std::vector<double>& differences);

// Standardised mean difference of pairs d_z = mean / standard deviation (n − 1)
// of the differences (Lakens 2013). NaN below two differences or when they are
// all equal.
double cohens_dz(const std::vector<double>& differences);

}  // namespace cdx
