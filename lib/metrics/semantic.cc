#include "metrics/semantic.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

namespace cdx {
namespace {

// Sum over unordered pairs.
double sum_of_distances(const Rows& rows) {
  const Eigen::Index n = rows.rows();
  double sum = 0;
  for (Eigen::Index i = 0; i + 1 < n; ++i) {
    const Eigen::VectorXd cosines =
        rows.bottomRows(n - i - 1) * rows.row(i).transpose();
    sum += (1 - cosines.array()).cwiseMax(0).cwiseMin(2).sum();
  }
  return sum;
}

// scikit-learn's cosine_distances of float32 rows.
Eigen::MatrixXf float_distances(const Embeddings& embeddings) {
  if (embeddings.rows() == 0) {
    throw UserError("cosine distances: there are no embeddings");
  }
  Embeddings rows = embeddings;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const float length = rows.row(i).norm();
    if (length > 0) rows.row(i) /= length;
  }
  const Eigen::MatrixXf cosines = rows * rows.transpose();
  Eigen::MatrixXf distances =
      (1 - cosines.array()).cwiseMax(0.0F).cwiseMin(2.0F);
  distances.diagonal().setZero();
  return distances;
}

// numpy's round(3), in the type of the array.
template <typename Scalar>
Scalar round_as_numpy(Scalar value) {
  return std::rint(value * 1000) / 1000;
}

double entropy_power(const Eigen::VectorXd& values,
                     double order,
                     double noise) {
  double sum = 0;
  for (double value : values) {
    if (value <= noise) continue;
    sum += order == 1 ? -value * std::log(value) : std::pow(value, order);
  }
  return order == 1 ? std::exp(sum) : std::pow(sum, 1 / (1 - order));
}

// `matrix`/n symmetric, of the n texts; its eigenvalues sum to 1.
double vendi_of_matrix(const Eigen::MatrixXd& matrix,
                       Eigen::Index n,
                       double order) {
  if (!(order >= 0)) {
    throw UserError(
        fmt::format("vendi_score: the order is {}, not at least 0", order));
  }
  const auto count = static_cast<double>(n);
  if (order == 2) return 1 / (matrix / count).squaredNorm();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(
      matrix / count, Eigen::EigenvaluesOnly);
  if (solver.info() != Eigen::Success) {
    throw WorldError("vendi_score: the eigenvalues did not converge");
  }
  const Eigen::VectorXd& values = solver.eigenvalues();
  const double largest = values.maxCoeff();
  if (std::isinf(order)) return 1 / largest;
  const double noise = count * std::numeric_limits<double>::epsilon() * largest;
  return entropy_power(values, order, noise);
}

}  // namespace

double mean_pairwise_distance(const Embeddings& embeddings) {
  const Rows rows = unit_rows(embeddings, "mean_pairwise_distance");
  const auto n = static_cast<double>(rows.rows());
  return n == 1 ? std::nan("") : sum_of_distances(rows) / (n * (n - 1) / 2);
}

double mean_pairwise_distance_of_corpus(const Embeddings& embeddings) {
  const Rows rows = unit_rows(embeddings, "mean_pairwise_distance");
  const auto n = static_cast<double>(rows.rows());
  if (n == 1) return std::nan("");
  const double squares = rows.colwise().sum().squaredNorm();
  return 1 - (squares - n) / (n * (n - 1));
}

double remote_clique(const Embeddings& embeddings) {
  const Rows rows = unit_rows(embeddings, "remote_clique");
  const auto n = static_cast<double>(rows.rows());
  return 2 * sum_of_distances(rows) / (n * n);
}

double chamfer_distance(const Embeddings& embeddings) {
  const Rows rows = unit_rows(embeddings, "chamfer_distance");
  const Eigen::Index n = rows.rows();
  if (n == 1) return std::nan("");
  double sum = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    Eigen::VectorXd cosines = rows * rows.row(i).transpose();
    cosines[i] = -1;
    sum += std::clamp(1 - cosines.maxCoeff(), 0.0, 2.0);
  }
  return sum / static_cast<double>(n);
}

double remote_clique_compat(const Embeddings& embeddings) {
  const Eigen::VectorXf means = float_distances(embeddings).rowwise().mean();
  return static_cast<double>(round_as_numpy(means.mean()));
}

double chamfer_distance_compat(const Embeddings& embeddings) {
  Eigen::MatrixXd distances = float_distances(embeddings).cast<double>();
  distances.diagonal().array() += 1e9;
  return round_as_numpy(distances.rowwise().minCoeff().mean());
}

double vendi_score(const Embeddings& embeddings, double order) {
  const Rows rows = unit_rows(embeddings, "vendi_score");
  // K [n, n] and the covariance [D, D] have the same eigenvalues but zeros.
  const Eigen::MatrixXd smaller =
      rows.rows() <= rows.cols() ? Eigen::MatrixXd(rows * rows.transpose())
                                 : Eigen::MatrixXd(rows.transpose() * rows);
  return vendi_of_matrix(smaller, rows.rows(), order);
}

double vendi_score_of_kernel(const Eigen::MatrixXd& kernel, double order) {
  if (kernel.rows() == 0 || kernel.rows() != kernel.cols()) {
    throw UserError(
        fmt::format("vendi_score: the similarity matrix is {} x {}, not square",
                    kernel.rows(),
                    kernel.cols()));
  }
  return vendi_of_matrix(kernel, kernel.rows(), order);
}

}  // namespace cdx
