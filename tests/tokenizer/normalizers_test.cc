#include "tokenizer/normalizers.h"

#include "support.h"
#include "util/errors.h"

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

std::string normalize(const Json& json, std::string_view text) {
  return read_normalizer(json, "f")(text);
}

std::string refusal(const Json& json) {
  return test::message_of<UserError>([&] { read_normalizer(json, "f"); });
}

// Expected: tokenizers 0.22.2. U+11935 U+11930 compose since Unicode 13, and
// U+1AC5 is in a combining class since 14: the library is of Unicode 9.
TEST_CASE("normal forms are those of Unicode 9") {
  CHECK(normalize({{"type", "NFC"}}, "e\u0301 \U00011935\U00011930") ==
        "\u00E9 \U00011935\U00011930");
  CHECK(normalize({{"type", "NFD"}}, "\u00E9\u1AC5\u0316\uAC00") ==
        "e\u0301\u1AC5\u0316\u1100\u1161");
  CHECK(normalize({{"type", "NFKC"}}, "\uFB01\u32FF\u00BD") ==
        "fi\u32FF1\u20442");
  CHECK(normalize({{"type", "NFKD"}}, "\u212B") == "A\u030A");
}

TEST_CASE("letters become small one by one") {
  CHECK(normalize({{"type", "Lowercase"}}, "\u00C9A\u03A3 \u0130\u1C89") ==
        "\u00E9a\u03C3 i\u0307\u1C8A");
}

TEST_CASE("accents that are characters of their own are stripped") {
  CHECK(normalize({{"type", "StripAccents"}}, "e\u0301\u00E9\u0903") ==
        "e\u00E9");
}

TEST_CASE("Replace, Prepend and Strip leave an empty text empty") {
  Json string = {{"type", "Replace"},
                 {"pattern", {{"String", " "}}},
                 {"content", "\u2581"}};
  Json regex = {
      {"type", "Replace"}, {"pattern", {{"Regex", "x*"}}}, {"content", "-"}};
  Json prepend = {{"type", "Prepend"}, {"prepend", "\u2581"}};
  CHECK(normalize(string, "a  b") == "a\u2581\u2581b");
  CHECK(normalize(regex, "axx") == "-a-");
  CHECK(normalize(regex, "").empty());
  CHECK(normalize(prepend, "a") == "\u2581a");
  CHECK(normalize(prepend, "").empty());
  Json both = {{"type", "Sequence"}, {"normalizers", {prepend, string}}};
  CHECK(normalize(both, " a") == "\u2581\u2581a");
}

TEST_CASE("white space is stripped on the sides that are named") {
  auto strip = [](bool left, bool right, std::string_view text) {
    return normalize(
        {{"type", "Strip"}, {"strip_left", left}, {"strip_right", right}},
        text);
  };
  std::string text = " \u3000a b\u0085\n";
  CHECK(strip(true, true, text) == "a b");
  CHECK(strip(true, false, text) == "a b\u0085\n");
  CHECK(strip(false, true, text) == " \u3000a b");
  CHECK(strip(false, false, text) == text);
  CHECK(strip(false, true, " \n").empty());
  CHECK(strip(false, false, " ") == " ");
}

TEST_CASE("what is no normalizer is refused") {
  CHECK(refusal({{"type", "Nmt"}}) ==
        "f: the normalizer \"Nmt\" is not supported yet");
  CHECK(refusal({{"type", "Sequence"}, {"normalizers", {nullptr}}}) ==
        "f: a step of the normalizer is null");
  CHECK(refusal({{"type", "Replace"},
                 {"pattern", {{"String", ""}}},
                 {"content", "a"}}) ==
        "f: an empty \"pattern\" is not supported yet");
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
