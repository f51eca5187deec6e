#include "metrics/lexical.h"

#include "metrics/counts_golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <iterator>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Texts = std::vector<std::string>;

double distinct(const Texts& texts, int n) {
  return distinct_n(white_space_tokens(texts), n);
}

}  // namespace

TEST_CASE("distinct-n, compression and duplicates are the oracle's") {
  for (const Json& golden : test::lexical_golden().at("cases")) {
    const auto texts = golden.at("texts").get<Texts>();
    CAPTURE(texts[0]);
    for (int n = 1; n <= 4; ++n) {
      CHECK(distinct(texts, n) ==
            golden.at("distinct")[static_cast<size_t>(n - 1)].get<double>());
    }
    CHECK(compression_ratio_gzip(texts) ==
          golden.at("compression_ratio_gzip").get<double>());
    CHECK(duplicate_rate(texts) == golden.at("duplicate_rate").get<double>());
  }
}

TEST_CASE("The goldens of specs/metrics.md §3.1 and §9.8 come out") {
  CHECK(distinct(test::kTextsA, 1) == 0.5);
  CHECK(distinct(test::kTextsA, 2) == 0.6296296296296297);
  CHECK(distinct(test::kTextsA, 3) == 0.7083333333333334);
  CHECK(distinct(test::kTextsB, 1) == 14.0 / 23);
  CHECK(distinct(test::kTextsB, 2) == 14.0 / 19);
  CHECK(distinct(test::kTextsB, 3) == 13.0 / 15);
  CHECK(distinct(test::kTextsB, 4) == 10.0 / 11);
  CHECK(duplicate_rate(test::kTextsA) == 0);
  CHECK(duplicate_rate(test::kTextsB) == 0);
  CHECK(duplicate_rate(test::kTextsC) == test::close_to(2.0 / 3));
  CHECK(duplicate_rate({"a", "a ", "b", "A"}) == 0.25);
  CHECK(duplicate_rate({"x"}) == 0);
}

TEST_CASE("Compat compression and n-gram diversity are the package's") {
  for (const Json& golden : test::counts_golden().at("sets")) {
    const auto texts = golden.at("texts").get<Texts>();
    CAPTURE(texts[0]);
    CHECK(compression_ratio_gzip_compat(texts) ==
          golden.at("gzip_compat").get<double>());
    CHECK(compression_ratio_xz_compat(texts) ==
          golden.at("xz_compat").get<double>());
    CHECK(test::agrees(ngram_diversity(texts), golden.at("ngram_diversity")));
    CHECK(test::agrees(ngram_diversity_compat(texts),
                       golden.at("ngram_diversity_compat")));
  }
}

TEST_CASE("The goldens of specs/metrics.md §2.1 and §2.3 come out") {
  const Texts many = test::repeat(test::kTextsB, 10000);
  CHECK(compression_ratio_gzip(many) == test::close_to(929999.0 / 3253));
  CHECK(compression_ratio_gzip_compat(many) == 5535.708);
  CHECK(compression_ratio_xz(many) == test::close_to(929999.0 / 328));
  CHECK(compression_ratio_xz_compat(many) == 2835.363);
  CHECK(compression_ratio_gzip(test::kTextsA) == 1.5);
  CHECK(compression_ratio_gzip_compat(test::kTextsA) == 1.141);
  CHECK(compression_ratio_xz_compat(test::kTextsA) == 1.038);
  CHECK(ngram_diversity(test::kTextsA) == test::close_to(2.719987228607918));
  CHECK(ngram_diversity(test::kTextsB) == test::close_to(3.236184829663091));
  CHECK(ngram_diversity(test::kTextsC) == test::close_to(1.4917582417582418));
  CHECK(ngram_diversity({"a  b c d"}) == 4);
  CHECK(ngram_diversity_compat(test::kTextsA) == 2.72);
  CHECK(ngram_diversity({"a", "b"}, 2) == 2);  // "a b" crosses the texts
  CHECK(std::isnan(ngram_diversity({"a", "b"}, 3)));
}

