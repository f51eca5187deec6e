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
