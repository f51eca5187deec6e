#pragma once

#include "metrics/bleu.h"
#include "metrics/golden.h"
#include "metrics/overlap.h"
#include "metrics/word_tokens.h"
#include "util/json.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace cdx::test {

// Goldens of scripts/oracle/wording.py (versions in "made_by").
inline const Json& wording_golden() {
  static const Json golden = parse_json_file("tests/data/metrics/wording.json");
  return golden;
}

// close_to() for goldens that may be 0.
inline doctest::Approx near(double golden) {
  return doctest::Approx(golden).epsilon(1e-9).scale(1e-12);
}

inline Words nltk39_words(std::string_view text) {
  return nltk_words(text, NltkRules::kNltk39);
}
inline Words nltk310_words(std::string_view text) {
  return nltk_words(text);
}

// The tokenisers by their names in the golden files.
using Tokeniser = std::pair<std::string, Words (*)(std::string_view)>;
inline const std::vector<Tokeniser> kTokenisers = {
    {"sp", single_space_words},
    {"tevet", tevet_words},
    {"rouge", rouge_words},
    {"13a", mteval13a_words},
    {"lr", lexical_richness_words},
    {"nltk39", nltk39_words},
    {"nltk310", nltk310_words}};

inline void check_all_close(const std::vector<double>& found,
                            const Json& golden) {
  REQUIRE(found.size() == golden.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    CHECK(found[i] == near(golden[i].get<double>()));
  }
}

// Every score of `set_case` in the oracle script.
inline void check_scores(const std::vector<std::string>& texts,
                         const Json& golden) {
  const TokenIds words = white_space_tokens(texts);
  for (int order = 2; order <= 5; ++order) {
    CAPTURE(order);
    check_all_close(self_bleu_scores(words, order),
                    golden.at("self_bleu")[static_cast<size_t>(order - 2)]);
  }
  const auto number = [&](const char* key) {
    return near(golden.at(key).get<double>());
  };
  CHECK(self_bleu(words) == number("self_bleu_4"));
  CHECK(self_bleu(word_tokens(texts, nltk310_words)) ==
        number("self_bleu_nltk310"));
  CHECK(pairwise_bleu(words) == number("pairwise_bleu"));
  check_all_close(self_sacrebleu_scores(texts), golden.at("self_sacrebleu"));

  const TokenIds rouge = word_tokens(texts, rouge_words);
  size_t pair = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    for (size_t j = i + 1; j < texts.size(); ++j) {
      CHECK(rouge_l(rouge.texts[i], rouge.texts[j]) ==
            golden.at("rouge_l")[pair++].get<double>());
    }
  }
  CHECK(homogenization_rouge_l(rouge) ==
        golden.at("homogenization_rouge_l").get<double>());
  CHECK(homogenization_rouge_l_compat(rouge) ==
        golden.at("homogenization_rouge_l_compat").get<double>());
  for (int n = 1; n <= 4; ++n) {
    CHECK(self_repetition(words, n) ==
          near(golden.at("self_repetition")[static_cast<size_t>(n - 1)]
                   .get<double>()));
  }
}

}  // namespace cdx::test
