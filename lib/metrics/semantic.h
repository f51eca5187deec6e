#pragma once

#include <Eigen/Core>

// Diversity of meaning, from sentence embeddings; the variant of these metrics
// is the encoder's name. All arithmetic in double. UserError when there is no
// row, or when a row is zero or not finite.
namespace cdx {

// One row a text, [n, D], any length.
using Embeddings =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Mean of 1 − cos over unordered pairs of rows ("SBERT diversity", Tevet &
// Berant 2021). 0 … 2, higher = more diverse; NaN for one row. O(n² D).
double mean_pairwise_distance(const Embeddings& embeddings);

// Vendi score of order 1 (Friedman & Dieng 2023): exp(−Σ λ ln λ) over the
// eigenvalues λ of K/n, K = cosines of the rows. 1 (all alike) … n (all
// orthogonal), higher = more diverse; grows with n. Eigenvalues up to
// n·eps·λmax are rounding noise and left out. O(n D min(n, D) + min(n, D)³).
double vendi_score(const Embeddings& embeddings);

// The same for any symmetric similarity matrix [n, n] with ones on its
// diagonal.
double vendi_score_of_kernel(const Eigen::MatrixXd& kernel);

}  // namespace cdx
