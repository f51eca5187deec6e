#include "metrics/pca.h"

#include "util/errors.h"

#include <algorithm>

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

namespace cdx {
namespace {

// How many of the eigenvalues, ascending, hold the share, the largest first.
Eigen::Index count_kept(const Eigen::VectorXd& values, double share) {
  const double all = values.cwiseMax(0).sum();
  double sum = 0;
  for (Eigen::Index kept = 1; kept < values.size(); ++kept) {
    sum += std::max(values[values.size() - kept], 0.0);
    if (sum >= share * all) return kept;
  }
  return values.size();
}

}  // namespace

Embeddings principal_components(Rows rows, double variance_kept) {
  if (rows.rows() == 0) throw UserError("PCA: there are no rows");
  if (!(variance_kept >= 0 && variance_kept <= 1)) {
    throw UserError(fmt::format(
        "PCA: the share of variance to keep is {}, not within 0 … 1",
        variance_kept));
  }
  rows.rowwise() -= rows.colwise().mean().eval();
  // The Gram matrix [n, n] has the scores as its scaled eigenvectors.
  const bool wide = rows.cols() > rows.rows();
  Eigen::MatrixXd products = Eigen::MatrixXd::Zero(
      wide ? rows.rows() : rows.cols(), wide ? rows.rows() : rows.cols());
  if (wide) {
    products.selfadjointView<Eigen::Lower>().rankUpdate(rows);
  } else {
    products.selfadjointView<Eigen::Lower>().rankUpdate(rows.transpose());
  }
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(products);
  if (solver.info() != Eigen::Success) {
    throw WorldError("PCA: the eigenvalues did not converge");
  }
  const Eigen::VectorXd& values = solver.eigenvalues();
  const Eigen::Index kept = count_kept(values, variance_kept);
  const Eigen::MatrixXd vectors =
      solver.eigenvectors().rightCols(kept).rowwise().reverse();
  if (!wide) return (rows * vectors).cast<float>();
  const Eigen::VectorXd lengths =
      values.tail(kept).reverse().cwiseMax(0).cwiseSqrt();
  return (vectors * lengths.asDiagonal()).cast<float>();
}

}  // namespace cdx
