#include "kernels/philox.h"

#include <doctest/doctest.h>

namespace cdx {

// Known-answer tests of Random123 (kat_vectors, philox4x32 10).
TEST_CASE("Philox4x32-10 gives the published vectors") {
  CHECK(philox4x32({0, 0, 0, 0}, 0) ==
        PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox4x32({~0U, ~0U, ~0U, ~0U}, ~uint64_t{0}) ==
        PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                   0x299f31d0a4093822) ==
        PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("every coordinate changes a token's bits") {
  const RandomCoordinates at{.key = 1, .sample = 2, .step = 3};
  const PhiloxBlock bits = token_bits(at, 4);
  CHECK(token_bits({.key = 9, .sample = 2, .step = 3}, 4) != bits);
  CHECK(token_bits({.key = 1, .sample = 9, .step = 3}, 4) != bits);
  CHECK(token_bits({.key = 1, .sample = 2, .step = 9}, 4) != bits);
  CHECK(token_bits(at, 9) != bits);
}

TEST_CASE("uniforms lie strictly between 0 and 1") {
  CHECK(to_uniform(0) == 0.5F * 0x1p-32F);
  CHECK(to_uniform(0xFFFFFFFF) < 1.0F);
  CHECK(to_uniform(0x80000000) == doctest::Approx(0.5));
}

}  // namespace cdx
