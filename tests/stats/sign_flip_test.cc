#include "stats/sign_flip.h"

#include "stats/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("p over all sign flips is scipy's, with ties and zeros") {
  for (const Json& golden : test::statistics_golden().at("sign_flip")) {
    const auto d = golden.at("d").get<std::vector<double>>();
    CAPTURE(d.size());
    const SignFlipResult result = sign_flip(d);
    CHECK(result.p == test::close_to(golden.at("two-sided")));
    CHECK(result.p_greater == test::close_to(golden.at("greater")));
    CHECK(result.p_less == test::close_to(golden.at("less")));
    CHECK(test_name(result.method) == "sign_flip_exact");
  }
}

TEST_CASE("p over drawn flips is numpy's within the noise of drawing") {
  for (const Json& golden : test::statistics_golden().at("sign_flip_sampled")) {
    const auto d = golden.at("d").get<std::vector<double>>();
    const double p = golden.at("p").get<double>();
    CAPTURE(d.size());
    const SignFlipResult result = sign_flip(d, {.flips = 99999});
    CHECK(std::abs(result.p - p) < 4 * std::sqrt(p * (1 - p) / 99999));
    CHECK(test_name(result.method) == "sign_flip_monte_carlo");
    CHECK(result.smallest_p == doctest::Approx(1e-5));
    CHECK(result.p_greater + result.p_less >= 1);
  }
}

TEST_CASE("Half the flips listed at a time give what drawing approaches") {
  std::vector<double> d;
  for (int i = 0; i < 30; ++i) d.push_back(std::sin(i) + 0.2);
  const double p = sign_flip(d, {.exact_up_to = 30}).p;
  const double drawn = sign_flip(d, {.flips = 999999}).p;
  CHECK(std::abs(p - drawn) < 4 * std::sqrt(p * (1 - p) / 999999));
}

TEST_CASE("One-sided data reach the smallest p that is possible") {
  for (int n = 1; n <= 20; ++n) {
    const SignFlipResult result = sign_flip(std::vector<double>(n, 0.1));
    CHECK(result.p == result.smallest_p);
    CHECK(result.p == std::pow(2.0, 1 - n));
    CHECK(result.p_greater == std::pow(2.0, -n));
    CHECK(result.p_less == 1);
  }
  const SignFlipResult drawn = sign_flip(std::vector<double>(60, 0.1));
  CHECK(drawn.p == 1.0 / 10000);
}

TEST_CASE("Zeros change nothing and rounding noise breaks no tie") {
  const SignFlipResult with = sign_flip({0.3 - 0.1, 0, 0.1 - 0.3, 0.4, 0});
  const SignFlipResult without = sign_flip({0.2, -0.2, 0.4});
  CHECK(with.p == without.p);
  CHECK(with.n == 5);
  CHECK(with.n_zero == 2);
  CHECK(with.mean == doctest::Approx(0.4 / 5));
}

TEST_CASE("Rounding noise breaks no tie among drawn flips either") {
  // 0.3 + 0.1 = 0.2 + 0.2, but not of doubles.
  const std::vector<double> d = {0.3, 0.1, -0.2, -0.2};
  CHECK(sign_flip(d).p == 1);  // sum 0
  const SignFlipResult drawn = sign_flip(d, {.exact_up_to = 0});
  CHECK(drawn.p == 1);
  CHECK(std::abs(drawn.p_greater - sign_flip(d).p_greater) < 0.02);
  CHECK(std::abs(drawn.p_less - sign_flip(d).p_less) < 0.02);
}

TEST_CASE("Equal conditions give p = 1, no pair gives NaN") {
  const SignFlipResult equal = sign_flip({0, 0});
  CHECK(equal.p == 1);
  CHECK(test_name(equal.method) == "none");
  CHECK(std::isnan(sign_flip({}).p));
}

TEST_CASE("Equal seeds give equal p, other seeds other flips") {
  std::vector<double> d;
  for (int i = 0; i < 70; ++i) d.push_back(std::cos(i) + 0.1);
  CHECK(sign_flip(d).p == sign_flip(d).p);
  CHECK(sign_flip(d).p != sign_flip(d, {.seed = 1}).p);
}

TEST_CASE("Sign flips of what is not a number are refused") {
  CHECK(test::message_of<UserError>([] {
          sign_flip({1, std::nan("")});
        }).find("not a finite number") != std::string::npos);
  CHECK_THROWS_AS(sign_flip({1}, {.exact_up_to = 41}), UserError);
  CHECK_THROWS_AS(sign_flip({1}, {.flips = 0}), UserError);
}

}  // namespace cdx
