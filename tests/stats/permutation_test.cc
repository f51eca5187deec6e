#include "stats/permutation.h"

#include "stats/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {
namespace {

double log_variance(const std::vector<double>& values,
                    const std::vector<size_t>& picked) {
  double sum = 0, squares = 0;
  const auto n = static_cast<double>(picked.size());
  for (size_t i : picked) sum += values[i];
  for (size_t i : picked) squares += std::pow(values[i] - sum / n, 2);
  return std::log(squares / n);
}

TwoSetStatistic log_variance_ratio(const std::vector<double>& values) {
  return [values](const std::vector<size_t>& a, const std::vector<size_t>& b) {
    return log_variance(values, b) - log_variance(values, a);
  };
}

LabelledTexts texts_of(const Json& golden) {
  return {golden.at("prompts").get<std::vector<size_t>>(),
          golden.at("in_b").get<std::vector<bool>>()};
}

}  // namespace

TEST_CASE("All exchanges of labels within prompts give scipy's p") {
  for (const Json& golden : test::statistics_golden().at("permutation")) {
    const LabelledTexts texts = texts_of(golden);
    CAPTURE(texts.prompts.size());
    const PermutationResult result = permutation_test(
        texts,
        log_variance_ratio(golden.at("values").get<std::vector<double>>()));
    CHECK(result.test == "permutation_exact");
    CHECK(result.statistic == test::close_to(golden.at("statistic")));
    CHECK(result.p_greater == test::close_to(golden.at("greater")));
    CHECK(result.p_less == test::close_to(golden.at("less")));
    CHECK(result.p == test::close_to(golden.at("two-sided")));
  }
}

TEST_CASE("Drawn arrangements approach the p of all") {
  const Json& golden = test::statistics_golden().at("permutation")[2];  // 2^9
  const PermutationResult result = permutation_test(
      texts_of(golden),
      log_variance_ratio(golden.at("values").get<std::vector<double>>()),
      {.permutations = 500});
  CHECK(result.test == "permutation_monte_carlo");
  CHECK(result.arrangements == 501);
  const double p = golden.at("greater").get<double>();
  CHECK(std::abs(result.p_greater - p) < 4 * std::sqrt(p * (1 - p) / 500));
}

TEST_CASE("Every arrangement comes once and keeps each prompt's numbers") {
  // Prompt 7 has two texts of a and one of b, prompt 3 one of each: 3 · 2.
  const LabelledTexts texts = {{7, 7, 3, 7, 3},
                               {false, false, true, true, false}};
  std::vector<std::vector<size_t>> seen;
  const auto remember = [&](const std::vector<size_t>& a,
                            const std::vector<size_t>& b) {
    CHECK(a.size() == 3);
    CHECK(b.size() == 2);
    seen.push_back(b);
    return 0.0;
  };
  CHECK(permutation_test(texts, remember).arrangements == 6);
  CHECK(seen.front() == std::vector<size_t>{2, 3});  // the observed one
  std::sort(seen.begin() + 1, seen.end());
  CHECK(std::unique(seen.begin() + 1, seen.end()) == seen.end());
  for (const std::vector<size_t>& b : seen) {
    CHECK((b[0] == 2 || b[0] == 4));  // of prompt 3, which comes first
  }
}

TEST_CASE("Undefined statistics count as extreme, an undefined one has no p") {
  const LabelledTexts texts = {{0, 0, 1, 1}, {false, true, false, true}};
  const auto sometimes = [](const std::vector<size_t>&,
                            const std::vector<size_t>& b) {
    return b == std::vector<size_t>{0, 2} ? std::nan("")
                                          : static_cast<double>(b[0] + b[1]);
  };
  const PermutationResult result = permutation_test(texts, sometimes);
  CHECK(result.n_undefined == 1);
  CHECK(result.statistic == 4);
  CHECK(result.p_greater == 0.5);
  CHECK(result.p_less == 1);
  const auto never = [](const std::vector<size_t>&,
                        const std::vector<size_t>&) { return std::nan(""); };
  CHECK(permutation_test(texts, never).test == "none");
  CHECK(std::isnan(permutation_test(texts, never).p));
}

TEST_CASE("Labels that cannot be permuted are refused") {
  const auto zero = [](const std::vector<size_t>&, const std::vector<size_t>&) {
    return 0.0;
  };
  CHECK(test::message_of<UserError>([&] {
          permutation_test({{0, 1}, {true, true}}, zero);
        }).find("a condition has no text") != std::string::npos);
  CHECK_THROWS_AS(permutation_test({{0, 1}, {true}}, zero), UserError);
  CHECK_THROWS_AS(
      permutation_test({{0, 0}, {true, false}}, zero, {.permutations = 0}),
      UserError);
}

}  // namespace cdx
