#include "metrics/reference.h"

#include "metrics/pairwise.h"
#include "metrics/pca.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr char kNeighbours[] = "nearest neighbours";

Rows all_squared_distances(const Rows& from, const Rows& to) {
  Rows distances(from.rows(), to.rows());
  squared_distances(from, {0, from.rows()}, Panels<double>(to), 0, distances);
  return distances;
}

void check_rows(const Embeddings& rows, const char* side, int k) {
  if (rows.rows() < k + 2) {
    throw UserError(
        fmt::format("{}: {} {} texts are too few for k = {}; there must be at "
                    "least k + 2",
                    kNeighbours,
                    rows.rows(),
                    side,
                    k));
  }
  if (rows.rows() > NeighbourTable::kMostRows) {
    throw UserError(fmt::format(
        "{}: {} {} texts are more than {}; measure fewer of them, or leave out "
        "the tests (measure.permutations: 0)",
        kNeighbours,
        rows.rows(),
        side,
        NeighbourTable::kMostRows));
  }
  if (!rows.allFinite()) {
    throw UserError(fmt::format(
        "{}: an embedding of the {} texts is not finite; encode them again",
        kNeighbours,
        side));
  }
}

// Squared distance of each of `rows` to its k-th neighbour among them.
std::vector<double> radii_of(const Rows& within,
                             const RowIndices& rows,
                             int k) {
  std::vector<double> radii;
  radii.reserve(rows.size());
  std::vector<double> nearest(static_cast<size_t>(k));
  for (const size_t row : rows) {
    const double* distances = within.row(static_cast<Eigen::Index>(row)).data();
    std::fill(nearest.begin(),
              nearest.end(),
              std::numeric_limits<double>::infinity());
    for (const size_t other : rows) {
      const double distance = distances[other];
      if (!(distance < nearest.back()) || other == row) continue;
      auto place = nearest.end() - 1;
      for (; place > nearest.begin() && place[-1] > distance; --place) {
        *place = place[-1];
      }
      *place = distance;
    }
    radii.push_back(nearest.back());
  }
  return radii;
}

double share(const std::vector<char>& flags) {
  return static_cast<double>(std::count(flags.begin(), flags.end(), 1)) /
         static_cast<double>(flags.size());
}

ReferenceValues in_order(const NeighbourValues& values) {
  return {values.precision, values.recall, values.density, values.coverage};
}

ReferenceSubsets prepare_neighbours(const Embeddings& reference,
                                    const Embeddings& texts) {
  const auto table = std::make_shared<NeighbourTable>(reference, texts);
  return [table](const RowIndices& of_reference, const RowIndices& of_texts) {
    return in_order(table->values(of_reference, of_texts));
  };
}

// The longer side is cut to the length of the shorter one.
ReferenceSubsets prepare_le_bronnec(const Embeddings& reference,
                                    const Embeddings& texts) {
  const LeBronnecOptions options;
  const Embeddings components = principal_components(
      unit_rows(stack(texts, reference, kNeighbours), kNeighbours),
      options.variance_kept);
  const auto table =
      std::make_shared<NeighbourTable>(components.bottomRows(reference.rows()),
                                       components.topRows(texts.rows()),
                                       options.neighbours);
  return [table](RowIndices of_reference, RowIndices of_texts) {
    const size_t n = std::min(of_reference.size(), of_texts.size());
    of_reference.resize(n);
    of_texts.resize(n);
    return in_order(table->values(of_reference, of_texts));
  };
}

std::vector<int64_t> counts_of(const std::vector<int32_t>& buckets,
                               const RowIndices& rows,
                               size_t n_buckets) {
  std::vector<int64_t> counts(n_buckets);
  for (const size_t row : rows) ++counts[static_cast<size_t>(buckets[row])];
  return counts;
}

ReferenceSubsets prepare_mauve(const Embeddings& reference,
                               const Embeddings& texts) {
  const MauveBuckets found = mauve_buckets(texts, reference);
  const auto first_text = found.of_rows.begin() + reference.rows();
  const std::vector<int32_t> of_reference(found.of_rows.begin(), first_text);
  const std::vector<int32_t> of_texts(first_text, found.of_rows.end());
  const auto n = static_cast<size_t>(found.buckets);
  return [=](const RowIndices& reference_rows, const RowIndices& text_rows) {
    if (reference_rows.empty() || text_rows.empty()) {
      ReferenceValues none;
      none.fill(std::nan(""));
      return none;
    }
    const MauveValues values =
        mauve_of_counts(counts_of(of_texts, text_rows, n),
                        counts_of(of_reference, reference_rows, n));
    return ReferenceValues{values.mauve,
                           values.mauve_star,
                           values.frontier_integral,
                           values.frontier_integral_star};
  };
}

constexpr ReferenceFamily kFamilies[] = {
    {{"mauve", "mauve_star", "frontier_integral", "frontier_integral_star"},
     "buckets=n/10",
     prepare_mauve},
    {{"knn_precision", "knn_recall", "knn_density", "knn_coverage"},
     "k=5",
     prepare_neighbours},
    {{"lebronnec_precision",
      "lebronnec_recall",
      "lebronnec_density",
      "lebronnec_coverage"},
     "pca=0.9,k=4",
     prepare_le_bronnec},
};

}  // namespace

NeighbourTable::NeighbourTable(const Embeddings& reference,
                               const Embeddings& texts,
                               const NeighbourOptions& options)
    : options_(options) {
  options.check();
  check_same_columns(reference, texts, kNeighbours);
  check_rows(reference, "reference", options.k);
  check_rows(texts, "model", options.k);
  const Rows from = reference.cast<double>(), to = texts.cast<double>();
  within_reference_ = all_squared_distances(from, from);
  within_texts_ = all_squared_distances(to, to);
  across_ = all_squared_distances(from, to);
}

NeighbourValues NeighbourTable::values(const RowIndices& reference,
                                       const RowIndices& texts) const {
  const auto fewest = static_cast<size_t>(options_.k) + 2;
  if (reference.size() < fewest || texts.size() < fewest) {
    const double none = std::nan("");
    return {none, none, none, none};
  }
  const std::vector<double> radii =
      radii_of(within_reference_, reference, options_.k);
  const std::vector<double> text_radii =
      radii_of(within_texts_, texts, options_.k);
  const auto inside = [&](double distance, double radius) {
    return options_.border_inside ? distance <= radius : distance < radius;
  };
  std::vector<char> text_in_ball(texts.size()),
      reference_in_ball(reference.size()), ball_taken(reference.size());
  int64_t pairs = 0;
  for (size_t r = 0; r < reference.size(); ++r) {
    const double* distances =
        across_.row(static_cast<Eigen::Index>(reference[r])).data();
    for (size_t t = 0; t < texts.size(); ++t) {
      const double distance = distances[texts[t]];
      const bool in_reference = inside(distance, radii[r]);
      pairs += in_reference;
      text_in_ball[t] |= static_cast<char>(in_reference);
      ball_taken[r] |= static_cast<char>(in_reference);
      reference_in_ball[r] |=
          static_cast<char>(inside(distance, text_radii[t]));
    }
  }
  return {.precision = share(text_in_ball),
          .recall = share(reference_in_ball),
          .density =
              static_cast<double>(pairs) / (static_cast<double>(options_.k) *
                                            static_cast<double>(texts.size())),
          .coverage = share(ball_taken)};
}

std::span<const ReferenceFamily> reference_families() {
  return kFamilies;
}

}  // namespace cdx
