#include "metrics/lengths.h"

#include "metrics/counts_golden.h"
#include "support.h"
#include "util/errors.h"

#include <limits>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Means, deviations and quantiles are numpy's") {
  for (const Json& golden : test::counts_golden().at("lengths")) {
    const auto values = golden.at("values").get<std::vector<double>>();
    CAPTURE(values.size());
    const LengthDistribution found = describe(values);
    CHECK(test::agrees(found.mean, golden.at("mean")));
    CHECK(test::agrees(found.standard_deviation, golden.at("sd")));
    const Json& quantiles = golden.at("quantiles");
    CHECK(test::agrees(found.minimum, quantiles[0]));
    CHECK(test::agrees(found.quantile_05, quantiles[1]));
    CHECK(test::agrees(found.quantile_25, quantiles[2]));
    CHECK(test::agrees(found.median, quantiles[3]));
    CHECK(test::agrees(found.quantile_75, quantiles[4]));
    CHECK(test::agrees(found.quantile_95, quantiles[5]));
    CHECK(test::agrees(found.maximum, quantiles[6]));
  }
}

TEST_CASE("Quantiles lie between two values in proportion") {
  CHECK(quantile_of_sorted({1, 2, 4}, 0) == 1);
  CHECK(quantile_of_sorted({1, 2, 4}, 0.25) == 1.5);
  CHECK(quantile_of_sorted({1, 2, 4}, 0.75) == 3);
  CHECK(quantile_of_sorted({1, 2, 4}, 1) == 4);
  CHECK(quantile_of_sorted({7}, 0.3) == 7);
}

TEST_CASE("No values, values that are none and other levels are errors") {
  CHECK(test::message_of<UserError>([] { describe({}); }) ==
        "lengths: there are no values");
  CHECK_THROWS_AS(describe({1, std::numeric_limits<double>::infinity()}),
                  UserError);
  CHECK_THROWS_AS(describe({std::nan("")}), UserError);
  CHECK_THROWS_AS(quantile_of_sorted({}, 0.5), UserError);
  CHECK_THROWS_AS(quantile_of_sorted({1}, 1.1), UserError);
}

}  // namespace cdx
