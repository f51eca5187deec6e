#include "metrics/repetition.h"

#include "metrics/counts_golden.h"
#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::words;

double seq_rep_of(const std::string& text, int n) {
  return seq_rep_n(white_space_tokens({text}), n)[0];
}

Loop loop_of_text(const std::string& text) {
  return find_loop(words(text));
}

}  // namespace

TEST_CASE("Repetition is what the definition gives, on texts of all kinds") {
  for (const Json& set : test::counts_golden().at("sets")) {
    for (size_t t = 0; t < set.at("texts").size(); ++t) {
      const auto text = set.at("texts")[t].get<std::string>();
      const Json& golden = set.at("per_text")[t];
      CAPTURE(text);
      for (int n = 1; n <= 4; ++n) {
        const Json& rate = golden.at("seq_rep")[static_cast<size_t>(n - 1)];
        if (rate.is_null()) {
          CHECK(std::isnan(seq_rep_of(text, n)));
        } else {
          CHECK(seq_rep_of(text, n) == rate.get<double>());
        }
      }
      const Loop loop = loop_of_text(text);
      if (golden.at("loop").is_null()) {
        CHECK(loop.period == 0);
        CHECK(std::isnan(loop.share));
      } else {
        CHECK(loop.period == golden.at("loop")[0].get<int>());
        CHECK(loop.share == golden.at("loop")[1].get<double>());
      }
    }
  }
}

TEST_CASE("The goldens of specs/metrics.md §9.9 come out") {
  CHECK(seq_rep_of(test::kTextsA[2], 1) == test::close_to(.09090909090909094));
  CHECK(seq_rep_of(test::kTextsB[0], 1) == test::close_to(1.0 / 6));
  CHECK(seq_rep_of(test::kTextsB[3], 1) == 0);
  const std::string abab = "a b a b a b a b";
  CHECK(seq_rep_of(abab, 1) == .75);
  CHECK(seq_rep_of(abab, 2) == test::close_to(.7142857142857143));
  CHECK(seq_rep_of(abab, 3) == test::close_to(.6666666666666667));
  CHECK(seq_rep_of(abab, 4) == test::close_to(.6));
  CHECK(std::isnan(seq_rep_of("x y z", 4)));

  const Loop two = loop_of_text("x y z " + test::times(8, "a b "));
  CHECK(two.period == 2);
  CHECK(two.share == 16.0 / 19);
  CHECK(loop_of_text("x y z " + test::times(3, "a b ")).period == 0);
  CHECK(loop_of_text(test::times(16, "a ")).period == 1);
  CHECK(loop_of_text(test::times(16, "a ")).share == 1);
  CHECK(loop_of_text(test::times(15, "a ")).period == 0);
}

TEST_CASE("A loop is at most 64 tokens long and seen three times") {
  const auto cycle = [](int32_t period, size_t length) {
    std::vector<int32_t> tokens(length);
    for (size_t i = 0; i < length; ++i) {
      tokens[i] = static_cast<int32_t>(i) % period - 7;
    }
    return tokens;
  };
  CHECK(find_loop(cycle(64, 192)).period == 64);
  CHECK(find_loop(cycle(64, 191)).period == 0);
  CHECK(find_loop(cycle(65, 650)).period == 0);
  CHECK(find_loop(cycle(65, 650), {.max_period = 65}).period == 65);
  CHECK(find_loop(cycle(3, 9), {.min_tokens = 9}).period == 3);
  CHECK(find_loop(cycle(3, 9), {.min_tokens = 10}).period == 0);
  CHECK(find_loop({}).period == 0);
}

TEST_CASE("The rate counts texts, the mean share only those that loop") {
  const LoopRate rate = loop_rate({words(test::times(16, "a ")),
                                   words("x y z " + test::times(8, "a b ")),
                                   words("no loop"),
                                   {}});
  CHECK(rate.rate == 0.5);
  CHECK(rate.mean_share == test::close_to((1 + 16.0 / 19) / 2));
  const LoopRate none = loop_rate({{}, {1, 2}});
  CHECK(none.rate == 0);
  CHECK(std::isnan(none.mean_share));
}

TEST_CASE("Impossible orders and rules of loops are errors, as are no texts") {
  CHECK_THROWS_AS(seq_rep_of("a", 0), UserError);
  CHECK_THROWS_AS(find_loop({}, {.max_period = 0}), UserError);
  CHECK_THROWS_AS(find_loop({}, {.min_tokens = 0}), UserError);
  CHECK(test::message_of<UserError>([] { loop_rate({}); }) ==
        "loop_rate: there are no texts");
}

}  // namespace cdx
