#include "metrics/mauve.h"

#include "metrics/golden.h"
#include "metrics/hashed_rows.h"
#include "metrics/kmeans.h"
#include "metrics/pca.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <random>

#include <doctest/doctest.h>

namespace cdx {
namespace {

doctest::Approx near(double golden, double relative = 1e-12) {
  return doctest::Approx(golden).epsilon(relative).scale(0);
}

MauveOptions options_of(const Json& json) {
  MauveOptions options;
  if (json.contains("seed")) options.seed = json.at("seed").get<uint32_t>();
  if (json.contains("num_buckets")) {
    options.buckets = json.at("num_buckets").get<int64_t>();
  }
  if (json.contains("mauve_scaling_factor")) {
    options.scaling_factor = json.at("mauve_scaling_factor").get<double>();
  }
  return options;
}

// numpy's RandomState(seed).randn: Marsaglia's polar method, the second number
// of each pair first.
class LegacyNormal {
 public:
  explicit LegacyNormal(uint32_t seed) : random_(seed) {}

  double next() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double first = 0, second = 0, square = 0;
    do {
      first = 2 * uniform() - 1;
      second = 2 * uniform() - 1;
      square = first * first + second * second;
    } while (square >= 1 || square == 0);
    const double factor = std::sqrt(-2 * std::log(square) / square);
    spare_ = factor * first;
    has_spare_ = true;
    return factor * second;
  }

 private:
  double uniform() {
    const auto high = static_cast<double>(random_() >> 5);
    const auto low = static_cast<double>(random_() >> 6);
    return (high * 67108864 + low) / 9007199254740992;
  }

  std::mt19937 random_;
  double spare_ = 0;
  bool has_spare_ = false;
};

Embeddings draw(LegacyNormal& normal) {
  Embeddings rows(1000, 20);
  for (Eigen::Index i = 0; i < rows.size(); ++i) {
    rows.data()[i] = static_cast<float>(normal.next());
  }
  return rows;
}

const Histogram kP = {.5, .3, .2, 0}, kQ = {.25, .25, .25, .25};

}  // namespace

TEST_CASE("The histogram goldens of specs/metrics.md §7.3 come out") {
  CHECK(mauve_of_histograms(kP, kQ) == near(0.6081135762448926));
  CHECK(mauve_of_histograms(kQ, kP) == near(0.6081135762448926));
  CHECK(frontier_integral(kP, kQ) == near(0.15680052321488588));
  CHECK(mauve_of_histograms(kP, kQ, {.scaling_factor = 1}) ==
        near(0.963843264064596));
  CHECK(mauve_of_histograms(kP, kQ, {.scaling_factor = 10}) ==
        near(0.2677704204631924));
  CHECK(mauve_of_histograms(kP, kQ, {.grid_points = 100}) ==
        near(0.6079911310997299));
  const MauveValues counts = mauve_of_counts({5, 3, 2, 0}, {3, 3, 2, 2});
  CHECK(counts.mauve == near(0.724528799950873));
  CHECK(counts.frontier_integral == near(0.11688078217550693));
  CHECK(counts.mauve_star == near(0.9200504830782427));
  CHECK(counts.frontier_integral_star == near(0.053645374058480064));
}

TEST_CASE("The divergence curve has the points of specs/metrics.md §7.3") {
  const std::vector<CurvePoint> curve = divergence_curve(kP, kQ);
  REQUIRE(curve.size() == 27);
  CHECK(curve.front().x == 1);
  CHECK(curve.front().y == 0);
  CHECK(curve[1].x == near(0.9999999999986997));
  CHECK(curve[1].y == near(0.1680986725682366));
  CHECK(curve[2].x == near(0.997743616552971));
  CHECK(curve[2].y == near(0.18692094480407076));
  CHECK(curve[13].x == near(0.6892401566819386));
  CHECK(curve[13].y == near(0.4809753724294696));
  CHECK(curve.back().x == 0);
  CHECK(curve.back().y == 1);
}

TEST_CASE("Equal histograms have MAUVE 1, disjoint ones its floor") {
  for (size_t buckets : {1, 2, 3, 5, 10, 100, 500}) {
    const Histogram even(buckets, 1.0 / static_cast<double>(buckets));
    CHECK(mauve_of_histograms(even, even) == near(1));
    CHECK(frontier_integral(even, even) == 0);
  }
  const Histogram left = {.5, .5, 0}, right = {0, 0, 1};
  CHECK(frontier_integral(left, right) == near(1));
  CHECK(mauve_of_histograms(left, right) == near(0.004072096261961257));
  CHECK(mauve_of_histograms(left, right, {.scaling_factor = 1}) == near(.5));
  CHECK(mauve_of_histograms(left, right, {.scaling_factor = 2}) ==
        near(0.16724536689815506));
}

