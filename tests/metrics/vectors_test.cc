#include "metrics/distinct_k.h"
#include "metrics/golden.h"
#include "metrics/hashed_rows.h"
#include "metrics/semantic.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

namespace cdx {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
const double kOrders[] = {0.5, 1, 2, kInfinity};

Embeddings toy_rows() {
  return test::to_rows({{1, 0}, {.6, .8}, {0, 1}, {1, 0}});
}

}  // namespace

TEST_CASE("Remote clique and Chamfer are the oracle's, compat rounded too") {
  for (const Json& golden : test::vectors_golden().at("semantic")) {
    CAPTURE(golden.at("rows").dump());
    const Embeddings rows = test::hashed_rows(golden.at("rows"));
    CHECK(remote_clique(rows) ==
          doctest::Approx(golden.at("remote_clique").get<double>())
              .epsilon(1e-9));
    CHECK(remote_clique_compat(rows) ==
          golden.at("remote_clique_compat").get<double>());
    CHECK(chamfer_distance_compat(rows) ==
          golden.at("chamfer_compat").get<double>());
    if (golden.at("chamfer").is_null()) {
      CHECK(std::isnan(chamfer_distance(rows)));
    } else {
      CHECK(chamfer_distance(rows) ==
            test::close_to(golden.at("chamfer").get<double>()));
    }
  }
}

TEST_CASE("The toy vectors have the values of specs/metrics.md §2.5") {
  CHECK(remote_clique(toy_rows()) == doctest::Approx(0.375).epsilon(1e-6));
  CHECK(chamfer_distance(toy_rows()) == doctest::Approx(0.1).epsilon(1e-6));
  CHECK(mean_pairwise_distance_of_corpus(toy_rows()) ==
        doctest::Approx(0.5).epsilon(1e-6));
  CHECK(remote_clique_compat(toy_rows()) == doctest::Approx(.375));
  CHECK(chamfer_distance_compat(toy_rows()) == 0.1);
}

TEST_CASE("The closed form of the mean distance is the mean over pairs") {
  for (const Json& golden : test::vectors_golden().at("semantic")) {
    const Embeddings rows = test::hashed_rows(golden.at("rows"));
    if (rows.rows() == 1) {
      CHECK(std::isnan(mean_pairwise_distance_of_corpus(rows)));
      continue;
    }
    CHECK(mean_pairwise_distance_of_corpus(rows) ==
          test::close_to(mean_pairwise_distance(rows)));
  }
}

TEST_CASE("Vendi scores of every order are vendi-score's, either form") {
  for (const Json& golden : test::vectors_golden().at("semantic")) {
    const Embeddings rows = test::hashed_rows(golden.at("rows"));
    CAPTURE(golden.at("rows").dump());
    for (size_t i = 0; i < 3; ++i) {
      CHECK(vendi_score(rows, kOrders[i + 1]) ==
            test::close_to(golden.at("vendi")[i].get<double>()));
    }
    // Of order ½ the reference counts rounding noise where n < D.
    for (size_t i = rows.rows() < rows.cols() ? 1 : 0; i < 4; ++i) {
      CHECK(vendi_score(rows, kOrders[i]) ==
            test::close_to(golden.at("vendi_dual")[i].get<double>()));
    }
  }
}

TEST_CASE("The Vendi goldens of specs/metrics.md §4.5 come out") {
  Eigen::MatrixXd pair(2, 2), three(3, 3);
  pair << 1, .5, .5, 1;
  three << 1, .9, .1, .9, 1, .2, .1, .2, 1;
  const double pairs[] = {
      1.8660254037844384, 1.7547653506033234, 1.6, 1.3333333333333333};
  const double threes[] = {2.396806033263914,
                           2.124978952560008,
                           1.9067796610169498,
                           1.5403389921312867};
  for (size_t i = 0; i < 4; ++i) {
    CHECK(vendi_score_of_kernel(pair, kOrders[i]) == test::close_to(pairs[i]));
    CHECK(vendi_score_of_kernel(three, kOrders[i]) ==
          test::close_to(threes[i]));
    CHECK(vendi_score_of_kernel(Eigen::MatrixXd::Identity(3, 3), kOrders[i]) ==
          test::close_to(3));
    CHECK(vendi_score_of_kernel(Eigen::MatrixXd::Ones(3, 3), kOrders[i]) ==
          test::close_to(1));
  }
  CHECK(vendi_score_of_kernel(three, 0.1) ==
        test::close_to(2.8386166766931353));
  CHECK(vendi_score_of_kernel(three, 0) == 3);
  CHECK(vendi_score(toy_rows(), 2) ==
        doctest::Approx(1.8348623853211012).epsilon(1e-6));
  CHECK_THROWS_AS(vendi_score(toy_rows(), -1), UserError);
  CHECK_THROWS_AS(vendi_score(toy_rows(), NAN), UserError);
}

TEST_CASE("The greedy classes are those of the definition") {
  for (const Json& golden : test::vectors_golden().at("semantic")) {
    const Embeddings rows = test::hashed_rows(golden.at("rows"));
    const auto curve = distinct_k_curve(rows);
    for (size_t t = 0; t < kDistinctThresholds.size(); ++t) {
      const auto classes =
          golden.at("distinct_k")[t].get<std::vector<int32_t>>();
      CHECK(greedy_classes(rows, kDistinctThresholds[t]) == classes);
      CHECK(curve[t].first == kDistinctThresholds[t]);
      CHECK(curve[t].second == distinct_k(rows, kDistinctThresholds[t]));
    }
  }
}

TEST_CASE("distinct_k has the values of specs/metrics.md §9.7") {
  using Classes = std::vector<int32_t>;
  CHECK(greedy_classes(toy_rows(), .9) == Classes{0, 1, 2, 0});
  CHECK(greedy_classes(toy_rows(), .7) == Classes{0, 1, 1, 0});
  CHECK(greedy_classes(toy_rows(), .55) == Classes{0, 0, 1, 0});
  const Embeddings turned = test::to_rows({{.6, .8}, {1, 0}, {0, 1}, {1, 0}});
  CHECK(distinct_k(turned, .55) == 1);
  CHECK(distinct_k(toy_rows().topRows(1), .5) == 1);
  CHECK(distinct_k(Embeddings::Ones(4, 3), .95) == 1);
}

TEST_CASE("Embeddings that have no direction are refused") {
  const Embeddings none(0, 3), zero = Embeddings::Zero(2, 3);
  CHECK(test::message_of<UserError>([&] { distinct_k(none, .5); }) ==
        "distinct_k: there are no embeddings");
  CHECK_THROWS_AS(distinct_k(zero, .5), UserError);
  CHECK_THROWS_AS(distinct_k(toy_rows(), 1.5), UserError);
  CHECK_THROWS_AS(distinct_k(toy_rows(), NAN), UserError);
  CHECK_THROWS_AS(remote_clique(zero), UserError);
  CHECK_THROWS_AS(chamfer_distance(none), UserError);
  CHECK_THROWS_AS(remote_clique_compat(none), UserError);
  CHECK(remote_clique_compat(zero) == 0.5);  // all pairs at distance 1
}

}  // namespace cdx
