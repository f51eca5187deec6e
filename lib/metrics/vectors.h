#pragma once

#include <Eigen/Core>

namespace cdx {

// One row a text, [n, D], any length.
using Embeddings =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

using Rows =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The rows in double, each divided by its Euclidean length. `metric` begins the
// message. UserError when there is no row, or when one is zero or not finite.
Rows unit_rows(const Embeddings& embeddings, const char* metric);

// UserError unless both have the same number of columns.
void check_same_columns(const Embeddings& a,
                        const Embeddings& b,
                        const char* metric);

// `top` above `bottom`, which must have the same number of columns.
Embeddings stack(const Embeddings& top,
                 const Embeddings& bottom,
                 const char* metric);

}  // namespace cdx