TEST_CASE("faiss's permutation is that of specs/metrics.md §7.1") {
  using Order = std::vector<int32_t>;
  CHECK(faiss_permutation(10, 28) == Order{7, 6, 0, 5, 1, 9, 3, 8, 2, 4});
  CHECK(faiss_permutation(10, 15486585) == Order{8, 1, 0, 4, 2, 7, 5, 6, 9, 3});
}

TEST_CASE("k-means gives every row faiss's label") {
  for (const Json& golden : test::vectors_golden().at("kmeans")) {
    CAPTURE(golden.at("rows").dump());
    const Clusters clusters =
        kmeans(test::hashed_rows(golden.at("rows")),
               {.clusters = golden.at("clusters").get<int64_t>(),
                .seed = golden.at("seed").get<uint32_t>()});
    CHECK(clusters.labels == golden.at("labels").get<std::vector<int32_t>>());
  }
}

TEST_CASE("Empty clusters split others as faiss does, to the bit") {
  for (const Json& golden : test::vectors_golden().at("kmeans_step")) {
    const Clusters clusters =
        kmeans(test::hashed_rows(golden.at("rows")),
               {.clusters = golden.at("clusters").get<int64_t>(),
                .iterations = 1,
                .starts = 1,
                .seed = golden.at("seed").get<uint32_t>()});
    CHECK(clusters.centroids == test::to_rows(golden.at("centroids")));
  }
}

TEST_CASE("Equal rows are clustered too, fewer rows than clusters are not") {
  const Embeddings equal = Embeddings::Ones(11, 3);
  const Clusters clusters = kmeans(equal, {.clusters = 10});
  CHECK(clusters.centroids.allFinite());
  CHECK(clusters.labels.size() == 11);
  CHECK(test::message_of<UserError>([&] { kmeans(equal, {.clusters = 12}); }) ==
        "k-means: 12 clusters of only 11 rows");
  CHECK_THROWS_AS(kmeans(equal, {.clusters = 0}), UserError);
  CHECK_THROWS_AS(kmeans(equal * NAN, {.clusters = 2}), UserError);
}

TEST_CASE("Principal components are scikit-learn's up to their signs") {
  for (const Json& golden : test::vectors_golden().at("pca")) {
    const Embeddings rows = test::hashed_rows(golden.at("rows"));
    const Embeddings components =
        principal_components(unit_rows(rows, "test"), 0.9);
    const Embeddings size = test::to_rows(golden.at("size"));
    REQUIRE(components.cols() == size.cols());
    CHECK((components.cwiseAbs() - size).cwiseAbs().maxCoeff() < 1e-6F);
  }
}

TEST_CASE("As many components are kept as hold the share of variance") {
  Rows rows(4, 2);  // variances 9 : 1
  rows << 3, 1, 3, -1, -3, 1, -3, -1;
  CHECK(principal_components(rows, 0.89).cols() == 1);
  CHECK(principal_components(rows, 0.91).cols() == 2);
  CHECK(principal_components(rows, 0).cols() == 1);
  CHECK(principal_components(rows, 1).cols() == 2);
  CHECK(principal_components(Rows::Ones(5, 3), 0.9).cols() == 1);
  CHECK_THROWS_AS(principal_components(rows, 1.5), UserError);
  CHECK_THROWS_AS(principal_components(Rows(0, 2), 0.9), UserError);
}

TEST_CASE("mauve-text's histograms give mauve-text's four numbers") {
  for (const Json& golden : test::vectors_golden().at("mauve")) {
    const auto values = golden.at("values").get<std::vector<double>>();
    const MauveValues ours =
        mauve_of_counts(golden.at("p_counts").get<std::vector<int64_t>>(),
                        golden.at("q_counts").get<std::vector<int64_t>>(),
                        options_of(golden.at("options")));
    CHECK(ours.mauve == near(values[0]));
    CHECK(ours.frontier_integral == near(values[1]));
    CHECK(ours.mauve_star == near(values[2]));
    CHECK(ours.frontier_integral_star == near(values[3]));
  }
}

// mauve-text takes the components of float32 rows: a row between two clusters
// may fall to the other, and a clustering from there on may be another.
TEST_CASE("From features to MAUVE is mauve-text's way, seed by seed") {
  int cases = 0, equal = 0;
  for (const Json& golden : test::vectors_golden().at("mauve")) {
    const MauveResult result = mauve(test::hashed_rows(golden.at("p")),
                                     test::hashed_rows(golden.at("q")),
                                     options_of(golden.at("options")));
    CHECK(result.buckets == static_cast<int64_t>(golden.at("p_counts").size()));
    const double difference =
        std::abs(result.mean.mauve - golden.at("values")[0].get<double>());
    CHECK(difference < 0.03);
    equal += difference < 1e-12;
    ++cases;
  }
  CHECK(equal >= cases - 2);
}

