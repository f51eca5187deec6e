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

// Cliff's (1993) δ = (#{b > a} − #{b < a})/(|a|·|b|) over all pairs of a value
// of a with one of b: −1 … 1, positive when b's are mostly the larger. It
// ignores which values belong to one prompt; for paired data rank_biserial() is
// the effect size. NaN when a side is empty. O((|a| + |b|) log(|a| + |b|)). The
// values must not be NaN.
double cliffs_delta(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace cdx
