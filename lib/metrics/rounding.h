#pragma once

namespace cdx {

// Python's round(value, digits): the exact binary value, correctly rounded to
// `digits` decimals, ties to even. What reference packages return; compat
// variants of metrics need it. NaN stays NaN.
double round_decimals(double value, int digits);

}  // namespace cdx
