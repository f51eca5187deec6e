#pragma once

#include "metrics/semantic.h"
#include "util/json.h"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx::test {

// Golden numbers of scripts/oracle/metrics.py (versions in "made_by").
inline const Json& lexical_golden() {
  static const Json golden = parse_json_file("tests/data/metrics/lexical.json");
  return golden;
}
inline const Json& semantic_golden() {
  static const Json golden =
      parse_json_file("tests/data/metrics/semantic.json");
  return golden;
}

inline doctest::Approx close_to(double golden) {
  return doctest::Approx(golden).epsilon(1e-9).scale(0);
}

inline Embeddings to_rows(const Json& json) {
  Embeddings rows(static_cast<Eigen::Index>(json.size()),
                  static_cast<Eigen::Index>(json.at(0).size()));
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    for (Eigen::Index j = 0; j < rows.cols(); ++j) {
      rows(i, j) =
          json[static_cast<size_t>(i)][static_cast<size_t>(j)].get<float>();
    }
  }
  return rows;
}

// The texts of specs/metrics.md §0.3.
inline const std::vector<std::string> kTextsA = {
    "The quick brown fox jumps over the lazy dog.",
    "The quick brown fox jumps over the lazy dog again.",
    "Suddenly, the quick brown fox leaps swiftly over the sleeping dog."};
inline const std::vector<std::string> kTextsB = {"the cat sat on the mat",
                                                 "the cat lay on the rug",
                                                 "a dog sat on the mat",
                                                 "birds fly south in winter"};
inline const std::vector<std::string> kTextsC(3, "a b c d e");

inline std::vector<std::string> repeat(const std::vector<std::string>& texts,
                                       int times) {
  std::vector<std::string> all;
  for (int i = 0; i < times; ++i) {
    all.insert(all.end(), texts.begin(), texts.end());
  }
  return all;
}

// Texts of 0 … 30 words out of a few, so that n-grams recur.
inline std::vector<std::string> random_texts(unsigned seed) {
  std::mt19937 random(seed);
  std::vector<std::string> texts(1 + random() % 8);
  for (std::string& text : texts) {
    for (unsigned left = random() % 31; left > 0; --left) {
      text += std::to_string(random() % 6) + (random() % 9 ? " " : "\n ");
    }
  }
  return texts;
}

}  // namespace cdx::test
