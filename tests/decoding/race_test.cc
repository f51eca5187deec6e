#include "decoding/race.h"

#include "decoding/token_drawer.h"

#include <array>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

// Where the random number of token 1 is the smallest there is: its 32 bits are
// all 0. Found by trying every sample and step from 0 under this key, once;
// such a word comes once in 2^32.
constexpr RandomCoordinates kRare = {
    .key = 0x636478, .sample = 4353, .step = 365481};
constexpr float kSmallest = 0x1p-33F;  // ½·2⁻³², and −log1p(−u) of it

size_t place_of(const std::vector<int32_t>& ids,
                const std::vector<float>& weights,
                const RandomCoordinates& at,
                bool sample = true) {
  return race(ids, weights, at, sample).place;
}

// Upper 1e-6 quantile of chi-square, scipy.stats.chi2.isf(1e-6, n).
constexpr double kCritical15 = 56.49;

// Chi-square of counts that should be equal.
template <size_t N>
double chi_square(const std::array<int, N>& counts) {
  double total = 0, sum = 0;
  for (const int count : counts) total += count;
  const double expected = total / N;
  for (const int count : counts) {
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

}  // namespace

TEST_CASE("a token's clock is −log1p(−u), exact where u is smallest") {
  CHECK(token_bits(kRare, 0)[1] == 0);
  CHECK(exponential(kRare, 1) == kSmallest);
  for (int32_t id : {0, 2, 3, 4, 151'935}) {
    CAPTURE(id);
    const auto token = static_cast<uint32_t>(id);
    const double u = to_uniform(token_bits(kRare, token / 4)[token % 4]);
    CHECK(exponential(kRare, id) ==
          doctest::Approx(-std::log(1 - u)).epsilon(1e-6));
  }
}

// The other token's clock rings at 0.377, this one's at 2^-33 / 1e-9 = 0.116.
TEST_CASE("a token of probability 1e-9 is drawn where its number is small") {
  CHECK(exponential(kRare, 0) == doctest::Approx(0.376749).epsilon(1e-5));
  CHECK(place_of({0, 1}, {1.0F - 1e-9F, 1e-9F}, kRare) == 1);

  // The same as logits: ln of the two probabilities.
  const std::vector<float> logits = {0, std::log(1e-9F)};
  const StepOptions options;
  RowInput row{.at = kRare};
  row.logits[0] = logits;
  TokenDrawer drawer(options);
  const TokenDraw draw = drawer.draw(row);
  CHECK(draw.id == 1);
  CHECK(draw.log_prob_sampled == doctest::Approx(std::log(1e-9)).epsilon(1e-6));
}

// u in fp32 is at most 1 − 2^-24. So the first clock of −log(u) would ring at
// 2^-24 / 1e-9 = 60, when every other has rung: u >= 2^-33 gives −log(u)
// <= 22.9.
TEST_CASE("−log(u) would never draw a token of probability 1e-9") {
  const float last = to_uniform(~0U), first = to_uniform(0);
  CHECK(last == 1 - 0x1p-24F);
  CHECK(first == kSmallest);
  CHECK(-std::log(last) / 1e-9 > -std::log(first));
  CHECK(-std::log1p(-first) / 1e-9 < -std::log1p(-last));
}

// The last clock of weight 1 rings at −log1p(−(1 − 2^-24)) = 24·ln 2 = 16.6,
// the first of weight p at 2^-33 / p.
TEST_CASE("tokens are drawable from 7e-12 on and exact from 1e-9 on") {
  const double last = -std::log1p(-double{to_uniform(~0U)});
  CHECK(last == doctest::Approx(24 * std::log(2)));
  CHECK(kSmallest / last == doctest::Approx(7.0e-12).epsilon(0.01));
  const float between = kSmallest / exponential(kRare, 0);
  CHECK(place_of({0, 1}, {1, 1.01F * between}, kRare) == 1);
  CHECK(place_of({0, 1}, {1, 0.99F * between}, kRare) == 0);
  CHECK(place_of({0, 1}, {1, 1e-12F}, kRare) == 0);

  // The chance to ring first: the mean of exp(−(−log1p(−u)/p)), the chance that
  // weight 1 has not rung by then, over the 2^32 numbers; the first matter.
  const auto chance = [](double p) {
    double sum = 0;
    for (uint32_t bits = 0; bits < 1000; ++bits) {
      sum += std::exp(std::log1p(-double{to_uniform(bits)}) / p) * 0x1p-32;
    }
    return sum;
  };
  CHECK(chance(1e-9) / 1e-9 == doctest::Approx(0.998).epsilon(0.001));
  CHECK(chance(1e-10) / 1e-10 == doctest::Approx(0.81).epsilon(0.01));
}

// Weights equal to the clocks at weight 1: each rings at 1.
TEST_CASE("of clocks that ring together the lower id's wins") {
  for (uint32_t step = 0; step < 100; ++step) {
    const RandomCoordinates at{.key = 7, .step = step};
    const std::vector<int32_t> ids = {2, 5, 900};
    std::vector<float> weights;
    for (const int32_t id : ids) weights.push_back(exponential(at, id));
    CHECK(place_of(ids, weights, at) == 0);
    weights[0] *= 0.999F;
    CHECK(place_of(ids, weights, at) == 1);
  }
}

TEST_CASE("a token's clock does not depend on which others run") {
  for (uint32_t step = 0; step < 100; ++step) {
    const RandomCoordinates at{.key = 7, .step = step};
    const size_t first = exponential(at, 5) < exponential(at, 6) ? 0 : 1;
    CHECK(place_of({5, 6}, {1, 1}, at) == first);
    CHECK(place_of({0, 5, 6, 7}, {0, 1, 1, 0}, at) == first + 1);
  }
}

TEST_CASE("tokens of weight 0 never win") {
  for (uint32_t step = 0; step < 1000; ++step) {
    const RandomCoordinates at{.key = 7, .step = step};
    CHECK(place_of({0, 1, 2}, {0, 1e-30F, 0}, at) == 1);
    CHECK(place_of({0, 1, 2}, {0, 0, 1}, at) == 2);
    CHECK(place_of({0, 1, 2}, {0, 1, 0}, at, false) == 1);
  }
}

// Clocks of weights below 1e-37 may ring beyond the largest float.
TEST_CASE("tokens of weight 0 never win, however small the others' weights") {
  for (uint32_t step = 0; step < 4; ++step) {
    const RandomCoordinates at{.key = 7, .step = step};
    CHECK(place_of({0, 1, 2}, {0, 1e-44F, 0}, at) == 1);
  }
}

TEST_CASE("without sampling the largest weight wins, the lower id on a tie") {
  const RandomCoordinates at{.key = 7};
  CHECK(place_of({3, 5, 8}, {0.2F, 0.5F, 0.3F}, at, false) == 1);
  CHECK(place_of({3, 5, 8}, {0.2F, 0.4F, 0.4F}, at, false) == 1);
  CHECK(place_of({3, 5, 8}, {1, 1, 1}, at, false) == 0);
}

TEST_CASE("weights without a positive one have no winner") {
  const std::vector<int32_t> ids = {0, 1};
  const std::vector<float> weights = {0, 0};
  CHECK(race(ids, weights, {}, true).total == 0);
  CHECK(race(ids, weights, {}, false).total == 0);
  CHECK(race({}, {}, {}, true).total == 0);
}

// w / Σw = ½, ¼, ¼: entropy ½·ln 2 + ½·ln 4 = 1.5·ln 2.
TEST_CASE("the race tells the weights' sum and their entropy in nats") {
  const std::vector<int32_t> ids = {0, 1, 2, 3};
  const std::vector<float> weights = {4, 2, 0, 2};
  const Winner winner = race(ids, weights, {}, true);
  CHECK(winner.total == 8);
  CHECK(winner.entropy == doctest::Approx(1.5 * std::log(2)));
}

TEST_CASE("coins are uniform in (0, 1)") {
  std::array<int, 16> counts = {};
  double sum = 0;
  for (uint32_t n = 0; n < 100'000; ++n) {
    const float u = coin({.key = 7, .sample = n % 100, .step = n / 100});
    CHECK_UNARY(u > 0 && u < 1);
    ++counts[static_cast<size_t>(u * 16)];
    sum += u;
  }
  // ½, within 4.9 standard errors 1/√(12·10^5): 1e-6.
  CHECK(std::abs(sum / 100'000 - 0.5) < 4.9 * 0.000913);
  CHECK(chi_square(counts) < kCritical15);
}

// Quarters of the coin against quarters of the number of token 0, which has the
// same counter but for the domain.
TEST_CASE("coins are independent of the tokens' numbers") {
  std::array<int, 16> counts = {};
  for (uint32_t n = 0; n < 100'000; ++n) {
    const RandomCoordinates at{.key = 7, .sample = n % 100, .step = n / 100};
    const float of_token = to_uniform(token_bits(at, 0)[0]);
    CHECK_UNARY(coin(at) != of_token);
    const int cell =
        4 * static_cast<int>(4 * coin(at)) + static_cast<int>(4 * of_token);
    ++counts[static_cast<size_t>(cell)];
  }
  CHECK(chi_square(counts) < kCritical15);
}

// Whole blocks of ids are raced eight at a time where the processor can; the
// rule itself is one line.
TEST_CASE("the race is won by the first clock, of any ids and weights") {
  constexpr float kScales[] = {1, 1e-6F, 1e-38F, 1e-44F};
  for (uint32_t n = 0; n < 400; ++n) {
    CAPTURE(n);
    const RandomCoordinates at{
        .key = 0x123456789ABCDEF0U * n, .sample = n % 7, .step = n};
    std::vector<int32_t> ids;
    std::vector<float> weights;
    for (int32_t id = static_cast<int32_t>(n % 5); ids.size() < 300; ++id) {
      const float other = exponential({.key = n, .step = 9}, id);
      if (n % 2 == 1 && id % 97 == 13) continue;  // gaps
      ids.push_back(id);
      weights.push_back(n % 3 == 0 && id % 4 != 0 ? 0 : other * kScales[n % 4]);
    }
    size_t first = 0;
    double best = INFINITY, total = 0, weighted = 0;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (weights[i] == 0) continue;
      total += weights[i];
      weighted += weights[i] * std::log(double{weights[i]});
      const double time = double{exponential(at, ids[i])} / weights[i];
      if (time < best) {
        best = time;
        first = i;
      }
    }
    const Winner winner = race(ids, weights, at, true);
    CHECK(winner.place == first);
    CHECK(winner.total == doctest::Approx(total).epsilon(1e-12));
    CHECK(std::abs(winner.entropy - (std::log(total) - weighted / total)) <
          1e-5);
  }
}

}  // namespace cdx