TEST_CASE("EAD is the fraction that the formula gives") {
  constexpr int64_t kVocabularies[] = {1, 20, 30522, 50257};  // the script's
  for (const Json& golden : test::counts_golden().at("sets")) {
    const TokenIds tokens = white_space_tokens(golden.at("texts").get<Texts>());
    CAPTURE(golden.at("texts")[0]);
    for (size_t v = 0; v < std::size(kVocabularies); ++v) {
      CHECK(ead(tokens, kVocabularies[v]) ==
            doctest::Approx(golden.at("ead")[v].get<double>()).epsilon(1e-13));
    }
    CHECK(ead_avg5(tokens) ==
          doctest::Approx(golden.at("ead_avg5").get<double>()).epsilon(1e-13));
  }
}

TEST_CASE("The goldens of specs/metrics.md §3.4 come out") {
  const TokenIds a = white_space_tokens(test::kTextsA),
                 b = white_space_tokens(test::kTextsB),
                 c = white_space_tokens(test::kTextsC);
  CHECK(ead(b, 30522) == test::close_to(0.6089150522680634));
  CHECK(ead(c, 30522) == test::close_to(0.33340978760228396));
  CHECK(ead(b, 50257) == test::close_to(0.6088288910280472));
  CHECK(ead(b, 20) == test::close_to(1.0106214404669322));
  CHECK(ead(a, 30522) == test::close_to(0.5002375737919182));
  CHECK(ead(a, 50257) == test::close_to(0.5001442733418838));
  CHECK(ead(a, 20) == test::close_to(0.9549745589245086));
  CHECK(ead_avg5(b) == test::close_to(0.8243662791945319));
  CHECK(ead(white_space_tokens({""}), 20) == 0);
  CHECK(test::message_of<UserError>([&] { ead(b, 0); }) ==
        "ead: the vocabulary has 0 tokens; it needs at least 1");
  CHECK_THROWS_AS(ead_avg5(b, 0), UserError);
}

TEST_CASE("Shared texts are those of several prompts") {
  for (const Json& golden : test::counts_golden().at("shared")) {
    const auto prompts = golden.at("prompts").get<std::vector<Texts>>();
    CHECK(shared_text_rate(prompts) == golden.at("rate").get<double>());
  }
  CHECK_THROWS_AS(shared_text_rate({}), UserError);
  CHECK_THROWS_AS(shared_text_rate({{}, {}}), UserError);
}

TEST_CASE("distinct-n and duplicates do not depend on the texts' order") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Texts texts = test::random_texts(seed);
    Texts reversed(texts.rbegin(), texts.rend());
    for (int n = 1; n <= 3; ++n) {
      CHECK(distinct(texts, n) == distinct(reversed, n));
    }
    CHECK(duplicate_rate(texts) == duplicate_rate(reversed));
  }
}

TEST_CASE("Copies of one text are at the bounds") {
  for (int copies : {1, 2, 5}) {
    const Texts texts = test::repeat({"one two three four"}, copies);
    CHECK(distinct(texts, 2) == test::close_to(1.0 / copies));
    CHECK(duplicate_rate(texts) == doctest::Approx(1 - 1.0 / copies));
  }
}

TEST_CASE("Texts without an n-gram have distinct-n 0, no texts are an error") {
  CHECK(distinct({"", " "}, 1) == 0);
  CHECK(distinct({"a", "b"}, 2) == 0);
  CHECK(compression_ratio_gzip({""}) == 0);
  CHECK(test::message_of<UserError>([] { distinct({}, 1); }) ==
        "distinct_n: there are no texts");
  CHECK_THROWS_AS(compression_ratio_gzip({}), UserError);
  CHECK_THROWS_AS(compression_ratio_gzip_compat({}), UserError);
  CHECK_THROWS_AS(compression_ratio_xz({}), UserError);
  CHECK_THROWS_AS(ngram_diversity({}), UserError);
  CHECK_THROWS_AS(ngram_diversity({"a b"}, 0), UserError);
  CHECK_THROWS_AS(ead({}, 20), UserError);
  CHECK_THROWS_AS(ead_avg5({}), UserError);
  CHECK_THROWS_AS(duplicate_rate({}), UserError);
}

}  // namespace cdx
