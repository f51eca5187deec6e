#include "stats/equivalence.h"

#include "stats/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Two one-sided tests are statsmodels', their interval scipy's") {
  for (const Json& golden : test::statistics_golden().at("equivalence")) {
    const auto d = golden.at("d").get<std::vector<double>>();
    const EquivalenceOptions options = {
        .margin = golden.at("margin").get<double>(),
        .alpha = golden.at("alpha").get<double>()};
    CAPTURE(d.size());
    const EquivalenceResult both = equivalence(d, options);
    CHECK(both.p == test::close_to(golden.at("p")));
    CHECK(both.ci.low == test::close_to(golden.at("low")));
    CHECK(both.ci.high == test::close_to(golden.at("high")));
    CHECK((both.reading == Reading::kMaintained) == (both.p < options.alpha));
    const EquivalenceResult above = non_inferiority(d, options);
    CHECK(above.p == test::close_to(golden.at("p_non_inferiority")));
    CHECK(above.ci.low == both.ci.low);
  }
}

TEST_CASE("The reading is where the interval lies") {
  const std::vector<double> d = {-0.1, 0.1, 0, 0.05, -0.05, 0.02, -0.02, 0};
  const auto shifted = [&](double shift) {
    std::vector<double> moved = d;
    for (double& value : moved) value += shift;
    return moved;
  };
  const EquivalenceOptions options = {.margin = 0.2};
  CHECK(equivalence(d, options).reading == Reading::kMaintained);
  CHECK(equivalence(shifted(0.2), options).reading == Reading::kInconclusive);
  CHECK(equivalence(shifted(0.4), options).reading == Reading::kChanged);
  CHECK(equivalence(shifted(-0.4), options).reading == Reading::kChanged);
  // Better is not worse.
  CHECK(non_inferiority(shifted(0.4), options).reading == Reading::kMaintained);
  CHECK(non_inferiority(shifted(-0.2), options).reading ==
        Reading::kInconclusive);
  CHECK(non_inferiority(shifted(-0.4), options).reading == Reading::kChanged);
}

TEST_CASE("The absence of a significant difference is not equivalence") {
  const EquivalenceResult result =
      equivalence({-3, 4, 1, -2, 5, -4}, {.margin = 1});
  CHECK(result.reading == Reading::kInconclusive);
  CHECK(to_string(result.reading) == "inconclusive");
}

TEST_CASE("Without spread nothing is said") {
  for (const std::vector<double>& d :
       {std::vector<double>{}, {0.1}, {0.1, 0.1, 0.1}, {0, 0, 0}}) {
    const EquivalenceResult result = equivalence(d, {.margin = 1});
    CHECK(result.reading == Reading::kUndefined);
    CHECK(std::isnan(result.p));
    CHECK(std::isnan(result.ci.low));
    CHECK(std::isnan(non_inferiority(d, {.margin = 1}).p));
  }
}

TEST_CASE("A margin must be declared") {
  CHECK(test::message_of<UserError>([] {
          equivalence({1, 2}, {});
        }).find("needs a margin above 0") != std::string::npos);
  CHECK_THROWS_AS(non_inferiority({1, 2}, {.margin = 1, .alpha = 0.5}),
                  UserError);
  CHECK_THROWS_AS(equivalence({1, std::nan("")}, {.margin = 1}), UserError);
}

}  // namespace cdx
