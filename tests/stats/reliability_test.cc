#include "stats/reliability.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {
namespace {

TEST_CASE("the correlation is Pearson's, of the pairs that are defined") {
  // numpy.corrcoef([1, 2, 4, 8], [3, 1, 5, 6]): 16.75 / sqrt(28.75 * 14.75).
  CHECK(pearson({1, 2, 4, 8}, {3, 1, 5, 6}) ==
        doctest::Approx(16.75 / std::sqrt(28.75 * 14.75)).epsilon(1e-12));
  const double nan = std::nan("");
  CHECK(pearson({1, 2, nan, 4, 8, 9}, {3, 1, 4, 5, 6, nan}) ==
        pearson({1, 2, 4, 8}, {3, 1, 5, 6}));
  CHECK(pearson({1, 2, 3}, {-2, -4, -6}) == doctest::Approx(-1));
}

TEST_CASE("there is no correlation of two pairs or of constants") {
  CHECK(std::isnan(pearson({}, {})));
  CHECK(std::isnan(pearson({1, 2}, {1, 2})));
  CHECK(std::isnan(pearson({1, 2, 3}, {5, 5, 5})));
  CHECK(std::isnan(pearson({.1, .1, .1}, {1, 2, 3})));
}

TEST_CASE("two halves that agree by r make a whole of 2r/(1 + r)") {
  CHECK(spearman_brown(0.5) == doctest::Approx(2.0 / 3));
  CHECK(spearman_brown(1) == 1);
  CHECK(spearman_brown(0) == 0);
  CHECK(spearman_brown(-0.5) == doctest::Approx(-2.0 / 3));
  CHECK(spearman_brown(-1) == -1);
  CHECK(std::isnan(spearman_brown(std::nan(""))));
}

}  // namespace
}  // namespace cdx
