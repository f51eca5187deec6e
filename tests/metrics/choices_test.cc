#include "metrics/choices.h"

#include "metrics/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <numbers>
#include <numeric>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Entropies are scipy's plus the correction, capped") {
  for (const Json& golden : test::semantic_golden().at("entropies")) {
    const auto counts = golden.at("counts").get<std::vector<int64_t>>();
    const double bits =
        choice_entropy_bits(counts, golden.at("categories").get<int64_t>());
    CAPTURE(golden.dump());
    CHECK(std::abs(bits - golden.at("bits").get<double>()) < 1e-12);
  }
}

TEST_CASE("The correction is (m - 1)/(2N) nats") {
  // 2 and 2 of 4: 1 bit; 1/8 nat more; 3 categories are possible.
  CHECK(choice_entropy_bits({2, 2}, 3) ==
        test::close_to(1 + 1.0 / 8 / std::numbers::ln2));
  CHECK(choice_entropy_bits({2, 2}, 2) == 1);  // never above log2(2)
  CHECK(choice_entropy_bits({6}, 8) == 0);
}

TEST_CASE("The correction takes most of the bias of small samples away") {
  // 10 draws from 4 equally likely choices: 2 bits.
  std::mt19937 random(7);
  double corrected = 0, plug_in = 0;
  constexpr int kTrials = 4000;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<int64_t> counts(4, 0);
    for (int i = 0; i < 10; ++i) ++counts[random() % 4];
    const auto seen = 4 - std::count(counts.begin(), counts.end(), 0);
    const double bits = choice_entropy_bits(counts, 1'000'000);
    corrected += bits / kTrials;
    plug_in +=
        (bits - static_cast<double>(seen - 1) / (20 * std::numbers::ln2)) /
        kTrials;
  }
  CHECK(plug_in < 1.80);
  CHECK(std::abs(corrected - 2) < 0.05);
}

TEST_CASE("An entropy needs two texts and counts that can be") {
  CHECK(std::isnan(choice_entropy_bits({1}, 4)));
  CHECK(std::isnan(choice_entropy_bits({}, 4)));
  CHECK_THROWS_AS(choice_entropy_bits({1, -1}, 4), UserError);
  CHECK(test::message_of<UserError>([] {
          choice_entropy_bits({1, 1, 1}, 2);
        }).find("3 different choices were seen where 2") != std::string::npos);
}

TEST_CASE("Each slot has its own entropy, unrecognised being a category") {
  const std::vector<ChoiceSlot> slots = {{"hero", 3}, {"ending", 2}};
  const std::vector<double> bits = choice_entropies(
      {{"fox", "sad"}, {"owl", "sad"}, {"fox", "sad"}, {"unrecognised", "sad"}},
      slots);
  REQUIRE(bits.size() == 2);
  // 1.5 bits + 2/8 nats = 1.86, below log2(3 + 1).
  CHECK(bits[0] == test::close_to(1.5 + 0.25 / std::numbers::ln2));
  CHECK(bits[1] == 0);
}

TEST_CASE("Equal counts give equal bits whatever the choices are called") {
  const std::vector<ChoiceSlot> slots = {{"hero", 9}};
  const auto bits = [&](const std::vector<std::string>& heroes) {
    std::vector<std::vector<std::string>> choices;
    for (const std::string& hero : heroes) choices.push_back({hero});
    return choice_entropies(choices, slots)[0];
  };
  CHECK(bits({"a", "a", "a", "b", "b", "c", "d"}) ==
        bits({"d", "d", "d", "a", "c", "c", "b"}));
}

TEST_CASE("A text without a choice for each slot is refused") {
  CHECK(test::message_of<UserError>([] {
          choice_entropies({{"fox", "sad"}, {"fox"}},
                           {{"hero", 3}, {"ending", 2}});
        }).find("text 1 has 1 choices") != std::string::npos);
}

}  // namespace cdx
