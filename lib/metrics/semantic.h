#pragma once

#include "metrics/vectors.h"

// Diversity of meaning, from sentence embeddings; the variant of these metrics
// is the encoder's name. All arithmetic in double. UserError when there is no
// row, or when a row is zero or not finite.
namespace cdx {

// Mean of 1 − cos over unordered pairs of rows ("SBERT diversity", Tevet &
// Berant 2021). 0 … 2, higher = more diverse; NaN for one row. O(n² D).
double mean_pairwise_distance(const Embeddings& embeddings);

// The same in O(n D), for corpora: 1 − (‖Σu‖² − n)/(n(n − 1)) of the unit rows
// u. Near-duplicates throughout cost it digits.
double mean_pairwise_distance_of_corpus(const Embeddings& embeddings);

// Mean of 1 − cos over ordered pairs, each row with itself among them (Cox et
// al. 2021): (n − 1)/n · mean_pairwise_distance, 0 for one row. Higher = more
// diverse.
double remote_clique(const Embeddings& embeddings);

// Mean over rows of the smallest 1 − cos to another row (Cox et al. 2021). 0 …
// 2, higher = more diverse; NaN for one row. O(n² D).
double chamfer_distance(const Embeddings& embeddings);

// What remote_clique and chamfer_dist of the package diversity 0.3.1 return:
// float32 distances (a zero row is at 1 from every other), rounded to three
// decimals as numpy does; chamfer 1e9 for one row.
double remote_clique_compat(const Embeddings& embeddings);
double chamfer_distance_compat(const Embeddings& embeddings);

// Vendi score of order q (Friedman & Dieng 2023; Pasarkar & Dieng 2024): the
// exponential of the Rényi entropy of order q of the eigenvalues λ of K/n, K =
// cosines of the rows. q = 1: exp(−Σ λ ln λ); q = 2: 1/Σλ² (RKE), without the
// eigenvalues; q = ∞: 1/λmax. 1 (all alike) … n (all orthogonal), higher = more
// diverse; grows with n; small q stress rare elements. Eigenvalues up to
// n·eps·λmax are rounding noise and left out. O(n D min(n, D) + min(n, D)³).
// UserError when q is negative or NaN.
double vendi_score(const Embeddings& embeddings, double order = 1);

// The same for any symmetric similarity matrix [n, n] with ones on its
// diagonal.
double vendi_score_of_kernel(const Eigen::MatrixXd& kernel, double order = 1);

}  // namespace cdx
