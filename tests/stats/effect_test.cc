#include "stats/effect.h"

#include "stats/golden.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Effect sizes equal those from scipy's ranks and numpy's deviation") {
  for (const Json& golden : test::statistics_golden().at("wilcoxon")) {
    const auto d = golden.at("d").get<std::vector<double>>();
    CHECK(rank_biserial(d) == test::close_to(golden.at("rank_biserial")));
    CHECK(cohens_dz(d) == test::close_to(golden.at("d_z")));
  }
}

TEST_CASE("Cliff's delta is scipy's U rescaled, and specs/metrics.md §10.3's") {
  for (const Json& golden : test::statistics_golden().at("cliffs_delta")) {
    CHECK(cliffs_delta(golden.at("a").get<std::vector<double>>(),
                       golden.at("b").get<std::vector<double>>()) ==
          test::close_to(golden.at("delta")));
  }
  // There x > y counts as positive, here b > a.
  const std::vector<double> y = {10, 20, 30, 40, 40, 50};
  CHECK(cliffs_delta(y, {10, 20, 20, 20, 30, 30, 30, 40, 50, 100}) ==
        doctest::Approx(-0.06666666666666667).epsilon(1e-12));
  CHECK(cliffs_delta(y, {10, 10, 20, 20, 20, 30, 30, 30, 40, 50}) ==
        doctest::Approx(-0.25).epsilon(1e-12));
  CHECK(cliffs_delta({1, 2}, {3, 4, 5}) == 1);
  CHECK(std::isnan(cliffs_delta({}, {1})));
}

TEST_CASE("Effect sizes are bounded, signed and defined at the edges") {
  CHECK(rank_biserial({1, 2, 3}) == 1);
  CHECK(rank_biserial({-1, -2, 0}) == -1);
  CHECK(rank_biserial({0, 0}) == 0);
  CHECK(std::isnan(rank_biserial({})));
  CHECK(cohens_dz({1, 3}) == doctest::Approx(2 / std::sqrt(2.0)));
  CHECK(std::isnan(cohens_dz({2, 2, 2})));
  CHECK(std::isnan(cohens_dz({2})));
}

}  // namespace cdx
