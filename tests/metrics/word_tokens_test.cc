#include "metrics/word_tokens.h"

#include "metrics/wording_golden.h"
#include "util/unicode.h"

#include <chrono>
#include <regex>

#include <doctest/doctest.h>

namespace cdx {
namespace {

// Words written with a space between.
Words words_of(std::string_view spaced) {
  return single_space_words(spaced);
}

}  // namespace

TEST_CASE("Each tokeniser gives the words of its package") {
  for (const Json& golden : test::wording_golden().at("words")) {
    const auto text = golden.at("text").get<std::string>();
    CAPTURE(text);
    for (const auto& [name, split] : test::kTokenisers) {
      CAPTURE(name);
      CHECK(split(text) == golden.at(name).get<Words>());
    }
  }
}

TEST_CASE("The words of specs/metrics.md §1.2 come out of 13a") {
  CHECK(mteval13a_words("Hello, world! It's 3.5% (approx.) of 1,000-2,000 U.S. "
                        "dollars...") ==
        words_of("Hello , world ! It's 3.5 % ( approx . ) of 1,000 - 2,000 U . "
                 "S . dollars . . ."));
  CHECK(mteval13a_words("a,,b 1,2,x .5 5. 3-4 x-y A_B c/d e'f") ==
        words_of("a , , b 1,2 , x . 5 5 . 3 - 4 x-y A _ B c / d e'f"));
  CHECK(mteval13a_words("end-\nline two\n") == words_of("endline two"));
  CHECK(mteval13a_words("&amp;lt;") == words_of("<"));
}

TEST_CASE("The rules of 13a give what its regular expressions do") {
  const std::vector<std::pair<std::regex, std::string>> rules = {
      {std::regex(R"(([\{-\~\[-\` -\&\(-\+\:-\@\/]))"), " $1 "},
      {std::regex(R"(([^0-9])([\.,]))"), "$1 $2 "},
      {std::regex(R"(([\.,])([^0-9]))"), " $1 $2"},
      {std::regex(R"(([0-9])(-))"), "$1 $2 "}};
  constexpr std::string_view kCharacters = "a1.,-(";
  constexpr size_t kLength = 5, kTexts = 6 * 6 * 6 * 6 * 6;
  for (size_t i = 0; i < kTexts; ++i) {
    std::string text;
    for (size_t rest = i; text.size() < kLength; rest /= kCharacters.size()) {
      text += kCharacters[rest % kCharacters.size()];
    }
    std::string spaced = " " + text + " ";
    for (const auto& [rule, replacement] : rules) {
      spaced = std::regex_replace(spaced, rule, replacement);
    }
    CAPTURE(text);
    const auto words = split_whitespace(spaced);
    CHECK(mteval13a_words(text) == Words(words.begin(), words.end()));
  }
}

TEST_CASE("The words of specs/metrics.md §1.3 come out of NLTK's rules") {
  const std::string text =
      "it's 'single' 'twas well–known a—b don't 'em rock 'n' roll d'Artagnan "
      "'tis";
  CHECK(nltk_words(text, NltkRules::kNltk39) ==
        words_of("it 's 'single ' 't was well–known a—b do n't 'em rock 'n ' "
                 "roll d'Artagnan 't is"));
  CHECK(nltk_words(text) ==
        words_of("it 's ' single ' ' twas well – known a — b do n't ' em rock "
                 "'n ' roll d'Artagnan ' tis"));
  const std::string quotes =
      "I can't gonna won't \"quote\" it's 'single' — em-dash -- end...";
  CHECK(nltk_words(quotes, NltkRules::kNltk39) ==
        words_of("I ca n't gon na wo n't `` quote '' it 's 'single ' — em-dash "
                 "-- end ..."));
  CHECK(nltk_words(quotes) ==
        words_of("I ca n't gon na wo n't `` quote '' it 's ' single ' — "
                 "em-dash -- end ..."));
  CHECK(nltk_words("“Curly quotes” and ‘single’ don’t") ==
        words_of("“ Curly quotes ” and ‘ single ’ don ’ t"));
  CHECK(nltk_words("Hello world. Bye.") == words_of("Hello world. Bye ."));
}

TEST_CASE("The examples of specs/metrics.md §1.1 come out") {
  CHECK(single_space_words("a  b\tc\n") == Words{"a", "", "b\tc\n"});
  CHECK(single_space_words("") == Words{""});
  CHECK(tevet_words("one.\ntwo  A.b.") == Words{"onetwo", "Ab"});
  CHECK(rouge_words("café naïve") == Words{"caf", "na", "ve"});
  CHECK(rouge_words("日本") == Words{});
  CHECK(lexical_richness_words("Well-known 12 – it’s “x”") ==
        Words{"wellknown", "it’s", "“x”"});
}

TEST_CASE("Equal words have equal ids, in the order of first appearance") {
  const TokenIds tokens = word_tokens({"b a", "", "A b"}, rouge_words);
  CHECK(tokens.texts == std::vector<std::vector<int32_t>>{{0, 1}, {}, {1, 0}});
  CHECK(tokens.n_types == 2);
  CHECK(word_tokens({"A b", "b"}, tevet_words).n_types == 2);
  CHECK(number_words({{"x", "y"}, {"x"}}).texts ==
        std::vector<std::vector<int32_t>>{{0, 1}, {0}});
}

// The shapes on which a rule that looks ahead, or back, may become quadratic.
TEST_CASE("Long texts of one character take linear time") {
  for (const char* piece :
       {".", " ", "'", "`", "\"", ". ", "Don't say \"well-known\" (3.14). "}) {
    std::string text = "x.";
    while (text.size() < 300'000) text += piece;
    for (const auto& [name, split] : test::kTokenisers) {
      CAPTURE(name);
      CAPTURE(piece);
      const auto start = std::chrono::steady_clock::now();
      CHECK(split(text).size() <= text.size() + 1);
      const std::chrono::duration<double> time =
          std::chrono::steady_clock::now() - start;
      CHECK(time.count() < 5);  // 0.1 s, and room for sanitizers
    }
  }
}

}  // namespace cdx
