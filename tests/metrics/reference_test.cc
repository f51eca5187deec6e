#include "metrics/reference.h"

#include "metrics/metric.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <numeric>
#include <random>

#include <doctest/doctest.h>

namespace cdx {
namespace {

// Normal draws around `centre` in every dimension.
Embeddings cloud(Eigen::Index rows, float centre, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(centre, 1);
  Embeddings points(rows, 5);
  for (Eigen::Index i = 0; i < points.size(); ++i) {
    points.data()[i] = normal(random);
  }
  return points;
}

RowIndices range(size_t first, size_t end) {
  RowIndices rows(end - first);
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

Embeddings taken(const Embeddings& from, const RowIndices& rows) {
  Embeddings some(static_cast<Eigen::Index>(rows.size()), from.cols());
  for (size_t i = 0; i < rows.size(); ++i) {
    some.row(static_cast<Eigen::Index>(i)) =
        from.row(static_cast<Eigen::Index>(rows[i]));
  }
  return some;
}

void check_same(const NeighbourValues& a, const NeighbourValues& b) {
  CHECK(a.precision == b.precision);
  CHECK(a.recall == b.recall);
  CHECK(a.density == b.density);
  CHECK(a.coverage == b.coverage);
}

const ReferenceFamily& family(size_t i) {
  return reference_families()[i];
}

const Embeddings kReference = cloud(70, 1, 1), kTexts = cloud(60, 1.5, 2);

}  // namespace

TEST_CASE("A subset of the table is what the points alone give") {
  for (const bool border_inside : {false, true}) {
    const NeighbourOptions options{.k = 3, .border_inside = border_inside};
    const NeighbourTable table(kReference, kTexts, options);
    check_same(table.values(range(0, 70), range(0, 60)),
               neighbour_balls(kReference, kTexts, options));
    const RowIndices some = {0, 3, 4, 9, 20, 33, 41, 55, 69},
                     others = {1, 2, 30, 31, 32, 50, 59};
    check_same(table.values(some, others),
               neighbour_balls(
                   taken(kReference, some), taken(kTexts, others), options));
  }
}

TEST_CASE("Too few rows are NaN in a subset, an error in the whole") {
  const NeighbourTable table(kReference, kTexts, {.k = 3});
  CHECK(std::isnan(table.values(range(0, 70), range(0, 4)).recall));
  CHECK_FALSE(std::isnan(table.values(range(0, 70), range(0, 5)).recall));
  CHECK(test::message_of<UserError>(
            [] { NeighbourTable(kReference, cloud(4, 0, 3), {.k = 3}); }) ==
        "nearest neighbours: 4 model texts are too few for k = 3; there "
        "must be at least k + 2");
}

TEST_CASE("Of all rows the families are the functions of their packages") {
  const Embeddings reference = kReference.topRows(60);
  const RowIndices all = range(0, 60);
  const MauveValues m = mauve(kTexts, reference).mean;
  CHECK(family(0).prepare(reference, kTexts)(all, all) ==
        ReferenceValues{m.mauve,
                        m.mauve_star,
                        m.frontier_integral,
                        m.frontier_integral_star});
  const NeighbourValues k = neighbour_balls(reference, kTexts);
  CHECK(family(1).prepare(reference, kTexts)(all, all) ==
        ReferenceValues{k.precision, k.recall, k.density, k.coverage});
  const NeighbourValues l = le_bronnec_balls(reference, kTexts);
  CHECK(family(2).prepare(reference, kTexts)(all, all) ==
        ReferenceValues{l.precision, l.recall, l.density, l.coverage});
}

TEST_CASE("Of texts that are the reference the families give their bounds") {
  const RowIndices all = range(0, 70);
  const ReferenceValues m = family(0).prepare(kReference, kReference)(all, all);
  CHECK(m[0] == doctest::Approx(1).epsilon(1e-9));
  CHECK(m[2] == doctest::Approx(0).epsilon(1e-9));
  const ReferenceValues k = family(1).prepare(kReference, kReference)(all, all);
  CHECK(k[0] == 1);
  CHECK(k[1] == 1);
  CHECK(k[3] == 1);
}

TEST_CASE("Every metric of a family is in the table, against a reference") {
  size_t found = 0;
  for (const ReferenceFamily& one : reference_families()) {
    for (const std::string_view name : one.metrics) {
      CHECK(find_metric(name).level == Level::kCorpus);
      ++found;
    }
  }
  for (const MetricDescriptor& metric : metric_table()) {
    found -=
        metric.level == Level::kCorpus && metric.input == Input::kEmbeddings
            ? 1
            : 0;
  }
  CHECK(found == 0);
}

}  // namespace cdx
