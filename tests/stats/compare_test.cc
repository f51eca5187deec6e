#include "stats/compare.h"

#include "stats/golden.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {
namespace {

PromptValues by_prompt(const Json& values) {
  PromptValues prompts;
  for (const Json& value : values) {
    prompts[std::to_string(prompts.size())] = value.get<double>();
  }
  return prompts;
}

}  // namespace

TEST_CASE("Comparisons of decimals that tie equal scipy's on rounded pairs") {
  for (const Json& golden : test::statistics_golden().at("compare")) {
    const Comparison result =
        compare(by_prompt(golden.at("a")), by_prompt(golden.at("b")));
    CHECK(result.n == static_cast<int64_t>(golden.at("a").size()));
    CHECK(result.mean_a == test::close_to(golden.at("mean_a")));
    CHECK(result.mean_b == test::close_to(golden.at("mean_b")));
    CHECK(result.delta == test::close_to(golden.at("delta")));
    CHECK(result.p == test::close_to(golden.at("p")));
    CHECK(result.effect_size == test::close_to(golden.at("rank_biserial")));
    CHECK(result.ci.low <= result.delta);
    CHECK(result.delta <= result.ci.high);
  }
}

TEST_CASE("Everything is b minus a") {
  const PromptValues a = {{"p", 1}, {"q", 2}, {"r", 4}};
  const PromptValues b = {{"p", 2}, {"q", 4}, {"r", 7}};
  const Comparison result = compare(a, b);
  CHECK(result.delta == doctest::Approx(2));
  CHECK(result.effect_size == 1);
  CHECK(result.ci.low == doctest::Approx(1));
  CHECK(result.ci.high == doctest::Approx(3));
  CHECK(result.p == 0.25);
  CHECK(result.test == "wilcoxon_exact");
  CHECK(result.effect_name == "rank_biserial");
  CHECK(result.note == "3 unequal pairs cannot give a p below 0.25");
  const Comparison turned = compare(b, a);
  CHECK(turned.delta == doctest::Approx(-2));
  CHECK(turned.effect_size == -1);
  CHECK(turned.p == result.p);
}

TEST_CASE("Further effects and the sign-flip test are of the same pairs") {
  const PromptValues a = {{"p", 1}, {"q", 2}, {"r", 4}, {"s", 0}};
  const PromptValues b = {{"p", 2}, {"q", 4}, {"r", 7}, {"t", 5}};
  const Comparison result = compare(a, b);
  // Differences 1, 2, 3: mean 2, deviation 1.
  CHECK(result.differences == std::vector<double>{1, 2, 3});
  CHECK(result.d_z == doctest::Approx(2));
  // Of the 9 pairs (1, 2, 4) × (2, 4, 7): 6 larger, 1 smaller (4 > 2), 2 equal.
  CHECK(result.cliffs_delta == doctest::Approx(5.0 / 9));
  // 2 of 8 sign flips are as far from zero.
  CHECK(result.p_sign_flip == 0.25);
}

TEST_CASE("Prompts without a value on a side are dropped and counted") {
  const double nan = std::nan("");
  const PromptValues a = {{"p", 1}, {"q", nan}, {"r", 4}, {"s", 5}, {"t", 2}};
  const PromptValues b = {{"p", 2}, {"q", 4}, {"r", nan}, {"t", 3}, {"u", 9}};
  const Comparison result = compare(a, b);
  CHECK(result.n == 2);
  CHECK(result.n_dropped == 4);  // q, r, s, u
  CHECK(result.mean_a == doctest::Approx(1.5));
  CHECK(result.mean_b == doctest::Approx(2.5));
}

TEST_CASE("Equal conditions differ by nothing, with p = 1") {
  const PromptValues values = {{"p", .1}, {"q", .2}, {"r", .3}};
  const Comparison result = compare(values, values);
  CHECK(result.delta == 0);
  CHECK(result.ci.low == 0);
  CHECK(result.ci.high == 0);
  CHECK(result.p == 1);
  CHECK(result.effect_size == 0);
  CHECK(result.test == "none");
  CHECK(result.note == "all pairs are equal");
}

TEST_CASE("Without a common prompt nothing is claimed") {
  const Comparison result = compare({{"p", 1}}, {{"q", 2}});
  CHECK(result.n == 0);
  CHECK(result.n_dropped == 2);
  CHECK(std::isnan(result.p));
  CHECK(std::isnan(result.delta));
  CHECK(std::isnan(result.mean_a));
  CHECK(std::isnan(result.ci.low));
  CHECK(std::isnan(result.effect_size));
  CHECK(result.note == "no prompt with a value on both sides");
}

}  // namespace cdx
