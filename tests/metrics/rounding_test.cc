#include "metrics/rounding.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Rounding is Python's: of the binary value, ties to even") {
  // Of Python 3.11's round(value, 3).
  CHECK(round_decimals(1.1408450704225352, 3) == 1.141);
  CHECK(round_decimals(0.0005, 3) == 0.001);  // a little more than 0.0005
  CHECK(round_decimals(1.0005, 3) == 1.0);    // a little less than 1.0005
  CHECK(round_decimals(2.6755, 3) == 2.675);
  CHECK(round_decimals(0.0625, 3) == 0.062);
  CHECK(round_decimals(0.1875, 3) == 0.188);
  CHECK(round_decimals(-0.0625, 3) == -0.062);
  CHECK(round_decimals(5535.70833, 3) == 5535.708);
  CHECK(round_decimals(0, 3) == 0);
  CHECK(std::isnan(round_decimals(std::nan(""), 3)));
}

}  // namespace cdx
