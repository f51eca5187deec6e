#pragma once

#include "util/json.h"

#include <doctest/doctest.h>

namespace cdx::test {

// Golden numbers of scipy, statsmodels and numpy (versions in "made_by").
inline const Json& statistics_golden() {
  static const Json golden =
      parse_json_file("tests/data/stats/statistics.json");
  return golden;
}

// Relative 1e-9; absolute 1e-14 for p values that scipy itself computes as
// 1 − (nearly 1).
inline doctest::Approx close_to(const Json& golden) {
  return doctest::Approx(golden.get<double>()).epsilon(1e-9).scale(1e-5);
}

}  // namespace cdx::test
