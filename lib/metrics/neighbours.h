#pragma once

#include "metrics/vectors.h"

// Precision, recall, density and coverage of a model's texts against reference
// texts, from k-nearest-neighbour balls in feature space (Kynkäänniemi et al.
// 2019; Naeem et al. 2020).
namespace cdx {

struct NeighbourOptions {
  int k = 5;                   // the ball of a point reaches its k-th neighbour
  bool border_inside = false;  // ≤ of Kynkäänniemi et al. instead of <

  void check() const;  // UserError unless k is at least 1
};

struct NeighbourValues {
  // Share of model points in a reference ball, 0 … 1; higher = better quality.
  double precision = 0;
  // Share of reference points in a ball of the model, 0 … 1; higher = more
  // diverse.
  double recall = 0;
  // Reference balls around a model point, on average, ÷ k; 0 … N/k; higher =
  // better quality.
  double density = 0;
  // Share of reference balls that hold a model point, 0 … 1; higher = more
  // diverse.
  double coverage = 0;
};

// Euclidean balls around the rows of `reference` [N, D] and `model` [M, D]; a
// point is no neighbour of itself, but a duplicate of it is. Distances are sums
// of squared differences in double, compared as squares: ties are ties of the
// points. O((N + M)² D) time, O((N + M)(D + k)) memory. UserError unless N, M ≥
// k + 2, both have D columns and all numbers are finite.
NeighbourValues neighbour_balls(const Embeddings& reference,
                                const Embeddings& model,
                                const NeighbourOptions& options = {});

struct LeBronnecOptions {
  double variance_kept = 0.9;
  NeighbourOptions neighbours = {.k = 4};
};

// The same as Le Bronnec et al. 2024 set it up: the longer side is cut to the
// length of the shorter one; rows of length 1; principal components of both
// sides together, 90 % of the variance, in float32. UserError on a zero row
// too.
NeighbourValues le_bronnec_balls(const Embeddings& reference,
                                 const Embeddings& model,
                                 const LeBronnecOptions& options = {});

}  // namespace cdx
