#include "tokenizer/byte_level.h"

#include "util/unicode.h"

#include <set>

#include <doctest/doctest.h>

namespace cdx {
namespace {

// Radford et al. 2019, bytes_to_unicode of the GPT-2 code.
TEST_CASE("bytes become GPT-2's printable characters") {
  CHECK(to_byte_level("Hi ~!") == "Hi\u0120~!");
  CHECK(to_byte_level("\n\t") == "\u010A\u0109");
  CHECK(to_byte_level(std::string_view("\0\x7F\x80\xA0\xAD", 5)) ==
        "\u0100\u0121\u0122\u0142\u0143");
  CHECK(to_byte_level("\u00E9") == "\u00C3\u00A9");
}

TEST_CASE("all 256 bytes are distinct and come back") {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  std::u32string letters = to_code_points(to_byte_level(bytes));
  CHECK(std::set<char32_t>(letters.begin(), letters.end()).size() == 256);
  CHECK(from_byte_level(to_byte_level(bytes)) == bytes);
}

TEST_CASE("a token with a foreign character is text already") {
  CHECK(from_byte_level("a\u4E2D\u0120") == "a\u4E2D\u0120");
  CHECK(from_byte_level("\u0144") == "\u0144");  // the first beyond
  CHECK(from_byte_level("\u00AD") == "\u00AD");  // a byte not its own letter
}

}  // namespace
}  // namespace cdx
