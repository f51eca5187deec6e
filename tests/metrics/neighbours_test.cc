#include "metrics/neighbours.h"

#include "metrics/golden.h"
#include "metrics/hashed_rows.h"
#include "metrics/pairwise.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

std::vector<double> to_vector(const NeighbourValues& v) {
  return {v.precision, v.recall, v.density, v.coverage};
}

std::vector<double> values(const Json& reference,
                           const Json& model,
                           const NeighbourOptions& options) {
  return to_vector(
      neighbour_balls(test::to_rows(reference), test::to_rows(model), options));
}

doctest::Approx rounded(const Json& golden) {
  return doctest::Approx(golden.get<double>()).epsilon(1e-12);
}

using Four = std::vector<double>;

}  // namespace

TEST_CASE("The goldens of specs/metrics.md §6.4 come out") {
  const Json line_r = {{0}, {1}, {2}, {4}, {7}};
  const Json line_f = {{.5}, {1.5}, {3}, {10}};
  CHECK(values(line_r, line_f, {.k = 1}) == Four{.75, 1, 1.25, .8});
  const Four closed = values(line_r, line_f, {.k = 1, .border_inside = true});
  CHECK(closed[0] == 1);
  CHECK(closed[1] == 1);
  CHECK(values(line_r, line_f, {.k = 2}) == Four{1, 1, 1.375, 1});

  const Json plane_r = {{0, 0}, {1, 0}, {0, 1}, {1, 1}, {5, 5}};
  const Json plane_f = {{0, 0}, {.5, .5}, {5, 6}, {9, 9}};
  CHECK(values(plane_r, plane_f, {.k = 1}) == Four{.75, .4, 1.5, 1});
  const Four plane = values(plane_r, plane_f, {.k = 1, .border_inside = true});
  CHECK(plane[0] == 1);
  CHECK(plane[1] == 1);
  CHECK(values(plane_r, plane_f, {.k = 2}) == Four{1, 1, 1, 1});

  const Json copies = {{0}, {0}, {0}, {1}};
  CHECK(values(copies, copies, {.k = 1}) == Four{.25, .25, .25, .25});
  CHECK(values(copies, copies, {.k = 1, .border_inside = true})[0] == 1);
}

TEST_CASE("Balls are prdc's, and with borders those of the definition") {
  for (const Json& golden : test::vectors_golden().at("neighbours")) {
    CAPTURE(golden.at("reference").dump());
    const Embeddings reference = test::hashed_rows(golden.at("reference"));
    const Embeddings model = test::hashed_rows(golden.at("model"));
    const int k = golden.at("k").get<int>();
    const Four open = to_vector(neighbour_balls(reference, model, {.k = k}));
    const Four closed = to_vector(
        neighbour_balls(reference, model, {.k = k, .border_inside = true}));
    for (size_t i = 0; i < 4; ++i) {
      CHECK(open[i] == rounded(golden.at("open")[i]));
      CHECK(closed[i] == rounded(golden.at("closed")[i]));
    }
  }
}

TEST_CASE("The setting of Le Bronnec et al. gives prdc's numbers after PCA") {
  for (const Json& golden : test::vectors_golden().at("le_bronnec")) {
    const Four ours =
        to_vector(le_bronnec_balls(test::hashed_rows(golden.at("reference")),
                                   test::hashed_rows(golden.at("model"))));
    for (size_t i = 0; i < 4; ++i) {
      CHECK(ours[i] == rounded(golden.at("values")[i]));
    }
  }
}

TEST_CASE("Squared distances and products are the sums of their terms") {
  for (Eigen::Index n : {1, 7, 8, 17, 33}) {
    const Embeddings a =
        test::hashed_rows({{"n", 13}, {"columns", 5}, {"salt", 1}});
    const Embeddings b =
        test::hashed_rows({{"n", n}, {"columns", 5}, {"salt", 2}});
    Rows squares = Rows::Constant(6, n, -1);
    const Rows wide = a.cast<double>(), other = b.cast<double>();
    squared_distances(wide, {3, 6}, Panels<double>(other), 8, squares);
    Embeddings products(6, n);
    dot_products(a, {3, 6}, Panels<float>(b), products);
    for (Eigen::Index i = 0; i < 6; ++i) {
      for (Eigen::Index j = 0; j < n; ++j) {
        const double square = (wide.row(3 + i) - other.row(j)).squaredNorm();
        CHECK(squares(i, j) == (j < 8 ? -1 : square));
        CHECK(products(i, j) == a.row(3 + i).dot(b.row(j)));
      }
    }
  }
}

TEST_CASE("Too few texts, other dimensions and infinite rows are refused") {
  const Embeddings rows = Embeddings::Ones(6, 2);
  CHECK(test::message_of<UserError>(
            [&] { neighbour_balls(rows, rows.topRows(4), {.k = 3}); }) ==
        "nearest neighbours: 4 model texts are too few for k = 3; there must "
        "be at least k + 2");
  CHECK_NOTHROW(neighbour_balls(rows, rows.topRows(5), {.k = 3}));
  CHECK_THROWS_AS(neighbour_balls(rows.topRows(4), rows, {.k = 3}), UserError);
  CHECK_THROWS_AS(neighbour_balls(rows, rows, {.k = 0}), UserError);
  CHECK_THROWS_AS(neighbour_balls(rows, Embeddings::Ones(6, 3)), UserError);
  Embeddings broken = rows;
  broken(2, 1) = INFINITY;
  CHECK_THROWS_AS(neighbour_balls(rows, broken, {.k = 2}), UserError);
  CHECK_THROWS_AS(le_bronnec_balls(Embeddings::Zero(9, 2), rows), UserError);
}

}  // namespace cdx
