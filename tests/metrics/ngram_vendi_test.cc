#include "metrics/ngram_vendi.h"

#include "metrics/counts_golden.h"
#include "support.h"
#include "util/errors.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Texts = std::vector<std::string>;

double clean(const Texts& texts,
             const std::vector<int>& orders = {1, 2, 3, 4}) {
  return ngram_vendi(white_space_tokens(texts), orders);
}

double compat(const Texts& texts,
              const std::vector<int>& orders = {1, 2, 3, 4}) {
  return ngram_vendi_compat(white_space_tokens(texts), orders);
}

}  // namespace

TEST_CASE("Scores are vendi-score's, the clean ones with a scaled diagonal") {
  for (const Json& golden : test::counts_golden().at("sets")) {
    const auto texts = golden.at("texts").get<Texts>();
    CAPTURE(texts[0]);
    CHECK(test::agrees(compat(texts), golden.at("vendi_compat")));
    // The oracle stops where the compat score is undefined.
    if (golden.at("vendi_compat").is_null()) continue;
    CHECK(test::agrees(clean(texts), golden.at("vendi")));
  }
}

TEST_CASE("The goldens of specs/metrics.md §4.5 come out") {
  CHECK(compat(test::kTextsB) == test::close_to(3.6202780184361547));
  CHECK(clean(test::kTextsB) == test::close_to(3.6202780184361547));
  CHECK(clean(test::kTextsB, {1}) == test::close_to(2.912219924196626));
  CHECK(clean(test::kTextsB, {2}) == test::close_to(3.4758984318737496));
  CHECK(clean(test::kTextsB, {3}) == test::close_to(3.7467482975009925));
  CHECK(clean(test::kTextsB, {4}) == test::close_to(3.8883225944793316));
  const Texts uneven = {"a b", "a c", "a b c d e"};
  CHECK(compat(uneven) == test::close_to(2.476321037291461));
  CHECK(clean(uneven) == test::close_to(2.7500555866696352));
  const Eigen::VectorXd diagonal =
      ngram_cosines(white_space_tokens(uneven), {1, 2, 3, 4}).diagonal();
  CHECK(diagonal[0] == test::close_to(0.5));
  CHECK(diagonal[1] == test::close_to(0.5));
  CHECK(diagonal[2] == test::close_to(1));
  // The sentences of the package's README, cut into words as NLTK does.
  const Texts readme = {"Look , Jane .",
                        "See Spot .",
                        "See Spot run .",
                        "Run , Spot , run .",
                        "Jane sees Spot run ."};
  CHECK(compat(readme, {1, 2}) == test::close_to(3.906574466099575));
  CHECK(compat(readme) == test::close_to(4.446914406739297));
}

TEST_CASE("Scores are between 1 and the number of texts") {
  CHECK(clean(test::repeat({"a b c d e"}, 5)) == test::close_to(1));
  CHECK(clean({"a b", "c d", "e f"}) == test::close_to(3));
  CHECK(clean({"a b c"}) == test::close_to(1));
  CHECK(clean({"x", "x"}) == test::close_to(1));
}

TEST_CASE("The texts' order does not matter") {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Texts texts = test::random_texts(seed);
    for (std::string& text : texts) text += " end";
    const Texts reversed(texts.rbegin(), texts.rend());
    CHECK(clean(texts) == test::close_to(clean(reversed)));
  }
}

TEST_CASE(
    "Empty texts leave the score undefined; no texts or orders are errors") {
  CHECK(std::isnan(clean({"a b c d", ""})));
  CHECK(compat({"a b c d", ""}) > 0);
  CHECK(std::isnan(compat({"a b c", "a"})));
  CHECK(clean({"a b c", "a"}) > 1);
  CHECK(test::message_of<UserError>([] { clean({}); }) ==
        "ngram_vendi: there are no texts");
  CHECK_THROWS_AS(compat({}), UserError);
  CHECK_THROWS_AS(clean({"a"}, {}), UserError);
  CHECK_THROWS_AS(clean({"a"}, {1, 0}), UserError);
}

}  // namespace cdx
