#include "stats/correction.h"

#include "stats/golden.h"

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

}  // namespace cdx
