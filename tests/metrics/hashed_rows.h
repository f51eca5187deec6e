#pragma once

#include "metrics/vectors.h"
#include "util/json.h"

#include <cstdint>
#include <string>

namespace cdx::test {

// Golden numbers of scripts/oracle/vectors.py (versions in "made_by").
inline const Json& vectors_golden() {
  static const Json golden = parse_json_file("tests/data/metrics/vectors.json");
  return golden;
}

inline int64_t hashed_value(uint32_t index, uint32_t salt) {
  uint32_t x = index + salt * 1000003U;
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return int64_t{(x & 255) + (x >> 8 & 255) + (x >> 16 & 255) + (x >> 24)} -
         510;
}

// hashed() of the oracle script: nearly normal, exact in float.
inline Embeddings hashed_rows(const Json& spec) {
  const auto option = [&](const char* key, int64_t otherwise) {
    return spec.contains(key) ? spec.at(key).get<int64_t>() : otherwise;
  };
  const auto columns = spec.at("columns").get<Eigen::Index>();
  const auto salt = spec.at("salt").get<uint32_t>();
  const int64_t divide = option("divide", 1), clusters = option("clusters", 0);
  Embeddings rows(spec.at("n").get<Eigen::Index>(), columns);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) {
      int64_t x = hashed_value(static_cast<uint32_t>(i * columns + j), salt);
      x = (x - ((x % divide) + divide) % divide) / divide;  // rounds down
      x *= option("noise", 1);
      if (clusters > 0) {
        const auto at = static_cast<uint32_t>(i % clusters * columns + j);
        const auto centre = static_cast<uint32_t>(option("centre_salt", 0));
        x += option("spread", 0) * hashed_value(at, centre);
      }
      rows(i, j) = static_cast<float>(x + option("shift", 0)) / 128;
    }
  }
  return rows;
}

}  // namespace cdx::test
