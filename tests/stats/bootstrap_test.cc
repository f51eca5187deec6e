#include "stats/bootstrap.h"

#include "stats/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Quantiles are numpy's (type 7)") {
  const Json& golden = test::statistics_golden().at("quantile");
  const auto values = golden.at("values").get<std::vector<double>>();
  for (size_t i = 0; i < golden.at("levels").size(); ++i) {
    CHECK(quantile(values, golden.at("levels")[i].get<double>()) ==
          test::close_to(golden.at("quantiles")[i]));
  }
  CHECK_THROWS_AS(quantile({}, 0.5), UserError);
  CHECK_THROWS_AS(quantile({1}, 1.5), UserError);
}

TEST_CASE("The interval over all 4^4 resamples is specs/metrics.md §10.5's") {
  const Json& golden = test::statistics_golden().at("bootstrap_exhaustive");
  const auto d = golden.at("d").get<std::vector<double>>();
  std::vector<double> means;
  for (double a : d) {
    for (double b : d) {
      for (double c : d) {
        for (double e : d) means.push_back((a + b + c + e) / 4);
      }
    }
  }
  const Interval interval = percentile_interval(means, 0.95);
  CHECK(interval.low == doctest::Approx(-0.075).epsilon(1e-12));
  CHECK(interval.high == doctest::Approx(0.35).epsilon(1e-12));
  CHECK(interval.low == test::close_to(golden.at("low")));
  CHECK(interval.high == test::close_to(golden.at("high")));
  // Of 256 possible means the 9,999 resamples find the same two quantiles.
  const Interval sampled = bootstrap_mean(d);
  CHECK(sampled.low == doctest::Approx(-0.075).epsilon(1e-12));
  CHECK(sampled.high == doctest::Approx(0.35).epsilon(1e-12));
}

TEST_CASE("The sampled interval is scipy's within the noise of resampling") {
  // The 2.5 % quantile of 9,999 normal draws has a standard error of 0.027
  // standard deviations: √(.025·.975/9999)/φ(1.96).
  for (const Json& golden : test::statistics_golden().at("bootstrap_sampled")) {
    const auto values = golden.at("values").get<std::vector<double>>();
    const double error = golden.at("standard_error").get<double>();
    const Interval interval = bootstrap_mean(values);
    CHECK(std::abs(interval.low - golden.at("low").get<double>()) <
          0.1 * error);
    CHECK(std::abs(interval.high - golden.at("high").get<double>()) <
          0.1 * error);
  }
}

TEST_CASE("The interval depends on values and seed, on no machine") {
  const Json& golden = test::statistics_golden().at("bootstrap_pinned");
  const auto values = golden.at("values").get<std::vector<double>>();
  const Interval interval = bootstrap_mean(values);
  CHECK(interval.low == test::close_to(golden.at("low")));
  CHECK(interval.high == test::close_to(golden.at("high")));
  BootstrapOptions other;
  other.seed = 1;
  other.resamples = 99;
  CHECK(bootstrap_mean(values, other).low != interval.low);
}

TEST_CASE("A wider confidence gives a wider interval around the mean") {
  const std::vector<double> values = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
  BootstrapOptions wide, narrow;
  wide.confidence = 0.99;
  narrow.confidence = 0.5;
  const Interval outer = bootstrap_mean(values, wide);
  const Interval inner = bootstrap_mean(values, narrow);
  CHECK(outer.low < inner.low);
  CHECK(inner.low < 3.9);
  CHECK(3.9 < inner.high);
  CHECK(inner.high < outer.high);
}

TEST_CASE("A summary leaves undefined values out and counts them") {
  const Summary summary = summarise({1, std::nan(""), 3, 1, 3});
  CHECK(summary.n == 4);
  CHECK(summary.n_undefined == 1);
  CHECK(summary.mean == 2);
  CHECK(summary.ci.low == 1);
  CHECK(summary.ci.high == 3);

  const Summary one = summarise({5});
  CHECK(one.mean == 5);
  CHECK(std::isnan(one.ci.low));
  const Summary none = summarise({std::nan("")});
  CHECK(std::isnan(none.mean));
  CHECK(none.n == 0);
}

TEST_CASE("Impossible options are refused") {
  BootstrapOptions options;
  options.confidence = 95;
  CHECK(test::message_of<UserError>([&] {
          bootstrap_mean({1, 2}, options);
        }).find("confidence between 0 and 1") != std::string::npos);
  options = {};
  options.resamples = 0;
  CHECK_THROWS_AS(bootstrap_mean({1, 2}, options), UserError);
}

}  // namespace cdx
