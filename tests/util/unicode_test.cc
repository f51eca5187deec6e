#include "util/unicode.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Words = std::vector<std::string_view>;

TEST_CASE("well-formed UTF-8 is told from ill-formed") {
  for (std::string_view good :
       {std::string_view(""),
        std::string_view("a\0b", 3),
        std::string_view("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xED\x9F\xBF"),
        std::string_view("\xEE\x80\x80 \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF")}) {
    CAPTURE(good);
    CHECK(is_utf8(good));
  }
  for (const char* bad : {"\x80",
                          "\xC0\xAF",          // overlong /
                          "\xC1\xBF",          // overlong DEL
                          "\xE0\x9F\xBF",      // overlong U+07FF
                          "\xED\xA0\x80",      // surrogate U+D800
                          "\xF0\x8F\xBF\xBF",  // overlong U+FFFF
                          "\xF4\x90\x80\x80",  // U+110000
                          "\xF5\x80\x80\x80",
                          "a\xE2\x82",  // cut short
                          "\xFF"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_utf8(bad));
  }
}

// The example of the Unicode Standard 15, table 3-8 (maximal subparts), which
// is also what bytes.decode("utf-8", "replace") of Python gives.
TEST_CASE("each maximal subpart becomes one replacement character") {
  CHECK(to_valid_utf8("\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64") ==
        "a\uFFFD\uFFFD\uFFFDb\uFFFDc\uFFFD\uFFFDd");
  CHECK(to_valid_utf8("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
  CHECK(to_valid_utf8("x\xF0\x9F\x98") == "x\uFFFD");
  CHECK(to_valid_utf8("caf\u00E9 \U0001F600") == "caf\u00E9 \U0001F600");
}

TEST_CASE("code points and UTF-8 are inverse over all of Unicode") {
  std::u32string all;
  for (char32_t c = 1; c < 0x110000; c += c < 0x3000 ? 1 : 61) {
    if (c < 0xD800 || c > 0xDFFF) all += c;
  }
  std::string text = to_utf8(all);
  CHECK(is_utf8(text));
  CHECK(to_code_points(text) == all);
  CHECK(count_code_points(text) == all.size());
}

// str.isalnum() and str.isdecimal() of Python 3.11, \w of its package regex.
TEST_CASE("letters, digits and characters of words are told apart") {
  for (char32_t c : std::u32string_view(U"aZ0\u00E9\u0661\u65E5\U0001D7D9")) {
    CAPTURE(static_cast<uint32_t>(c));
    CHECK(is_alphanumeric(c));
    CHECK(is_uts18_word(c));
  }
  for (char32_t c : std::u32string_view(U"\u00B2\u2460")) {  // ², ①
    CHECK(is_alphanumeric(c));
    CHECK_FALSE(is_decimal(c));
  }
  CHECK_FALSE(is_uts18_word(U'\u00B2'));
  for (char32_t c : std::u32string_view(U"_\u0301\u200D")) {
    CHECK_FALSE(is_alphanumeric(c));
    CHECK(is_uts18_word(c));
  }
  for (char32_t c : std::u32string_view(U" -'\u2019\u00A0\U0001F409")) {
    CHECK_FALSE(is_alphanumeric(c));
    CHECK_FALSE(is_uts18_word(c));
  }
  CHECK(is_decimal(U'7'));
  CHECK(is_decimal(U'\u0661'));
  CHECK_FALSE(is_decimal(U'\u2167'));  // Ⅷ, numeric
  CHECK(is_alphanumeric(U'\u2167'));
}

// str.split() of Python 3.11 on the same strings.
TEST_CASE("text is split at Python's white space") {
  CHECK(split_whitespace("  a\tb\u00A0c\u2028d\u3000\u0085") ==
        Words{"a", "b", "c", "d"});
  CHECK(split_whitespace("x\x1Cy\x1Fz\u180Ew\u200Bv") ==
        Words{"x", "y", "z\u180Ew\u200Bv"});
  CHECK(split_whitespace("\u1680\u2009\u202F\u205F").empty());
  CHECK(split_whitespace("").empty());
}

TEST_CASE("text is split alike wherever in it a word or a space lies") {
  for (const std::string space : {" ", "\n", "\x1F", "\u00A0", "\u3000"}) {
    for (size_t before = 0; before <= 140; ++before) {
      CAPTURE(before);
      const std::string word(before, 'x'), other = "\u00E9\x7F\U0001F409!";
      const std::string text = word + space + space + other + space + "~";
      Words words = {word, other, "~"};
      if (before == 0) words.erase(words.begin());
      CHECK(split_whitespace(text) == words);
    }
  }
}

// str.split(" ") of Python 3.11 on the same strings.
TEST_CASE("text is split at every single space") {
  CHECK(split_spaces(" a  b\t\u3000c ") ==
        Words{"", "a", "", "b\t\u3000c", ""});
  CHECK(split_spaces("") == Words{""});
  CHECK(split_spaces(" ") == Words{"", ""});
}

TEST_CASE("white space is stripped from both ends only") {
  CHECK(strip_whitespace("\u2003 a b\u00A0\n") == "a b");
  CHECK(strip_whitespace("a") == "a");
  CHECK(strip_whitespace(" \t\u3000").empty());
  CHECK(strip_whitespace("").empty());
}

TEST_CASE("normalisation form C composes") {
  CHECK(to_nfc("cafe\u0301") == "caf\u00E9");
  CHECK(to_nfc("\u1112\u1161\u11AB") == "\uD55C");  // Hangul
  CHECK(to_nfc("\u212B q\u0323\u0307") == "\u00C5 q\u0323\u0307");
  CHECK(to_nfc("q\u0307\u0323") == "q\u0323\u0307");  // reordered
  CHECK(to_nfc("\uFB01") == "\uFB01");                // not NFKC
  CHECK(to_nfc("").empty());
}

TEST_CASE("normalisation form D decomposes") {
  CHECK(to_nfd("caf\u00E9") == "cafe\u0301");
  CHECK(to_nfd("\uD55C\uFB01") == "\u1112\u1161\u11AB\uFB01");
}

TEST_CASE("cases are those of Python's upper, lower and title") {
  // python3.11 -c 'print(S.upper(), S.lower(), S.title())'
  const std::string odd = "\u00df \ufb01 \u01c6 \u0130 \u03a3\u0391\u03a3 it's";
  CHECK(to_upper(odd) == "SS FI \u01c4 \u0130 \u03a3\u0391\u03a3 IT'S");
  CHECK(to_lower(odd) ==
        "\u00df \ufb01 \u01c6 i\u0307 \u03c3\u03b1\u03c2 it's");
  CHECK(to_title(odd) == "Ss Fi \u01c5 \u0130 \u03a3\u03b1\u03c2 It'S");
}

TEST_CASE("lower case is the same with and without a letter that needs care") {
  constexpr char32_t kSurrogates = 0xD800, kAfter = 0xE000, kSigma = 0x3A3;
  for (char32_t first = 0; first < 0x110000; first += 0x100) {
    if (first >= kSurrogates && first < kAfter) continue;
    std::string text;
    for (char32_t c = first; c < first + 0x100; ++c) {
      if (c != kSigma) append_utf8(c, text);
    }
    CAPTURE(first);
    CHECK(to_lower(text + "\u0130") == to_lower(text) + "i\u0307");
  }
}

TEST_CASE("what cannot be printed is what Python's repr() escapes") {
  for (const char32_t c : {U' ', U'a', U'\u00e9', U'\U0001f600', U'\u4f60'}) {
    CHECK(is_printable(c));
  }
  for (const char32_t c : {U'\n',
                           U'\x7f',
                           U'\u00a0',
                           U'\u00ad',
                           U'\u200b',
                           U'\u2028',
                           U'\ue000'}) {
    CHECK_FALSE(is_printable(c));
  }
}

}  // namespace
}  // namespace cdx
