#pragma once

#include "metrics/vectors.h"

#include <cstdint>
#include <vector>

// MAUVE (Pillutla et al. 2021, 2023): how close the distribution of a model's
// texts is to that of reference texts, from features of both quantised by
// k-means. p: reference or model, q: the other; the histogram part is
// symmetric, the clusters are not quite.
namespace cdx {

using Histogram = std::vector<double>;  // sums to 1

struct MauveOptions {
  int64_t buckets = 0;  // 0: min(n_p, n_q)/10 rounded half to even, at least 2
  double variance_kept = 0.9;  // of the principal components
  double scaling_factor = 5;
  int grid_points = 25;
  uint32_t seed = 25;  // of mauve-text; k-means takes the second after it
  int n_seeds = 1;     // seed, seed + 1, …: averaged

  void check() const;  // UserError that names what is out of range
};

struct MauveValues {
  double mauve = 0;              // above 0 … 1; higher = closer
  double frontier_integral = 0;  // 0 equal … 1 disjoint; higher = **farther**
  // The same after half a count more in each bucket (Krichevsky–Trofimov).
  double mauve_star = 0;
  double frontier_integral_star = 0;
};

struct MauveResult {
  MauveValues mean,
      deviation;  // over the seeds; deviation with n − 1, NaN of 1
  std::vector<MauveValues> by_seed;
  int64_t buckets = 0;
};

// One row a text. O(n D min(n, D)) for the components and O(n_seeds · n ·
// buckets · D) an iteration of k-means. UserError on options out of range, no
// rows on a side, zero rows, other dimensions, more buckets than rows.
MauveResult mauve(const Embeddings& p,
                  const Embeddings& q,
                  const MauveOptions& options = {});

struct MauveBuckets {
  std::vector<int32_t> of_rows;  // those of q first, then those of p
  int64_t buckets = 0;
};

// What mauve() counts with its first seed. Errors as there.
MauveBuckets mauve_buckets(const Embeddings& p,
                           const Embeddings& q,
                           const MauveOptions& options = {});

// From the numbers of texts in each bucket. UserError when a count is negative,
// their lengths differ or a side is empty.
MauveValues mauve_of_counts(const std::vector<int64_t>& p,
                            const std::vector<int64_t>& q,
                            const MauveOptions& options = {});

struct CurvePoint {
  double x = 0, y = 0;
};

// exp(−c KL(q‖r)), exp(−c KL(p‖r)) of the mixtures r = w p + (1 − w) q over
// the grid of w from 1e-6 to 1 − 1e-6, between the end points (1, 0) and (0,
// 1).
std::vector<CurvePoint> divergence_curve(const Histogram& p,
                                         const Histogram& q,
                                         const MauveOptions& options = {});

// Mean of the areas under the curve over x and over y. Points of equal x are
// taken by falling y (and the reverse), so that equal histograms give 1, where
// mauve-text 0.4.0 may give 0.75.
double mauve_of_histograms(const Histogram& p,
                           const Histogram& q,
                           const MauveOptions& options = {});

// Integral of the frontier of the two KL divergences over w (Liu et al. 2021,
// "Divergence frontiers"), in closed form.
double frontier_integral(const Histogram& p, const Histogram& q);

}  // namespace cdx
