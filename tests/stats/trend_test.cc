#include "stats/trend.h"

#include "stats/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

using Table = std::vector<std::vector<double>>;

TEST_CASE("L, p, correlation and slope are scipy's") {
  for (const Json& golden : test::statistics_golden().at("trend")) {
    const Table rows = golden.at("rows").get<Table>();
    CAPTURE(rows.size());
    CAPTURE(rows[0].size());
    const TrendResult result =
        page_trend(rows, golden.at("x").get<std::vector<double>>());
    CHECK(result.n == static_cast<int64_t>(rows.size()));
    CHECK(result.test == golden.at("test").get<std::string>());
    CHECK(result.l == golden.at("l").get<double>());
    CHECK(result.p_increasing == test::close_to(golden.at("p_increasing")));
    CHECK(result.p_decreasing == test::close_to(golden.at("p_decreasing")));
    CHECK(result.p_corrected == test::close_to(golden.at("p_corrected")));
    CHECK(result.mean_spearman == test::close_to(golden.at("mean_spearman")));
    CHECK(result.slope == test::close_to(golden.at("slope")));
  }
}

TEST_CASE("Reversing the columns exchanges the directions") {
  const Table rows = {{1, 2, 4, 3}, {2, 1, 3, 5}, {0, 1, 2, 2}};
  const Table reversed = {{3, 4, 2, 1}, {5, 3, 1, 2}, {2, 2, 1, 0}};
  const std::vector<double> x = {0, 1, 2, 3};
  const TrendResult up = page_trend(rows, x), down = page_trend(reversed, x);
  CHECK(up.p_increasing == down.p_decreasing);
  CHECK(up.p == down.p);
  CHECK(up.p == 2 * up.p_increasing);
  CHECK(up.slope == doctest::Approx(-down.slope));
  CHECK(up.mean_spearman == doctest::Approx(-down.mean_spearman));
  CHECK(up.mean_spearman > 0);
}

TEST_CASE("A perfect trend of 2 rows and 3 columns has p = 1/36 a side") {
  // One of the (3!)^2 arrangements; slope 2 and 4 per unit of x.
  const TrendResult result = page_trend({{0, 1, 2}, {1, 3, 5}}, {0, .5, 1});
  CHECK(result.p_increasing == doctest::Approx(1.0 / 36).epsilon(1e-12));
  CHECK(result.p == doctest::Approx(2.0 / 36).epsilon(1e-12));
  CHECK(result.mean_spearman == doctest::Approx(1).epsilon(1e-12));
  CHECK(result.slope == doctest::Approx(3).epsilon(1e-12));
  CHECK(result.slope_ci.low == doctest::Approx(2).epsilon(1e-12));
  CHECK(result.slope_ci.high == doctest::Approx(4).epsilon(1e-12));
}

TEST_CASE("Rows with a gap are dropped and counted; too few give NaN") {
  const double nan = std::nan("");
  const TrendResult result =
      page_trend({{0, 1, 2}, {nan, 1, 2}, {1, 3, 5}}, {0, .5, 1});
  CHECK(result.n == 2);
  CHECK(result.n_dropped == 1);
  CHECK(result.l == 28);  // 2 · (1·1 + 2·2 + 3·3)
  const TrendResult none = page_trend({{0, 1, 2}, {nan, 1, 2}}, {0, .5, 1});
  CHECK(none.test == "none");
  CHECK(std::isnan(none.p));
  CHECK(std::isnan(none.slope));
  CHECK(none.n == 1);
}

TEST_CASE("Rows of equal values only show no trend") {
  const TrendResult result = page_trend(Table(30, {1, 1, 1}), {0, .5, 1});
  CHECK(result.test == "page_asymptotic");
  CHECK(result.p_corrected == 1);
}

TEST_CASE("Rounding noise makes no trend") {
  const TrendResult result =
      page_trend({{0.3, 0.1 + 0.2, 0.3}, {0.3, 0.3, 0.1 + 0.2}}, {0, 1, 2});
  CHECK(result.mean_spearman == 0);
  CHECK(result.l == 24);  // all ranks 2: 2 · 2 · (1 + 2 + 3)
}

TEST_CASE("Tables that cannot hold a trend are refused") {
  CHECK(test::message_of<UserError>([] {
          page_trend({{1, 2}}, {0, 1});
        }).find("at least 3") != std::string::npos);
  CHECK(test::message_of<UserError>([] {
          page_trend({{1, 2, 3}}, {0, 1, 1});
        }).find("must ascend, but 1 follows 1") != std::string::npos);
  CHECK(test::message_of<UserError>([] {
          page_trend({{1, 2, 3}, {1, 2}}, {0, 1, 2});
        }).find("row 1 has 2 values, not 3") != std::string::npos);
}

}  // namespace cdx
