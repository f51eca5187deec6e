#include "tokenizer/precompiled.h"

#include "tokenizer/tokenizer_support.h"
#include "util/errors.h"

#include <cstring>

#include <doctest/doctest.h>

namespace cdx {
namespace {

const std::string& table() {
  static const std::string bytes = [] {
    Json steps = test::shipped_json("unigram")["normalizer"]["normalizers"];
    return from_base64(steps[0]["precompiled_charsmap"].get<std::string>(),
                       "x");
  }();
  return bytes;
}

std::string refusal(const std::string& charsmap) {
  return test::message_of<UserError>([&] { Precompiled(charsmap, "x.json"); });
}

constexpr auto kDamaged = "x.json: the precompiled_charsmap is damaged";

}  // namespace

// The rules stand in scripts/oracle/unigram.py; that whole graphemes of fewer
// than six bytes are replaced, by tokenizers 0.22.2.
TEST_CASE("strings of the table are replaced, grapheme by grapheme") {
  const Precompiled normalize(table(), "x");
  CHECK(normalize("") == "");
  CHECK(normalize("Plain text, 12!") == "Plain text, 12!");
  CHECK(normalize("ＡＢＣ１２") == "ABC12");
  CHECK(normalize("cafe\u0301 ﬁne") == "café fine");
  CHECK(normalize("a\tb\nc") == "a b c");
  CHECK(normalize("a\r\nb") == "a b");  // one grapheme, by its beginning
  CHECK(normalize("a\n\rb") == "a  b");
  CHECK(normalize("Ａ\u0301") == "A");  // five bytes: the mark is lost
  CHECK(normalize("Ａ\u0301\u0301") == "A\u0301\u0301");  // seven: it is not
  CHECK(normalize("\u200bx\u00ad") == "x");
  // U+113BE is a mark since Unicode 16, whatever ICU knows: eight bytes.
  CHECK(normalize("e\u0301\u0301\U000113BE") == "e\u0301\u0301\U000113BE");
}

TEST_CASE("a damaged table of characters is refused") {
  const std::string good = table();
  CHECK(refusal(good) == "");
  CHECK(refusal("") == kDamaged);
  CHECK(refusal(good.substr(0, 4)) == kDamaged);
  CHECK(refusal(good.substr(0, good.size() - 1)) == kDamaged);
  uint32_t size = 0;
  std::memcpy(&size, good.data(), sizeof size);
  for (uint32_t wrong : {0U, 4U, size - 4, size + 4, size * 2, ~0U}) {
    std::string bad = good;
    std::memcpy(bad.data(), &wrong, sizeof wrong);
    CHECK(refusal(bad) == kDamaged);
  }
  // A root that leads out of the trie, a value that leads out of the strings.
  std::string bad = good;
  std::memset(bad.data() + 4, 0xFF, 4);
  CHECK(refusal(bad) == kDamaged);
  CHECK(refusal(good.substr(0, 4 + size) + std::string(1, '\0')) == kDamaged);
  CHECK(refusal(good + std::string(1025, 'x') + '\0') == kDamaged);
  CHECK(refusal(good + "\xFF" + '\0') == kDamaged);
}

TEST_CASE("base64 is read, and refused when damaged") {
  // RFC 4648, section 10.
  CHECK(from_base64("", "x") == "");
  CHECK(from_base64("Zg==", "x") == "f");
  CHECK(from_base64("Zm8=", "x") == "fo");
  CHECK(from_base64("Zm9v", "x") == "foo");
  CHECK(from_base64("Zm9vYmFy", "x") == "foobar");
  CHECK(from_base64("+/8A", "x") == std::string("\xFB\xFF\0", 3));
  for (const char* bad : {"Zg", "Zg=", "Z===", "Zm9v!mFy", "Zm=v"}) {
    CAPTURE(bad);
    CHECK(test::message_of<UserError>([&] { from_base64(bad, "x"); }) ==
          "x: the base64 is damaged");
  }
}

}  // namespace cdx
