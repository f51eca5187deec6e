#include "metrics/semantic.h"

#include "metrics/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <limits>

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

}  // namespace

TEST_CASE("Distances are scikit-learn's, Vendi scores those of vendi-score") {
  for (const Json& golden : test::semantic_golden().at("cases")) {
    const Embeddings rows = test::to_rows(golden.at("rows"));
    CAPTURE(rows.rows());
    CAPTURE(rows.cols());
    CHECK(mean_pairwise_distance(rows) ==
          test::close_to(golden.at("mean_pairwise_distance").get<double>()));
    const double vendi = vendi_score(rows);
    CHECK(vendi == test::close_to(golden.at("vendi_score").get<double>()));
    CHECK(vendi == test::close_to(golden.at("vendi_score_dual").get<double>()));
  }
  for (const Json& golden : test::semantic_golden().at("kernels")) {
    const Eigen::MatrixXd kernel =
        test::to_rows(golden.at("kernel")).cast<double>();
    // The kernel passed through float.
    CHECK(
        vendi_score_of_kernel(kernel) ==
        doctest::Approx(golden.at("vendi_score").get<double>()).epsilon(1e-6));
  }
}

TEST_CASE("The goldens of specs/metrics.md §2.5 and §4.5 come out") {
  Embeddings rows(4, 2);
  rows << 1.0F, 0.0F, 0.6F, 0.8F, 0.0F, 1.0F, 1.0F, 0.0F;
  // To the precision of 0.6 and 0.8 in float.
  CHECK(mean_pairwise_distance(rows) == doctest::Approx(0.5).epsilon(1e-7));
  CHECK(vendi_score(rows) == doctest::Approx(1.910656000852248).epsilon(1e-7));

  CHECK(vendi_score_of_kernel(Eigen::MatrixXd::Identity(3, 3)) ==
        test::close_to(3));
  CHECK(vendi_score_of_kernel(Eigen::MatrixXd::Ones(3, 3)) ==
        test::close_to(1));
  Eigen::MatrixXd two(2, 2), three(3, 3);
  two << 1, .5, .5, 1;
  three << 1, .9, .1, .9, 1, .2, .1, .2, 1;
  CHECK(vendi_score_of_kernel(two) == test::close_to(1.7547653506033234));
  CHECK(vendi_score_of_kernel(three) == test::close_to(2.124978952560008));
}

TEST_CASE("The distance is the mean over pairs by definition") {
  const Embeddings rows = random_rows(9, 5, 3);
  double sum = 0;
  int pairs = 0;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    for (Eigen::Index j = 0; j < i; ++j, ++pairs) {
      const Eigen::VectorXd a = rows.row(i).cast<double>();
      const Eigen::VectorXd b = rows.row(j).cast<double>();
      sum += 1 - a.dot(b) / (a.norm() * b.norm());
    }
  }
  CHECK(mean_pairwise_distance(rows) == test::close_to(sum / pairs));
}

TEST_CASE("Both metrics are at their bounds for equal and orthogonal texts") {
  const Embeddings equal = random_rows(1, 6, 1).replicate(5, 1);
  CHECK(std::abs(mean_pairwise_distance(equal)) < 1e-15);
  CHECK(vendi_score(equal) == test::close_to(1));
  const Embeddings orthogonal = 3 * Embeddings::Identity(5, 7);
  CHECK(mean_pairwise_distance(orthogonal) == test::close_to(1));
  CHECK(vendi_score(orthogonal) == test::close_to(5));
  Embeddings opposite(2, 2);
  opposite << 1, 2, -1, -2;
  CHECK(mean_pairwise_distance(opposite) == test::close_to(2));
}

TEST_CASE("Neither order nor length of the rows matters") {
  const Embeddings rows = random_rows(12, 5, 2);
  const Embeddings turned = rows.colwise().reverse() * 7.0F;
  CHECK(mean_pairwise_distance(turned) ==
        doctest::Approx(mean_pairwise_distance(rows)).epsilon(1e-6));
  CHECK(vendi_score(turned) ==
        doctest::Approx(vendi_score(rows)).epsilon(1e-6));
}

TEST_CASE("One text has Vendi score 1 and no pairwise distance") {
  const Embeddings one = random_rows(1, 4, 5);
  CHECK(std::isnan(mean_pairwise_distance(one)));
  CHECK(vendi_score(one) == test::close_to(1));
}

TEST_CASE("Embeddings that mean nothing are refused by row") {
  Embeddings rows = random_rows(3, 4, 6);
  rows.row(1).setZero();
  CHECK(test::message_of<UserError>([&] {
          vendi_score(rows);
        }).find("text 1 is zero or not finite") != std::string::npos);
  rows.row(1).setConstant(std::numeric_limits<float>::quiet_NaN());
  CHECK_THROWS_AS(mean_pairwise_distance(rows), UserError);
  CHECK_THROWS_AS(vendi_score(Embeddings(0, 4)), UserError);
  CHECK_THROWS_AS(vendi_score_of_kernel(Eigen::MatrixXd::Ones(2, 3)),
                  UserError);
}

}  // namespace cdx
