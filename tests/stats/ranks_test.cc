#include "stats/ranks.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Equal values share the mean of their ranks") {
  const Ranks ranks = average_ranks({3, 1, 3, 2, 3, 1});
  CHECK(ranks.ranks == std::vector<double>{5, 1.5, 5, 3, 5, 1.5});
  CHECK(ranks.tie_term == (8 - 2) + (27 - 3));
  CHECK(average_ranks({}).ranks.empty());
}

TEST_CASE("Rounding noise is removed and nothing else") {
  // 0.3 − 0.1 and 0.4 − 0.2 differ in the last bit.
  const std::vector<double> differences = {0.3 - 0.1, 0.4 - 0.2, 1e-17, 0.2001};
  REQUIRE(differences[0] != differences[1]);
  const std::vector<double> clean = without_rounding_noise(differences, 0.4);
  CHECK(clean[0] == clean[1]);
  CHECK(clean[2] == 0);
  CHECK(std::abs(clean[3] - 0.2001) < 1e-12);
  CHECK(without_rounding_noise({0, 0}, 0) == std::vector<double>{0, 0});
}

TEST_CASE("The tail of the normal distribution is the tabulated one") {
  // Tables of the standard normal distribution; far tail from mpmath.
  CHECK(normal_upper_tail(0) == 0.5);
  CHECK(normal_upper_tail(1.959963984540054) == doctest::Approx(0.025));
  CHECK(std::abs(normal_upper_tail(10) / 7.619853024160527e-24 - 1) < 1e-12);
  CHECK(normal_upper_tail(-1) == doctest::Approx(0.8413447460685429));
}

}  // namespace cdx
