#include "decoding/history.h"

#include "util/errors.h"
#include "util/json.h"

#include <algorithm>
#include <limits>
#include <set>
#include <span>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

using Tokens = std::vector<int32_t>;
using Logits = std::vector<float>;

// tests/data/decoding/history.json, made by scripts/oracle/history.py.
struct Case {
  explicit Case(const Json& json)
      : tokens(json["tokens"].get<Tokens>()),
        logits(json["logits"].get<Logits>()),
        penalty(json["penalty"].get<double>()),
        penalised(json["penalised"].get<Logits>()),
        ngram(json["ngram"].get<int64_t>()),
        banned(json["banned"].get<Tokens>()) {
    for (float& logit : logits) logit /= 64;
  }
  Tokens tokens;
  Logits logits;
  double penalty;
  Logits penalised;
  int64_t ngram;
  Tokens banned;
};

std::vector<Case> golden_cases() {
  const Json golden = parse_json_file("tests/data/decoding/history.json");
  REQUIRE(golden["unit"] == 1.0 / 64);
  const Json& cases = golden["cases"];
  REQUIRE(cases.size() == 60);
  return {cases.begin(), cases.end()};
}

History split(const Tokens& tokens, size_t at) {
  const std::span<const int32_t> all = tokens;
  return {.prompt = all.first(at), .story = all.subspan(at)};
}

History as_story(const Tokens& tokens) {
  return split(tokens, 0);
}

// The logits are as expected, and the probabilities are theirs.
void check_logits(const Distribution& distribution, const Logits& expected) {
  CHECK(std::ranges::equal(distribution.logits(), expected));
  Distribution fresh;
  fresh.reset(expected);
  CHECK(std::ranges::equal(distribution.p(), fresh.p()));
}

void check_penalty(const Logits& logits,
                   double penalty,
                   int64_t window,
                   const History& history,
                   const Logits& expected) {
  Distribution distribution;
  distribution.reset(logits);
  apply_repetition_penalty(penalty, window, history, distribution);
  check_logits(distribution, expected);
}

void check_bans(const Logits& logits,
                int64_t n,
                const History& history,
                const Tokens& banned) {
  Distribution distribution;
  distribution.reset(logits);
  ban_repeated_ngrams(n, history, distribution);
  Logits expected = logits;
  for (const int32_t id : banned) expected[static_cast<size_t>(id)] = kNever;
  check_logits(distribution, expected);
}

}  // namespace

TEST_CASE(
    "the repetition penalty is transformers', wherever the story begins") {
  for (const Case& each : golden_cases()) {
    for (size_t at = 0; at <= each.tokens.size(); ++at) {
      CAPTURE(at);
      const History history = split(each.tokens, at);
      check_penalty(each.logits, each.penalty, 0, history, each.penalised);
    }
  }
}

TEST_CASE("bans of n-grams are transformers', wherever the story begins") {
  for (const Case& each : golden_cases()) {
    for (size_t at = 0; at <= each.tokens.size(); ++at) {
      CAPTURE(at);
      const History history = split(each.tokens, at);
      check_bans(each.logits, each.ngram, history, each.banned);
    }
  }
}

// By definition: what all of a shorter history does.
TEST_CASE("a window counts so many last tokens of prompt and story") {
  for (const Case& each : golden_cases()) {
    const Tokens& tokens = each.tokens;
    for (const size_t window : {1, 2, 5, 39, 40, 1000}) {
      CAPTURE(window);
      const size_t length = std::min(window, tokens.size());
      Logits expected = each.logits;
      for (const int32_t id : std::set(tokens.end() - length, tokens.end())) {
        float& logit = expected[static_cast<size_t>(id)];
        const auto penalty = static_cast<float>(each.penalty);
        logit = logit > 0 ? logit / penalty : logit * penalty;
      }
      for (const size_t at : {size_t{0}, tokens.size() / 2, tokens.size()}) {
        check_penalty(each.logits,
                      each.penalty,
                      static_cast<int64_t>(window),
                      split(tokens, at),
                      expected);
      }
    }
  }
}

TEST_CASE(
    "a penalty leaves minus infinity, 0 and the logits given as they are") {
  const Logits logits = {kNever, 0, 3, -3};
  const Tokens tokens = {0, 1, 2, 3, 3};
  check_penalty(logits, 2, 0, as_story(tokens), {kNever, 0, 1.5F, -6});
  CHECK(logits == Logits{kNever, 0, 3, -3});
}

TEST_CASE("tokens that the logits do not have are passed over") {
  const Logits logits = {1, 2, 3};
  check_penalty(logits, 2, 0, as_story({1, 3, 99}), {1, 1, 3});
  check_bans(logits, 1, as_story({1, 3, 99}), {1});
}

TEST_CASE("the n-gram that ends the history bans nothing by itself") {
  const Logits logits = {1, 2, 3};
  check_bans(logits, 3, as_story({0, 1}), {});
  check_bans(logits, 2, as_story({0, 1}), {});
  check_bans(logits, 2, as_story({0, 0}), {0});
  check_bans(logits, 3, as_story({0, 1, 2, 0, 1}), {2});
  check_bans(logits, 3, as_story({0, 1, 2, 1, 0, 0, 1}), {2});
}

TEST_CASE("a ban of every token is an error") {
  const Logits logits = {1, 2};
  const Tokens tokens = {0, 1};
  Distribution distribution;
  distribution.reset(logits);
  CHECK_THROWS_AS(ban_repeated_ngrams(1, as_story(tokens), distribution),
                  WorldError);
}

}  // namespace cdx