TEST_CASE("The end-to-end goldens of specs/metrics.md §7.3 come out") {
  const double goldens[2][4] = {{.9712, .03025, .9762, .02727},
                                {.9721, .02974, .9768, .02688}};
  for (uint32_t seed = 0; seed < 2; ++seed) {
    LegacyNormal normal(seed);
    const Embeddings p = draw(normal), q = draw(normal);
    const MauveResult result = mauve(p, q, {.n_seeds = seed == 0 ? 12 : 1});
    const MauveValues& first = result.by_seed[0];
    CHECK(std::abs(first.mauve - goldens[seed][0]) < 0.002);
    CHECK(std::abs(first.frontier_integral - goldens[seed][1]) < 0.002);
    CHECK(std::abs(first.mauve_star - goldens[seed][2]) < 0.002);
    CHECK(std::abs(first.frontier_integral_star - goldens[seed][3]) < 0.002);
    if (seed == 0) {
      CHECK(std::abs(result.mean.mauve - .9644) < 0.001);
      CHECK(std::abs(result.deviation.mauve - .0086) < 0.001);
    }
  }
}

TEST_CASE("Several seeds are averaged, with their standard deviation") {
  const Json& golden = test::vectors_golden().at("mauve").at(8);
  const Embeddings p = test::hashed_rows(golden.at("p"));
  const Embeddings q = test::hashed_rows(golden.at("q"));
  const MauveResult three = mauve(p, q, {.n_seeds = 3});
  REQUIRE(three.by_seed.size() == 3);
  double mean = 0, squares = 0;
  for (uint32_t s = 0; s < 3; ++s) {
    const MauveResult one = mauve(p, q, {.seed = 25 + s});
    CHECK(one.mean.mauve == three.by_seed[s].mauve);
    CHECK(std::isnan(one.deviation.mauve));
    mean += one.mean.mauve / 3;
  }
  for (const MauveValues& values : three.by_seed) {
    squares += (values.mauve - mean) * (values.mauve - mean);
  }
  CHECK(three.mean.mauve == near(mean));
  CHECK(three.deviation.mauve == near(std::sqrt(squares / 2), 1e-9));
}

TEST_CASE("The number of buckets is a tenth, rounded half to even") {
  const auto buckets = [](Eigen::Index n) {
    const Embeddings rows =
        test::hashed_rows({{"n", n}, {"columns", 4}, {"salt", 3}});
    return mauve(rows, rows).buckets;
  };
  CHECK(buckets(8) == 2);
  CHECK(buckets(25) == 2);
  CHECK(buckets(35) == 4);
  CHECK(buckets(45) == 4);
}

TEST_CASE("A text set against itself has MAUVE 1") {
  const Embeddings rows =
      test::hashed_rows({{"n", 60}, {"columns", 5}, {"salt", 9}});
  const MauveResult result = mauve(rows, rows);
  CHECK(result.mean.mauve == near(1));
  CHECK(result.mean.frontier_integral == 0);
}

TEST_CASE("What has no MAUVE is refused") {
  const Embeddings rows = Embeddings::Ones(5, 3);
  CHECK(test::message_of<UserError>([&] { mauve(rows, Embeddings(0, 3)); }) ==
        "mauve: one side has no embeddings");
  CHECK_THROWS_AS(mauve(rows, Embeddings::Ones(5, 4)), UserError);
  CHECK_THROWS_AS(mauve(rows, Embeddings::Zero(5, 3)), UserError);
  CHECK_THROWS_AS(mauve(rows, rows, {.buckets = 11}), UserError);
  CHECK_THROWS_AS(mauve(rows, rows, {.buckets = -1}), UserError);
  CHECK_THROWS_AS(mauve(rows, rows, {.scaling_factor = 0}), UserError);
  CHECK_THROWS_AS(mauve(rows, rows, {.grid_points = 1}), UserError);
  CHECK_THROWS_AS(mauve(rows, rows, {.n_seeds = 0}), UserError);
  CHECK_THROWS_AS(mauve_of_counts({1, 2}, {1}), UserError);
  CHECK_THROWS_AS(mauve_of_counts({}, {}), UserError);
  CHECK_THROWS_AS(mauve_of_counts({0, 0}, {1, 1}), UserError);
  CHECK_THROWS_AS(mauve_of_counts({2, -1}, {1, 1}), UserError);
}

}  // namespace cdx
