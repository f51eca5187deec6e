#pragma once

#include "metrics/golden.h"
#include "metrics/ngrams.h"

#include <cmath>
#include <string>
#include <vector>

namespace cdx::test {

// Golden numbers of scripts/oracle/counts.py (versions in "made_by").
inline const Json& counts_golden() {
  static const Json golden = parse_json_file("tests/data/metrics/counts.json");
  return golden;
}

// `golden` within 1e-9 of itself; null is NaN.
inline bool agrees(double value, const Json& golden) {
  if (golden.is_null()) return std::isnan(value);
  const auto expected = golden.get<double>();
  return value == expected || value == close_to(expected);
}

// The ids of the words of one text.
inline std::vector<int32_t> words(const std::string& text) {
  return white_space_tokens({text}).texts[0];
}

inline std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace cdx::test
