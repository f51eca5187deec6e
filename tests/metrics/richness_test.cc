#include "metrics/richness.h"

#include "metrics/counts_golden.h"
#include "support.h"
#include "util/errors.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::words;

constexpr char kCat[] =
    "the cat sat on the mat and the dog sat on the rug while the cat slept";

}  // namespace

TEST_CASE("Richness is that of lexicalrichness 0.5.1") {
  for (const Json& set : test::counts_golden().at("sets")) {
    for (size_t t = 0; t < set.at("texts").size(); ++t) {
      const auto text = set.at("texts")[t].get<std::string>();
      const Json& golden = set.at("per_text")[t];
      CAPTURE(text);
      CHECK(test::agrees(mtld(words(text)), golden.at("mtld")));
      CHECK(test::agrees(mtld(words(text), 0.5), golden.at("mtld_50")));
      CHECK(test::agrees(mattr(words(text), 5), golden.at("mattr_5")));
      CHECK(test::agrees(mattr(words(text)), golden.at("mattr_100")));
    }
  }
}

TEST_CASE("The goldens of specs/metrics.md §9.4 come out") {
  CHECK(mtld(words(kCat)) == test::close_to(14.128378378378379));
  CHECK(mattr(words(kCat), 5) == test::close_to(0.9076923076923078));
  CHECK(mtld(words("a b c d")) == 4);
  CHECK(mtld(words("a a a a a a")) == 2);
  const Json& sets = test::counts_golden().at("sets");
  const auto readme =
      std::find_if(sets.begin(), sets.end(), [](const Json& set) {
        return set.at("texts")[0].get<std::string>().starts_with("measure of");
      });
  REQUIRE(readme != sets.end());
  const auto text = words(readme->at("texts")[0].get<std::string>());
  CHECK(text.size() == 57);
  CHECK(mtld(text) == test::close_to(46.79226361031519));
  CHECK(mattr(text, 25) == test::close_to(0.8351515151515151));
}

TEST_CASE(
    "A share of distinct tokens of exactly the threshold ends a stretch") {
  // 0 … 17, seven times 0, then 18: of the first 25 tokens 0.72 are distinct.
  std::vector<int32_t> tokens(25, 0);
  for (int i = 0; i < 18; ++i) tokens[static_cast<size_t>(i)] = i;
  tokens.push_back(18);
  // Forwards one stretch of 25 and a distinct token. Backwards 18 0 0 | 0 0 |
  // 0 0 | 0 17 16 … 0: three stretches, then 18 of 19 are distinct.
  const double tail = (1 - 18.0 / 19) / 0.28;
  CHECK(mtld(tokens) == test::close_to((26 + 26 / (3 + tail)) / 2));
  const std::vector<int32_t> backwards(tokens.rbegin(), tokens.rend());
  CHECK(mtld(tokens) == mtld(backwards));
}

TEST_CASE("Any integers are tokens") {
  CHECK(mtld(std::vector<int32_t>{-5, 2'000'000'000, -5, -5}) ==
        mtld(words("a b a a")));
  CHECK(mattr(std::vector<int32_t>{-5, 2'000'000'000, -5, -5}, 2) ==
        test::close_to(2.5 / 3));
}

TEST_CASE("Texts too short have no richness, impossible options are errors") {
  CHECK(std::isnan(mtld({})));
  CHECK(std::isnan(mattr(words("a b c"), 4)));
  CHECK(mattr(words("a b a"), 3) == test::close_to(2.0 / 3));
  CHECK(test::message_of<UserError>([] { mattr({}, 0); }) ==
        "mattr: the window is 0 tokens; it needs at least 1");
  CHECK(test::message_of<UserError>([] { mtld({}, 1); }) ==
        "mtld: the threshold 1 is not between 0 and 1");
  CHECK_THROWS_AS(mtld({}, 0), UserError);
  CHECK_THROWS_AS(mtld({}, std::nan("")), UserError);
}

}  // namespace cdx
