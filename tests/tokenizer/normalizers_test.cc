#include "tokenizer/normalizers.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

std::string bert(std::string_view text, const Json& changes = Json::object()) {
  Json json = {{"type", "BertNormalizer"},
               {"clean_text", true},
               {"handle_chinese_chars", true},
               {"strip_accents", nullptr},
               {"lowercase", true}};
  json.update(changes);
  return read_normalizer(json, "f")(text);
}

TEST_CASE("NFC composes and null does nothing") {
  CHECK(read_normalizer({{"type", "NFC"}}, "f")("e\u0301") == "\u00E9");
  CHECK_FALSE(read_normalizer(nullptr, "f"));
}

// Expected: tokenizers 0.22.2, BertNormalizer().normalize_str of each text.
TEST_CASE("BERT's drops, spaces, strips and lowers as the library does") {
  CHECK(bert("Caf\u00E9 na\u00EFve") == "cafe naive");
  CHECK(bert("\u0130stanbul \u01C5 \uFB01 \u00DF") ==
        "istanbul \u01C6 \uFB01 \u00DF");
  CHECK(bert("zero\u200Bwidth soft\u00ADhyphen") == "zerowidth softhyphen");
  CHECK(bert("a\tb\nc\u2003d") == "a b c d");
  CHECK(bert(std::string_view("x\0\x01\uFFFDy", 7)) == "xy");
  CHECK(bert("a\u4F60\u597Db\uAC00") == "a \u4F60  \u597D b\u1100\u1161");
  CHECK(bert("\U0002B820\U0002B920") == "\U0002B820 \U0002B920 ");
}

TEST_CASE("each of BERT's steps can be switched off") {
  CHECK(bert("\u00C9\u0130", {{"strip_accents", false}}) == "\u00E9i\u0307");
  CHECK(bert("\u00C9", {{"lowercase", false}}) == "\u00C9");
  CHECK(bert("\u00C9", {{"lowercase", false}, {"strip_accents", true}}) == "E");
  CHECK(bert("\u4F60", {{"handle_chinese_chars", false}}) == "\u4F60");
  CHECK(bert("a\tb", {{"clean_text", false}}) == "a\tb");
}

// Characters whose category changed after Unicode 8, which the library keeps:
// U+166D was punctuation (kept here, set apart later), U+1734 Mn, U+1885 Lo.
TEST_CASE("categories are those of Unicode 8") {
  CHECK(bert("a\u1734b") == "ab");
  CHECK(bert("a\u1885b") == "a\u1885b");
  CHECK(bert("a\u0300\u1DFAb") == "a\u1DFAb");  // Mn since Unicode 14
}

}  // namespace
}  // namespace cdx
