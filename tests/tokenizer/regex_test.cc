#include "tokenizer/regex.h"

#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Words = std::vector<std::string>;

Words matches(const std::string& pattern, const std::string& text) {
  Words words;
  for (Span span : Regex(pattern, "f").find_all(text)) {
    words.emplace_back(part(text, span));
  }
  return words;
}

std::string refusal(const std::string& pattern) {
  return test::message_of<UserError>([&] { Regex(pattern, "f"); });
}

TEST_CASE("letters and numbers are those of Unicode") {
  CHECK(matches(R"(\p{L}+|\p{N})", "na\u00EFve \u4E2D\u6587 \u0663\u00BD") ==
        Words{"na\u00EFve", "\u4E2D\u6587", "\u0663", "\u00BD"});
}

TEST_CASE("white space is Unicode's, in and out of a class") {
  CHECK(matches(R"(\s)", "a\u0085b\u2003c\u180Ed\u200Be\x1C") ==
        Words{"\u0085", "\u2003"});
  CHECK(matches(R"([^\s]+)", "a\u3000b\u180Ec\n") == Words{"a", "b\u180Ec"});
  CHECK(matches(R"(\S+)", "a\u1680b\u180Ec") == Words{"a", "b\u180Ec"});
  CHECK(matches(R"(\s+(?!\S))", "a   b  ") == Words{"  ", "  "});
}

TEST_CASE("ignoring case folds the long s, as Oniguruma does") {
  CHECK(matches("(?i:'s|'re)", "'S '\u017F 'rE s") ==
        Words{"'S", "'\u017F", "'rE"});
}

// Of Unicode 16: a letter, a digit, a mark; U+11DE0 has no category yet.
TEST_CASE("characters newer than PCRE2 have their category") {
  std::string text = "a\u1C89\U00010D40\U00011DE0\u0897 ";
  CHECK(matches("\\p{L}+", text) == Words{"a\u1C89"});
  CHECK(matches("\\p{Nd}", text) == Words{"\U00010D40"});
  CHECK(matches("[^\\s\\p{L}\\p{N}]+", text) == Words{"\U00011DE0\u0897"});
  CHECK(matches("\u1C89|\u2C00", "\u2C00") == Words{"\u2C00"});
}

TEST_CASE("matches are replaced") {
  CHECK(Regex("\\s+", "f").replace_all(" a  b", "-") == "-a-b");
  CHECK(Regex("x*", "f").replace_all("abxxc", "-") == "-a-b-c-");
  CHECK(Regex::literal("  ").replace_all("a   b", "") == "a b");
  std::string many(1'000'000, 'a');
  CHECK(test::message_of<UserError>([&] {
          Regex::literal("a").replace_all(many, std::string(1000, 'b'));
        }).starts_with("the tokenizer file makes a text more than 64 times"));
}

TEST_CASE("empty matches advance by one character") {
  CHECK(matches("x*", "\u00E9xx\u00E9").size() == 3);
}

TEST_CASE("a literal pattern has no special characters") {
  std::string text = "a.b..c(";
  CHECK(Regex::literal(".").find_all(text) ==
        std::vector<Span>{{1, 2}, {3, 4}, {4, 5}});
  CHECK(Regex::literal("(").find_all(text).size() == 1);
}

TEST_CASE("what Oniguruma reads differently is refused") {
  CHECK(refusal("\\w+") ==
        "f: \"\\w\" in the pattern \"\\w+\" is not supported yet");
  for (const char* pattern :
       {"^a",        "a$",         "[\\S]",       "[a[b]]",  "[a&&b]",
        "(?m:a)",    "(*UTF)a",    "a{,3}",       "a{1,2}+", "\\1",
        "\\bx",      "a\\",        "\\pL",        "[]a]",    "[^]a]",
        "(?<n>a)",   "\\p{Han}",   "\\p{Letter}", "\\p{^}",  "\\p{L",
        "(?i:Stop)", "(?i:\u00E9)"}) {
    CAPTURE(pattern);
    CHECK(refusal(pattern).ends_with("is not supported yet"));
  }
  CHECK(refusal("\\p{L}+(?>a)(?<!b)(?<=c)(?=d)[\\]\\[.-]\\.").empty());
}

TEST_CASE("an invalid pattern is refused with the reason") {
  CHECK(refusal("(a") ==
        "f: the pattern \"(a\" is not valid: missing closing parenthesis");
  CHECK(refusal("a)") ==
        "f: the pattern \"a)\" is not valid: unmatched closing parenthesis");
}

TEST_CASE("a match that takes too long is an error, not a miss") {
  Regex regex("(a|aa)+[bc]", "f");
  std::string text(40, 'a');
  std::string message =
      test::message_of<UserError>([&] { regex.find_all(text); });
  CHECK(
      message.starts_with("f: the pattern \"(a|aa)+[bc]\" failed on a text: "));
}

TEST_CASE("two million blanks are no problem") {
  std::string blanks(2'000'000, ' ');
  CHECK(Regex(R"(\s+(?!\S)|\s+)", "f").find_all(blanks).size() == 1);
}

}  // namespace
}  // namespace cdx
