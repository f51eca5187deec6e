#include "stats/distributions.h"

#include "stats/golden.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Quantiles of the normal distribution are scipy's") {
  const Json& golden = test::statistics_golden().at("distributions");
  for (size_t i = 0; i < golden.at("p").size(); ++i) {
    const double expected = golden.at("normal_quantile")[i].get<double>();
    const double found = normal_quantile(golden.at("p")[i].get<double>());
    CHECK(std::abs(found - expected) <= 1e-13 * std::abs(expected));
  }
  CHECK(normal_quantile(0) == -HUGE_VAL);
  CHECK(normal_quantile(1) == HUGE_VAL);
  CHECK(std::isnan(normal_quantile(1.1)));
}

TEST_CASE("Tails and quantiles of Student's distribution are scipy's") {
  const Json& golden = test::statistics_golden().at("distributions");
  for (size_t k = 0; k < golden.at("df").size(); ++k) {
    const double df = golden.at("df")[k].get<double>();
    CAPTURE(df);
    for (size_t i = 0; i < golden.at("t").size(); ++i) {
      const double t = golden.at("t")[i].get<double>();
      const double expected = golden.at("t_tail")[k][i].get<double>();
      CAPTURE(t);
      CHECK(std::abs(student_t_upper_tail(t, df) - expected) <=
            1e-11 * expected);
    }
    for (size_t i = 0; i < golden.at("levels").size(); ++i) {
      const double level = golden.at("levels")[i].get<double>();
      CHECK(student_t_quantile(level, df) ==
            test::close_to(golden.at("t_quantile")[k][i]));
    }
  }
  CHECK(student_t_upper_tail(HUGE_VAL, 3) == 0);
  CHECK(student_t_upper_tail(-HUGE_VAL, 3) == 1);
  CHECK(std::isnan(student_t_upper_tail(std::nan(""), 3)));
  CHECK(std::isnan(student_t_quantile(1, 3)));
}

}  // namespace cdx
