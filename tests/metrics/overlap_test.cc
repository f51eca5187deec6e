#include "metrics/overlap.h"

#include "metrics/wording_golden.h"
#include "support.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Texts = std::vector<std::string>;
using test::close_to;

TokenIds rouge(const Texts& texts) {
  return word_tokens(texts, rouge_words);
}

double repetition(const Texts& texts, int n = 4) {
  return self_repetition(white_space_tokens(texts), n);
}

int64_t subsequence_by_definition(const std::vector<int32_t>& a,
                                  const std::vector<int32_t>& b) {
  std::vector<std::vector<int64_t>> best(a.size() + 1,
                                         std::vector<int64_t>(b.size() + 1, 0));
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      best[i + 1][j + 1] = a[i] == b[j]
                               ? best[i][j] + 1
                               : std::max(best[i][j + 1], best[i + 1][j]);
    }
  }
  return best[a.size()][b.size()];
}

}  // namespace

TEST_CASE("Longest common subsequences are those of the table, on random ids") {
  std::mt19937 random(7);
  for (int i = 0; i < 400; ++i) {
    std::vector<int32_t> a(random() % 300), b(random() % 300);
    const auto n_types = 1 + random() % (i % 2 == 0 ? 4 : 60);
    for (int32_t& id : a) id = static_cast<int32_t>(random() % n_types);
    for (int32_t& id : b) id = static_cast<int32_t>(random() % n_types);
    const int64_t golden = subsequence_by_definition(a, b);
    CHECK(longest_common_subsequence(a, b) == golden);
    CHECK(longest_common_subsequence(b, a) == golden);
    CHECK(rouge_l(a, b) == rouge_l(b, a));
  }
}

TEST_CASE("Texts of several stretches have the length of the table, too") {
  std::mt19937 random(8);
  // Stretches are of 4096 tokens.
  for (const size_t length : {4095u, 4096u, 4097u, 8193u}) {
    CAPTURE(length);
    std::vector<int32_t> a(length), b(900);
    for (int32_t& id : a) id = static_cast<int32_t>(random() % 50);
    for (int32_t& id : b) id = static_cast<int32_t>(random() % 60);
    const int64_t golden = subsequence_by_definition(a, b);
    CHECK(longest_common_subsequence(a, b) == golden);
    CHECK(longest_common_subsequence(b, a) == golden);
    CHECK(longest_common_subsequence(a, a) == static_cast<int64_t>(length));
  }
}

TEST_CASE("Lengths around a machine word are right") {
  for (size_t length : {63u, 64u, 65u, 127u, 128u, 129u}) {
    std::vector<int32_t> same(length, 0), other(length, 1);
    CHECK(longest_common_subsequence(same, same) ==
          static_cast<int64_t>(length));
    CHECK(longest_common_subsequence(same, other) == 0);
    CHECK(longest_common_subsequence(same, {}) == 0);
    CHECK(longest_common_subsequence({}, same) == 0);
  }
}

TEST_CASE("The goldens of specs/metrics.md §1.6, §2.2 and §2.4 come out") {
  const TokenIds readme = rouge({"The quick brown fox jumps over the lazy dog",
                                 "The quick brown dog jumps on the log."});
  CHECK(rouge_l(readme.texts[0], readme.texts[1]) == 0.5882352941176471);
  const TokenIds a = rouge(test::kTextsA);
  CHECK(rouge_l(a.texts[0], a.texts[1]) == 0.9473684210526316);
  CHECK(rouge_l(a.texts[0], a.texts[2]) == 0.7000000000000001);
  CHECK(rouge_l(a.texts[1], a.texts[2]) == 0.6666666666666666);

  const Texts disjoint = {"aa bb cc dd ee", "ff gg hh ii jj", "kk ll mm nn oo"};
  CHECK(homogenization_rouge_l(a) == close_to(0.771345029239766));
  CHECK(homogenization_rouge_l(rouge(test::kTextsB)) ==
        close_to(0.27777777777777773));
  CHECK(homogenization_rouge_l(rouge(test::kTextsC)) == 1);
  CHECK(homogenization_rouge_l(rouge(disjoint)) == 0);
  CHECK(homogenization_rouge_l_compat(a) == 0.771);
  CHECK(homogenization_rouge_l_compat(rouge(test::kTextsB)) == 0.278);
  CHECK(homogenization_rouge_l_compat(rouge(test::kTextsC)) == 1);
  CHECK(homogenization_rouge_l_compat(rouge(disjoint)) == 1);  // their bug

  CHECK(repetition(test::kTextsA) == close_to(1.1945063128187032));
  CHECK(repetition(test::kTextsB) == close_to(0.34657359027997264));
  CHECK(repetition(test::kTextsC) == close_to(std::log(5)));
  CHECK(repetition(disjoint) == 0);
  CHECK(repetition(test::kTextsA, 2) == close_to(2.2472335648840183));
  CHECK(repetition(test::kTextsB, 2) == close_to(1.1968729356955115));
  CHECK(repetition(test::kTextsC, 2) == close_to(std::log(9)));
  CHECK(repetition({"a b", "a b c d", "a b c d"}) ==
        close_to(0.46209812037329684));
}

TEST_CASE("One text repeats nothing and has no pair, no text is an error") {
  CHECK(repetition({"a b c d a b c d"}) == 0);
  CHECK(std::isnan(homogenization_rouge_l(rouge({"a b"}))));
  CHECK(std::isnan(homogenization_rouge_l_compat(rouge({"a b"}))));
  CHECK(homogenization_rouge_l(rouge({"", ""})) == 0);
  CHECK(test::message_of<UserError>([] { repetition({}); }) ==
        "self_repetition: there are no texts");
  CHECK(test::message_of<UserError>([] { homogenization_rouge_l({}); }) ==
        "homogenization_rouge_l: there are no texts");
  CHECK_THROWS_AS(repetition({"a"}, 0), UserError);
}

}  // namespace cdx
