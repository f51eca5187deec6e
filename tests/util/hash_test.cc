#include "util/hash.h"

#include "support.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

// FIPS 180-2, appendix B.1.
constexpr auto kAbc =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST_CASE("sha256 gives the published digests") {
  CHECK(sha256("abc") == kAbc);
  CHECK(sha256("") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("the digest of a file is that of its bytes") {
  test::TemporaryFolder folder;
  test::write_text(folder / "a", "abc");
  CHECK(sha256_file(folder / "a") == kAbc);
  std::string large(300'000, 'q');
  test::write_text(folder / "b", large);
  CHECK(sha256_file(folder / "b") == sha256(large));
}

TEST_CASE("hash64 is the little-endian beginning of the digest") {
  CHECK(hash64("abc") == 0xeacf018fbf1678baULL);
}

TEST_CASE("crc32 gives the check value of the CRC catalogue") {
  CHECK(crc32("123456789") == 0xCBF43926U);
  CHECK(crc32("") == 0);
}

}  // namespace
}  // namespace cdx
