#include "metrics/semantic.h"

#include "util/errors.h"

#include <cmath>
#include <limits>

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

namespace cdx {
namespace {

using Rows =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// [n, D] rows of length 1.
Rows unit_rows(const Embeddings& embeddings, const char* metric) {
  if (embeddings.rows() == 0) {
    throw UserError(fmt::format("{}: there are no embeddings", metric));
  }
  Rows rows = embeddings.cast<double>();
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const double length = rows.row(i).norm();
    if (!std::isfinite(length) || length == 0) {
      throw UserError(fmt::format(
          "{}: the embedding of text {} is zero or not finite; encode the "
          "texts again",
          metric,
          i));
    }
    rows.row(i) /= length;
  }
  return rows;
}

// `matrix`/n symmetric, of the n texts; its eigenvalues sum to 1.
double exp_spectral_entropy(const Eigen::MatrixXd& matrix, Eigen::Index n) {
  const auto count = static_cast<double>(n);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      matrix / count, Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) {
    throw WorldError("vendi_score: the eigenvalues did not converge");
  }
  const Eigen::VectorXd& values = solver.eigenvalues();
  const double noise =
      count * std::numeric_limits<double>::epsilon() * values.maxCoeff();
  double entropy = 0;
  for (double value : values) {
    if (value > noise) entropy -= value * std::log(value);
  }
  return std::exp(entropy);
}

}  // namespace

double mean_pairwise_distance(const Embeddings& embeddings) {
  const Rows rows = unit_rows(embeddings, "mean_pairwise_distance");
  const Eigen::Index n = rows.rows();
  if (n == 1) return std::nan("");
  double sum = 0;
  for (Eigen::Index i = 0; i + 1 < n; ++i) {
    const Eigen::VectorXd cosines =
        rows.bottomRows(n - i - 1) * rows.row(i).transpose();
    sum += (1 - cosines.array()).cwiseMax(0).cwiseMin(2).sum();
  }
  return sum / (static_cast<double>(n) * static_cast<double>(n - 1) / 2);
}

double vendi_score(const Embeddings& embeddings) {
  const Rows rows = unit_rows(embeddings, "vendi_score");
  // K [n, n] and the covariance [D, D] have the same eigenvalues but zeros.
  const Eigen::MatrixXd smaller =
      rows.rows() <= rows.cols() ? Eigen::MatrixXd(rows * rows.transpose())
                                 : Eigen::MatrixXd(rows.transpose() * rows);
  return exp_spectral_entropy(smaller, rows.rows());
}

double vendi_score_of_kernel(const Eigen::MatrixXd& kernel) {
  if (kernel.rows() == 0 || kernel.rows() != kernel.cols()) {
    throw UserError(
        fmt::format("vendi_score: the similarity matrix is {} x {}, not square",
                    kernel.rows(),
                    kernel.cols()));
  }
  return exp_spectral_entropy(kernel, kernel.rows());
}

}  // namespace cdx
