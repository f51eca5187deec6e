#include "metrics/lexical.h"

#include "metrics/golden.h"
#include "support.h"
#include "util/errors.h"

#include <algorithm>
#include <random>

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

TEST_CASE("The sizes of single gzip files are those of specs/metrics.md §2.1") {
  const auto joined = [](const Texts& texts) {
    std::string all;
    for (const std::string& text : texts)
      all += (all.empty() ? "" : " ") + text;
    return all;
  };
  CHECK(gzip_size(joined(test::kTextsA)) == 108);
  CHECK(gzip_size(joined(test::kTextsB)) == 82);
  CHECK(gzip_size(joined(test::kTextsC)) == 33);
  CHECK(gzip_size(joined(test::repeat(test::kTextsA, 50))) == 156);
  CHECK(gzip_size(joined(test::repeat(test::kTextsB, 1000))) == 414);
  CHECK(gzip_size(joined(test::repeat(test::kTextsB, 10000))) == 3253);
  CHECK(gzip_size("") == 20);  // 10 + 2 + 8
  CHECK(compression_ratio_gzip(test::repeat(test::kTextsB, 10000)) ==
        test::close_to(929999.0 / 3253));
}

TEST_CASE("Long texts have the size that Python's gzip gives them") {
  for (const Json& golden : test::lexical_golden().at("squares")) {
    std::string text;
    const auto count = golden.at("count").get<int64_t>();
    for (int64_t i = 0; i < count; ++i) {
      if (i > 0) text += ' ';
      text += std::to_string(i * i % 10007);
    }
    CHECK(gzip_size(text) == golden.at("gzip_bytes").get<int64_t>());
  }
}

TEST_CASE("Output larger than a buffer is counted whole") {
  std::mt19937 random(1);
  std::string noise(300'000, ' ');
  for (char& byte : noise) byte = static_cast<char>(random());
  // Incompressible: stored blocks, a few bytes more than the input.
  CHECK(gzip_size(noise) > 300'000 + 18);
  CHECK(gzip_size(noise) < 300'000 + 200);
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
  CHECK_THROWS_AS(duplicate_rate({}), UserError);
}

}  // namespace cdx
