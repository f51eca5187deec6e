#include "metrics/bleu.h"

#include "metrics/wording_golden.h"
#include "support.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Texts = std::vector<std::string>;
using test::near;

double self_bleu_of(const Texts& texts, int order = 4) {
  return self_bleu(white_space_tokens(texts), order);
}

// BLEU as it is defined, of NLTK's method1, over n-grams in maps.
double bleu_by_definition(const Words& text,
                          const std::vector<Words>& references,
                          size_t order) {
  const auto count = [](const Words& words, size_t n) {
    std::map<Words, int> counts;
    for (size_t i = 0; i + n <= words.size(); ++i) {
      ++counts[Words(words.begin() + static_cast<std::ptrdiff_t>(i),
                     words.begin() + static_cast<std::ptrdiff_t>(i + n))];
    }
    return counts;
  };
  double log_score = 0;
  for (size_t n = 1; n <= order; ++n) {
    int matched = 0, total = 0;
    for (const auto& [gram, times] : count(text, n)) {
      int most = 0;
      for (const Words& reference : references) {
        const auto counts = count(reference, n);
        const auto found = counts.find(gram);
        if (found != counts.end()) most = std::max(most, found->second);
      }
      matched += std::min(times, most);
      total += times;
    }
    if (n == 1 && matched == 0) return 0;
    log_score += std::log((matched > 0 ? matched : 0.1) / std::max(total, 1)) /
                 static_cast<double>(order);
  }
  const auto length = static_cast<double>(text.size());
  double closest = INFINITY;
  for (const Words& reference : references) {
    const auto other = static_cast<double>(reference.size());
    const double gain = std::abs(closest - length) - std::abs(other - length);
    if (gain > 0 || (gain == 0 && other < closest)) closest = other;
  }
  const double brevity = length > closest ? 1 : std::exp(1 - closest / length);
  return brevity * std::exp(log_score);
}

}  // namespace

TEST_CASE("Scores of sets of texts are the packages'") {
  for (const Json& golden : test::wording_golden().at("sets")) {
    const auto texts = golden.at("texts").get<Texts>();
    CAPTURE(texts[0]);
    test::check_scores(texts, golden);
  }
}

TEST_CASE("The goldens of specs/metrics.md §1.5 and §8 come out") {
  CHECK(self_bleu_of(test::kTextsA) == near(0.5594184844448996));
  CHECK(self_bleu_of(test::kTextsA, 3) == near(0.6172082182820224));
  CHECK(self_bleu_of(test::kTextsA, 2) == near(0.6767920300527064));
  CHECK(self_bleu_of(test::kTextsB) == near(0.3086256360855313));
  CHECK(self_bleu_of(test::kTextsB, 3) == near(0.37745426328671405));
  CHECK(self_bleu_of(test::kTextsB, 2) == near(0.5108201256319785));
  CHECK(self_bleu_of(test::kTextsC) == near(1));
  test::check_all_close(
      self_bleu_scores(white_space_tokens(test::kTextsA)),
      {.795637166192145, .7598356856515925, .12278260149096115});
  test::check_all_close(
      self_bleu_scores(white_space_tokens(test::kTextsB)),
      {.6042750794713536, .12209471671615688, .5081327481546147, 0});
  const TokenIds nltk = word_tokens(test::kTextsA, test::nltk310_words);
  CHECK(self_bleu(nltk, 2) == near(0.7270998521088544));
  CHECK(self_bleu(nltk, 3) == near(0.6487021564914085));
  CHECK(self_bleu(nltk, 4) == near(0.5873743654745484));
  CHECK(self_bleu(nltk, 5) == near(0.5607702696041598));
  test::check_all_close(
      self_sacrebleu_scores(test::kTextsA),
      {84.20460979216622, 80.70557274927978, 16.90062198556585});
  CHECK(self_sacrebleu(test::kTextsA) == near(60.603601509003944));
  // sacrebleu 2.6.0; the specification has a wrong eighth digit, 33.5495677….
  CHECK(self_sacrebleu(test::kTextsB) == near(33.54956780730279));
}

TEST_CASE("Equal texts shorter than the order score below 1, as in NLTK") {
  CHECK(self_bleu_of({"a b c", "a b c"}) == near(0.5623413251903491));
  CHECK(self_bleu_of({"a b", "a b"}) == near(0.316227766016838));
  CHECK(self_bleu_of({"a", "a"}) == near(0.1778279410038923));
  CHECK(self_sacrebleu({"hello there", "hello there"}) == near(100));
}

TEST_CASE("Self-BLEU is BLEU by definition, on random sets") {
  int sets = 0;
  for (unsigned seed = 0; seed < 60; ++seed) {
    CAPTURE(seed);
    const Texts texts = test::random_texts(seed);
    if (texts.size() == 1) continue;
    ++sets;
    std::vector<Words> words;
    for (const std::string& text : texts) {
      const auto views = split_whitespace(text);
      words.emplace_back(views.begin(), views.end());
    }
    const int order = 1 + static_cast<int>(seed % 5);
    const auto scores = self_bleu_scores(white_space_tokens(texts), order);
    double pairs = 0;
    for (size_t i = 0; i < words.size(); ++i) {
      std::vector<Words> others = words;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      const double golden =
          bleu_by_definition(words[i], others, static_cast<size_t>(order));
      CHECK(scores[i] == near(golden));
      CHECK(sentence_bleu(words[i], others, order) == near(golden));
      for (const Words& other : others) {
        pairs +=
            bleu_by_definition(words[i], {other}, static_cast<size_t>(order));
      }
    }
    const auto n = static_cast<double>(words.size());
    CHECK(pairwise_bleu(white_space_tokens(texts), order) ==
          near(pairs / n / (n - 1)));
  }
  CHECK(sets > 30);
}

// Its documentation gives 0.5045, here with method1, which changes nothing.
TEST_CASE("BLEU of the example of NLTK's documentation comes out") {
  const Words hypothesis = single_space_words(
      "It is a guide to action which ensures that the military always obeys "
      "the commands of the party");
  const std::vector<Words> references = {
      single_space_words("It is a guide to action that ensures that the "
                         "military will forever heed Party commands"),
      single_space_words("It is the guiding principle which guarantees the "
                         "military forces always being under the command of "
                         "the Party"),
      single_space_words("It is the practical guide for the army always to "
                         "heed the directions of the party")};
  CHECK(sentence_bleu(hypothesis, references) ==
        doctest::Approx(0.5045666840058485).epsilon(1e-12));
}

TEST_CASE("One text has no BLEU, no text and no order are errors") {
  CHECK(std::isnan(self_bleu_of({"a b"})));
  CHECK(std::isnan(pairwise_bleu(white_space_tokens({"a b"}))));
  CHECK(std::isnan(self_sacrebleu({"a b"})));
  CHECK(test::message_of<UserError>([] { self_bleu_of({}); }) ==
        "self_bleu: there are no texts");
  CHECK(test::message_of<UserError>([] {
          self_bleu_of({"a", "b"}, 0);
        }) == "self_bleu: the order is 0, not at least 1");
  CHECK_THROWS_AS(pairwise_bleu(TokenIds{}), UserError);
  CHECK_THROWS_AS(self_sacrebleu({}), UserError);
  CHECK_THROWS_AS(sentence_bleu({"a"}, {}), UserError);
}

}  // namespace cdx
