#include "decoding/two_models.h"

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("conformative decoding is that of a plain transformers loop") {
  test::Pair pair("tests/data/decoding/two_models_fable.json");
  pair.load("data/models/fable/base", "data/models/fable/dpo");
  CHECK(test::check_greedy(pair, 1e-4) == 20 * 3);
  CHECK(test::check_distributions(
            pair, {.largest = 1e-5, .total_variation = 1e-5}) == 6 * 8 * 3);
}

}  // namespace cdx
