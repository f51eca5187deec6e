#include "metrics/effective.h"

#include "metrics/distinct_k.h"
#include "metrics/evaluate.h"
#include "metrics/gate.h"
#include "metrics/golden.h"
#include "metrics/semantic.h"
#include "metrics/subset.h"
#include "metrics/text_numbers.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <random>

#include <doctest/doctest.h>

namespace cdx {
namespace {

Embeddings random_rows(Eigen::Index n, Eigen::Index d, unsigned seed) {
  std::mt19937 random(seed);
  Embeddings rows(n, d);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < d; ++j) {
      rows(i, j) = static_cast<float>(random()) / 4294967296.0F - 0.3F;
    }
  }
  return rows;
}

// By definition: a pair of which one fails is at distance 0.
double mean_distance_of_all_pairs(const Embeddings& rows,
                                  const std::vector<bool>& passing) {
  double sum = 0;
  int64_t pairs = 0;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    for (Eigen::Index j = i + 1; j < rows.rows(); ++j) {
      ++pairs;
      if (!passing[static_cast<size_t>(i)] || !passing[static_cast<size_t>(j)])
        continue;
      const Eigen::VectorXd a = rows.row(i).cast<double>();
      const Eigen::VectorXd b = rows.row(j).cast<double>();
      sum += 1 - a.dot(b) / (a.norm() * b.norm());
    }
  }
  return sum / static_cast<double>(pairs);
}

TextSet scored_set() {
  TextSet set;
  set.condition = "dpo";
  set.prompt_id = "p7";
  set.texts = {"a b", "c d e", "f", "g h i j"};
  set.n_tokens = {2, 3, 1, 4};
  set.embeddings.resize(4, 2);
  set.embeddings << 1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F, 0.0F, 1.0F;
  set.scores = {{"reward", {0.5, -1, 2, std::nan("")}}};
  return set;
}

}  // namespace

TEST_CASE("effective distance is the sum over good pairs over all pairs") {
  for (unsigned seed = 1; seed < 20; ++seed) {
    const auto n = static_cast<Eigen::Index>(2 + seed % 7);
    const Embeddings rows = random_rows(n, 5, seed);
    std::vector<bool> passing;
    std::mt19937 random(seed);
    for (Eigen::Index i = 0; i < n; ++i) passing.push_back(random() % 3 > 0);
    CAPTURE(seed);
    CHECK(std::abs(effective_mean_pairwise_distance(rows, passing) -
                   mean_distance_of_all_pairs(rows, passing)) < 1e-12);
  }
}

TEST_CASE(
    "where all texts pass, effective metrics are the metrics themselves") {
  const Embeddings rows = random_rows(6, 4, 1);
  const std::vector<bool> all(6, true);
  CHECK(effective_mean_pairwise_distance(rows, all) ==
        test::close_to(mean_pairwise_distance(rows)));
  CHECK(effective_vendi_score(rows, all) == vendi_score(rows));
  CHECK(effective_distinct_k_curve(rows, all) == distinct_k_curve(rows));
}

TEST_CASE("effective Vendi score and classes are of the texts that pass") {
  Embeddings rows(4, 2);
  rows << 1.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F, 0.0F, 1.0F;
  // Two orthogonal kinds: 2; rows 0 and 2 are of one kind: 1.
  CHECK(effective_vendi_score(rows, {true, true, false, false}) ==
        test::close_to(2));
  CHECK(effective_vendi_score(rows, {true, false, true, false}) ==
        test::close_to(1));
  CHECK(effective_vendi_score(rows, {false, false, false, true}) == 1);
  CHECK(effective_vendi_score(rows, {false, false, false, false}) == 0);
  for (const auto& [threshold, classes] :
       effective_distinct_k_curve(rows, {true, false, true, false})) {
    CHECK(classes == 1);
  }
  const auto none = effective_distinct_k_curve(rows, std::vector<bool>(4));
  REQUIRE(none.size() == kDistinctThresholds.size());
  CHECK(none[0] == std::pair<double, int64_t>{.5, 0});
}

