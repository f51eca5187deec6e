#pragma once

#include <vector>

// The distribution of a control variable, such as the lengths of texts.
namespace cdx {

struct LengthDistribution {
  double mean = 0;
  double standard_deviation = 0;  // n − 1 in the denominator; NaN for one value
  double minimum = 0;
  double quantile_05 = 0, quantile_25 = 0, median = 0, quantile_75 = 0,
         quantile_95 = 0;
  double maximum = 0;
};

// In the unit of the values. UserError when there is none, or one is not
// finite. O(n log n).
LengthDistribution describe(std::vector<double> values);

// Quantile of type 7 (Hyndman & Fan 1996; R's and numpy's default) of ascending
// values: linear between the values at floor and ceiling of (n − 1) · level.
// UserError when there is no value or level is outside 0 … 1.
double quantile_of_sorted(const std::vector<double>& sorted, double level);

}  // namespace cdx
