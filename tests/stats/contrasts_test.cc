#include "stats/contrasts.h"

#include "stats/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

using Table = std::vector<std::vector<double>>;

TEST_CASE("Steps, contrasts and shares are numpy's on equal resamples") {
  for (const Json& golden : test::statistics_golden().at("contrasts")) {
    const Table rows = golden.at("rows").get<Table>();
    CAPTURE(rows.size());
    for (const auto& [largest, name] :
         {std::pair{LargestStep::kRise, "rise"},
          std::pair{LargestStep::kFall, "fall"},
          std::pair{LargestStep::kMagnitude, "magnitude"}}) {
      const ContrastResult result = step_contrasts(rows, {.largest = largest});
      REQUIRE(result.steps.size() == golden.at("means").size());
      for (size_t k = 0; k < result.steps.size(); ++k) {
        const Step& step = result.steps[k];
        CHECK(step.mean == test::close_to(golden.at("means")[k]));
        CHECK(step.ci.low == test::close_to(golden.at("intervals")[k][0]));
        CHECK(step.ci.high == test::close_to(golden.at("intervals")[k][1]));
        CHECK(step.largest_share == test::close_to(golden.at(name)[k]));
      }
      REQUIRE(result.contrasts.size() == golden.at("contrasts").size());
      for (size_t c = 0; c < result.contrasts.size(); ++c) {
        const Json& expected = golden.at("contrasts")[c];
        CHECK(result.contrasts[c].mean == test::close_to(expected.at("mean")));
        CHECK(result.contrasts[c].ci.low == test::close_to(expected.at("low")));
        CHECK(result.contrasts[c].ci.high ==
              test::close_to(expected.at("high")));
        CHECK(result.contrasts[c].p == test::close_to(expected.at("p")));
      }
    }
  }
}

TEST_CASE("The step that is largest for every prompt has the whole share") {
  // Steps −3, +1, +2 and −4, +1, +2.
  const Table rows = {{5, 2, 3, 5}, {6, 2, 3, 5}};
  const ContrastResult fall =
      step_contrasts(rows, {.largest = LargestStep::kFall});
  CHECK(fall.steps[0].largest_share == 1);
  const ContrastResult rise =
      step_contrasts(rows, {.largest = LargestStep::kRise});
  CHECK(rise.steps[2].largest_share == 1);
  CHECK(step_contrasts(rows).steps[0].largest_share == 1);
  CHECK(rise.contrasts[2].first == 1);
  CHECK(rise.contrasts[2].second == 2);
  CHECK(rise.contrasts[2].mean == 1);
  CHECK(rise.contrasts[2].ci.low == 1);
  CHECK(rise.contrasts[2].test == "sign_flip_exact");
}

TEST_CASE("Equal steps share, rounding noise does not decide") {
  const ContrastResult result = step_contrasts(
      {{0.1, 0.2, 0.3, 0.4}, {0.3, 0.4, 0.5, 0.6}, {0, 0.1, 0.2, 0.3}});
  for (const Step& step : result.steps) {
    CHECK(step.largest_share == doctest::Approx(1.0 / 3));
  }
  CHECK(result.contrasts[0].p == 1);
}

TEST_CASE("Steps of decimals that tie in the mean share the resample") {
  // Steps 0.1, 0.2 and 0.3, 0.2: resamples with both prompts (half) tie, the
  // others go one way each.
  const ContrastResult result = step_contrasts({{0, 0.1, 0.3}, {0, 0.3, 0.5}});
  CHECK(std::abs(result.steps[0].largest_share - 0.5) < 0.03);
}

TEST_CASE("Intervals of steps and of their differences are those of means") {
  const Table rows = {{0, 1, 3}, {2, 3, 1}, {1, 5, 4}, {2, 2, 7}, {0, 3, 4}};
  const std::vector<double> first = {1, 1, 4, 0, 3}, second = {2, -2, -1, 5, 1},
                            difference = {1, -3, -5, 5, -2};
  for (const IntervalMethod method : {IntervalMethod::kPercentile,
                                      IntervalMethod::kExpanded,
                                      IntervalMethod::kBca,
                                      IntervalMethod::kBySize}) {
    CAPTURE(to_string(method));
    const BootstrapOptions bootstrap{.method = method};
    const ContrastResult result =
        step_contrasts(rows, {.bootstrap = bootstrap});
    const auto check = [&](const Interval& ci,
                           const std::vector<double>& values) {
      const Interval expected = bootstrap_mean(values, bootstrap);
      CHECK(ci.low == expected.low);
      CHECK(ci.high == expected.high);
    };
    check(result.steps[0].ci, first);
    check(result.steps[1].ci, second);
    check(result.contrasts[0].ci, difference);
  }
}

TEST_CASE("Prompts with a gap are dropped; too few give NaN") {
  const double nan = std::nan("");
  const ContrastResult result =
      step_contrasts({{0, 1, 3}, {nan, 1, 2}, {1, 2, 4}});
  CHECK(result.n == 2);
  CHECK(result.n_dropped == 1);
  CHECK(result.steps[1].mean == 2);
  const ContrastResult few = step_contrasts({{0, 1, 3}, {nan, 1, 2}});
  CHECK(few.n == 1);
  CHECK(std::isnan(few.steps[1].mean));
  CHECK(few.contrasts.size() == 1);
  CHECK(std::isnan(few.contrasts[0].p));
}

TEST_CASE("Tables without two steps are refused") {
  CHECK(test::message_of<UserError>([] {
          step_contrasts({{1, 2}});
        }).find("row 0 has 2 stages") != std::string::npos);
  CHECK_THROWS_AS(step_contrasts({{1, 2, 3}, {1, 2, 3, 4}}), UserError);
  CHECK_THROWS_AS(step_contrasts({{1, 2, HUGE_VAL}}), UserError);
  CHECK_THROWS_AS(step_contrasts({}), UserError);
  ContrastOptions options;
  options.bootstrap.resamples = 0;
  CHECK_THROWS_AS(step_contrasts({{1, 2, 3}, {1, 2, 4}}, options), UserError);
}

}  // namespace cdx
