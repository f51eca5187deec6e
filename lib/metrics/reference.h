#pragma once

#include "metrics/mauve.h"
#include "metrics/neighbours.h"
#include "metrics/vectors.h"

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Metrics that hold a condition's texts against reference texts, prepared for
// many subsets of both: what the subsets share (distances, components,
// clusters) is computed once, as intervals and permutation tests need it.
namespace cdx {

using RowIndices = std::vector<size_t>;  // none twice

// Precision, recall, density and coverage of subsets.
class NeighbourTable {
 public:
  // `reference` [N, D], `texts` [M, D]. O((N + M)² D) time and 8 (M² + N² + NM)
  // bytes. UserError as neighbour_balls(), and above kMostRows on a side.
  NeighbourTable(const Embeddings& reference,
                 const Embeddings& texts,
                 const NeighbourOptions& options = {});

  // What neighbour_balls() gives for these rows, to the last bit; NaN where
  // one side has fewer than k + 2. O(n (m + k)) mostly.
  NeighbourValues values(const RowIndices& reference,
                         const RowIndices& texts) const;

  static constexpr int64_t kMostRows = 20000;

 private:
  NeighbourOptions options_;
  Rows within_reference_, within_texts_;  // squared distances
  Rows across_;                           // [N, M]
};

// The numbers of the four metrics of a family.
using ReferenceValues = std::array<double, 4>;
// Of these rows of the reference and of the texts; NaN where they are too few.
using ReferenceSubsets =
    std::function<ReferenceValues(const RowIndices&, const RowIndices&)>;

// Four metrics that share their work.
struct ReferenceFamily {
  std::array<std::string_view, 4> metrics;  // as metric_table() calls them
  std::string_view parameters;              // part of the variant: "k=5"
  // Clusters and components are of all rows that are given, so that a subset's
  // MAUVE is that of common clusters. UserError on too few rows, other
  // dimensions, zero rows.
  ReferenceSubsets (*prepare)(const Embeddings& reference,
                              const Embeddings& texts);
};

// mauve, frontier_integral and their stars; knn_*; lebronnec_*.
std::span<const ReferenceFamily> reference_families();

}  // namespace cdx