TEST_CASE("effective metrics of one text, none and of a broken one") {
  const Embeddings one = random_rows(1, 3, 2);
  CHECK(std::isnan(effective_mean_pairwise_distance(one, {true})));
  CHECK(effective_vendi_score(one, {true}) == 1);
  CHECK(effective_vendi_score(one, {false}) == 0);
  CHECK_THROWS_AS(effective_vendi_score(Embeddings(0, 3), {}), UserError);
  CHECK_THROWS_AS(effective_vendi_score(one, {true, true}), UserError);
  // A zero row is an error only if it counts.
  Embeddings rows = random_rows(3, 3, 3);
  rows.row(1).setZero();
  CHECK(effective_mean_pairwise_distance(rows, {true, false, true}) > 0);
  CHECK_THROWS_AS(effective_vendi_score(rows, {true, true, true}), UserError);
}

TEST_CASE("a gate is a name, a sign and a number") {
  const QualityGate least = parse_gate("tale_valid>=1");
  CHECK(least.metric == "tale_valid");
  CHECK(least.name() == "tale_valid>=1");
  CHECK(least.passes(1));
  CHECK_FALSE(least.passes(0.999));
  CHECK_FALSE(least.passes(std::nan("")));
  const QualityGate most = parse_gate("my score<=-0.25");
  CHECK(most.name() == "my score<=-0.25");
  CHECK(most.passes(-0.25));
  CHECK_FALSE(most.passes(0));
  CHECK_FALSE(most.passes(std::nan("")));
  for (const char* bad : {"", "x", "x>1", ">=1", "x>=", "x>=1a", "x>=inf"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_gate(bad), UserError);
  }
}

TEST_CASE("a gate looks at a score or at a metric of texts") {
  const TextSet set = scored_set();
  CHECK(numbers_of_texts(set, "reward", {})[2] == 2);
  CHECK(numbers_of_texts(set, "length_words", {}) ==
        std::vector<double>{2, 3, 1, 4});
  CHECK_THROWS_AS(numbers_of_texts(set, "distinct_1", {}), UserError);
  CHECK_THROWS_AS(numbers_of_texts(set, "score", {}), UserError);
  CHECK_THROWS_AS(numbers_of_texts(set, "rewrad", {}), UserError);
}

TEST_CASE("the variant of an effective metric names encoder and gate") {
  TextSet set = scored_set();
  set.gated = {0.5, -1, 2, 3};
  EvaluateOptions options{.encoder = "MiniLM",
                          .gate = parse_gate("reward>=0.5")};
  const auto rows =
      evaluate(set,
               {"effective_mean_pairwise_distance", "effective_distinct_k"},
               options);
  CHECK(rows[0].variant == "MiniLM/reward>=0.5");
  // Texts 0, 2 and 3 pass: two of the six pairs are good and orthogonal.
  CHECK(rows[0].value == test::close_to(2.0 / 6));
  CHECK(rows[1].variant == "MiniLM/cos>0.5/reward>=0.5");
  CHECK(rows[1].value == 2);
  options.gate.reset();
  CHECK_THROWS_WITH_AS(evaluate(set, {"effective_vendi_score"}, options),
                       "effective_vendi_score needs a quality gate, which says "
                       "what texts count: measure.quality_gate or --gate",
                       UserError);
}

TEST_CASE("each outside score is a variant of the metric score") {
  const auto rows = evaluate(scored_set(), {"score"}, {});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].variant == "reward");
  CHECK(rows[0].level == Level::kText);
  CHECK(rows[0].value == test::close_to(0.5));
  CHECK(rows[0].n_texts == 3);
  TextSet none = scored_set();
  none.scores.clear();
  CHECK_THROWS_AS(evaluate(none, {"score"}, {}), UserError);
}

TEST_CASE("a subset keeps all that is known of its texts, in its order") {
  TextSet set = scored_set();
  set.gated = {4, 5, 6, 7};
  const TextSet subset = subset_of(set, {3, 1});
  CHECK(subset.condition == "dpo");
  CHECK(subset.texts == std::vector<std::string>{"g h i j", "c d e"});
  CHECK(subset.n_tokens == std::vector<int64_t>{4, 3});
  CHECK(subset.finished_by_length.empty());
  CHECK(subset.embeddings.row(0) == set.embeddings.row(3));
  CHECK(subset.embeddings.rows() == 2);
  CHECK(subset.scores[0].second[1] == -1);
  CHECK(subset.gated == std::vector<double>{7, 5});
}

}  // namespace cdx
