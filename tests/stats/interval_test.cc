#include "stats/bootstrap.h"
#include "stats/golden.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {
namespace {

Interval interval_by(IntervalMethod method,
                     const std::vector<double>& values,
                     double confidence = 0.95) {
  return bootstrap_mean(values, {.confidence = confidence, .method = method});
}

}  // namespace

TEST_CASE("Basic and BCa of all 4^4 resamples are specs/metrics.md §10.5's") {
  const std::vector<double> d = {.1, .3, -.2, .4};
  std::vector<double> means;
  for (double a : d) {
    for (double b : d) {
      for (double c : d) {
        for (double e : d) means.push_back((a + b + c + e) / 4);
      }
    }
  }
  const double estimate = (.1 + .3 - .2 + .4) / 4;
  const std::vector<double> jackknife = {.5 / 3, .3 / 3, .8 / 3, .2 / 3};
  const Interval basic = basic_interval(means, estimate, .95);
  CHECK(basic.low == doctest::Approx(-.05).epsilon(1e-12));
  CHECK(basic.high == doctest::Approx(.375).epsilon(1e-12));
  const BcaCorrection bca = bca_correction(means, estimate, jackknife, .95);
  CHECK(std::abs(bca.bias / .024481236918494055 - 1) < 1e-12);
  CHECK(std::abs(bca.acceleration / -.04156531242590328 - 1) < 1e-12);
  CHECK(std::abs(bca.levels.low / .018747569973530054 - 1) < 1e-12);
  CHECK(std::abs(bca.levels.high / .9683951757536429 - 1) < 1e-12);
  const Interval interval = bca_interval(means, estimate, jackknife, .95);
  CHECK(std::abs(interval.low / -.08596848283749184 - 1) < 1e-12);
  CHECK(interval.high == doctest::Approx(.35).epsilon(1e-12));
}

TEST_CASE("The bias counts half of the statistics that equal the estimate") {
  // The same 4^4 sums in tenths, exact: 108 are below 6, 28 equal it.
  std::vector<double> sums;
  for (double a : {1, 3, -2, 4}) {
    for (double b : {1, 3, -2, 4}) {
      for (double c : {1, 3, -2, 4}) {
        for (double e : {1, 3, -2, 4}) sums.push_back(a + b + c + e);
      }
    }
  }
  // Φ⁻¹(122/256) of the tables.
  CHECK(bca_correction(sums, 6, {5, 3, 8, 2}, .95).bias ==
        doctest::Approx(-0.05878294).epsilon(1e-5));
}

TEST_CASE("Intervals of the mean are scipy's on equal resamples") {
  for (const Json& golden : test::statistics_golden().at("intervals")) {
    const auto values = golden.at("values").get<std::vector<double>>();
    CAPTURE(values.size());
    const auto check = [&](IntervalMethod method, const Json& expected) {
      const Interval ci =
          interval_by(method, values, golden.at("confidence").get<double>());
      CHECK(ci.low == test::close_to(expected[0]));
      CHECK(ci.high == test::close_to(expected[1]));
    };
    const Json& mean = golden.at("mean");
    check(IntervalMethod::kPercentile, mean.at("percentile"));
    check(IntervalMethod::kBasic, mean.at("basic"));
    check(IntervalMethod::kBca, mean.at("BCa"));
    check(IntervalMethod::kStudentised, golden.at("studentised"));
  }
}

TEST_CASE("Below 50 values the method by size is the studentised one") {
  std::vector<double> values;
  for (int i = 0; i < 49; ++i) values.push_back(std::exp(std::sin(i)));
  CHECK(interval_by(IntervalMethod::kBySize, values).low ==
        interval_by(IntervalMethod::kStudentised, values).low);
  values.push_back(1);
  CHECK(interval_by(IntervalMethod::kBySize, values).low ==
        interval_by(IntervalMethod::kExpanded, values).low);
}

TEST_CASE("A rate near 1 has too many equal resamples for a t interval") {
  std::vector<double> rates(40, 1);
  rates[7] = rates[20] = .9;
  CHECK(std::isnan(interval_by(IntervalMethod::kStudentised, rates).low));
  const Interval ci = interval_by(IntervalMethod::kBySize, rates);
  CHECK(ci.low == interval_by(IntervalMethod::kExpanded, rates).low);
  CHECK(ci.low < .995);
  CHECK(ci.high == 1);
  // Nor have two values.
  CHECK(interval_by(IntervalMethod::kBySize, {1, 2}).low ==
        interval_by(IntervalMethod::kExpanded, {1, 2}).low);
}

TEST_CASE("The expanded interval is the percentile one at Hesterberg's level") {
  // α/2 by scipy: norm.sf(sqrt(n/(n - 1)) * t.ppf(.975, n - 1)).
  CHECK(std::abs(expanded_confidence(10, 0.95) -
                 (1 - 2 * 0.008550639024406366)) < 1e-12);
  CHECK(std::abs(expanded_confidence(30, 0.95) -
                 (1 - 2 * 0.01875390027822054)) < 1e-12);
  std::vector<double> values;
  for (int i = 0; i < 30; ++i) values.push_back(std::sin(i));
  const double level = expanded_confidence(30, 0.95);
  CHECK(interval_by(IntervalMethod::kExpanded, values).high ==
        interval_by(IntervalMethod::kPercentile, values, level).high);
}

TEST_CASE("Values without spread have no BCa or studentised interval") {
  for (const IntervalMethod method :
       {IntervalMethod::kBca, IntervalMethod::kStudentised}) {
    CHECK(std::isnan(interval_by(method, {.1, .1, .1}).low));
    CHECK(std::isnan(interval_by(method, {1}).high));
  }
  CHECK(interval_by(IntervalMethod::kBasic, {.5, .5}).low == .5);
}

}  // namespace cdx
