#pragma once

#include "metrics/vectors.h"

#include <vector>

// All pairs of rows of two matrices, block by block. Each number is one sum
// over the dimensions in their order, without fused multiply-adds: the same
// bits on every x86-64 processor, whatever its vector width, and the same for
// (x, y) as for (y, x).
namespace cdx {

// Rows in panels of kWidth: dimension d of the panel's rows side by side.
template <typename Scalar>
class Panels {
 public:
  static constexpr Eigen::Index kWidth = 64 / sizeof(Scalar);

  using Matrix =
      Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  explicit Panels(const Matrix& rows);

  Eigen::Index rows() const { return rows_; }
  Eigen::Index depth() const { return depth_; }
  Eigen::Index count() const { return (rows_ + kWidth - 1) / kWidth; }
  const Scalar* panel(Eigen::Index p) const {
    return values_.data() + p * kWidth * depth_;
  }

 private:
  Eigen::Index rows_, depth_;
  std::vector<Scalar> values_;  // the last panel is filled up with zeros
};

// Rows first … first + count − 1 of a matrix.
struct RowRange {
  Eigen::Index first = 0, count = 0;
};

// out(i, j) = Σ_d (from(range.first + i, d) − to(j, d))² for all rows j of `to`
// from the multiple of Panels::kWidth `from_column` on; the columns of `out`
// before it are left as they are. out is [at least range.count, to.rows()].
void squared_distances(const Rows& from,
                       RowRange range,
                       const Panels<double>& to,
                       Eigen::Index from_column,
                       Rows& out);

// out(i, j) = Σ_d from(range.first + i, d) · to(j, d), in float.
void dot_products(const Embeddings& from,
                  RowRange range,
                  const Panels<float>& to,
                  Embeddings& out);

}  // namespace cdx
