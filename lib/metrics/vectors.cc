#include "metrics/vectors.h"

#include "util/errors.h"

#include <cmath>

#include <fmt/format.h>

namespace cdx {

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

void check_same_columns(const Embeddings& a,
                        const Embeddings& b,
                        const char* metric) {
  if (a.cols() == b.cols()) return;
  throw UserError(
      fmt::format("{}: the embeddings of the two sides have {} and {} "
                  "dimensions; encode both with the same model",
                  metric,
                  a.cols(),
                  b.cols()));
}

Embeddings stack(const Embeddings& top,
                 const Embeddings& bottom,
                 const char* metric) {
  check_same_columns(top, bottom, metric);
  Embeddings both(top.rows() + bottom.rows(), top.cols());
  both << top, bottom;
  return both;
}

}  // namespace cdx
