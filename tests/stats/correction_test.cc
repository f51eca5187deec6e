#include "stats/correction.h"

#include "stats/golden.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Holm and Benjamini-Hochberg adjust as statsmodels does") {
  for (const Json& golden : test::statistics_golden().at("correction")) {
    const auto p = golden.at("p").get<std::vector<double>>();
    const std::vector<double> by_holm = holm(p), by_bh = benjamini_hochberg(p);
    for (size_t i = 0; i < p.size(); ++i) {
      CHECK(by_holm[i] == test::close_to(golden.at("holm")[i]));
      CHECK(by_bh[i] == test::close_to(golden.at("bh")[i]));
    }
  }
}

TEST_CASE("A test that could not be made counts for nothing") {
  const double nan = std::nan("");
  const std::vector<double> adjusted = holm({.01, nan, .04, .03, .005});
  CHECK(adjusted[0] == doctest::Approx(.03));  // specs/metrics.md §10.4
  CHECK(std::isnan(adjusted[1]));
  CHECK(adjusted[4] == doctest::Approx(.02));
  CHECK(benjamini_hochberg({nan, .02})[1] == .02);
  CHECK(holm({}).empty());
}

TEST_CASE("The declared family and the rest are adjusted apart") {
  const double nan = std::nan("");
  // specs/metrics.md §10.4's two examples, interleaved, and a missing test.
  const std::vector<double> adjusted = holm_and_benjamini_hochberg(
      {.01, .01, .02, .04, .02, .03, .5, .005, nan},
      {false, true, false, true, false, true, false, true, true});
  const std::vector<double> primary = {.03, .06, .06, .02};
  for (size_t i = 0; i < 4; ++i) {
    CHECK(adjusted[2 * i + 1] == doctest::Approx(primary[i]));
  }
  // m·p/k: 4·.01/1, 4·.02/3 twice and .5, then the running minimum.
  CHECK(adjusted[0] == doctest::Approx(.08 / 3));
  CHECK(adjusted[2] == doctest::Approx(.08 / 3));
  CHECK(adjusted[4] == doctest::Approx(.08 / 3));
  CHECK(adjusted[6] == doctest::Approx(.5));
  CHECK(std::isnan(adjusted[8]));
  CHECK_THROWS_AS(holm_and_benjamini_hochberg({.1}, {}), UserError);
}

}  // namespace cdx
