#include "metrics/pairwise.h"

#include <algorithm>

namespace cdx {
namespace {

enum class Term { kSquaredDifference, kProduct };

template <typename Scalar>
struct Tile {
  const Scalar* rows;  // kRows of them, `depth` apart
  const Scalar* panel;
  Eigen::Index depth;
  Scalar* out;  // kRows × Panels::kWidth
};

template <typename Scalar, int kBytes>
struct Vector;
template <int kBytes>
struct Vector<float, kBytes> {
  using Type [[gnu::vector_size(kBytes)]] = float;
};
template <int kBytes>
struct Vector<double, kBytes> {
  using Type [[gnu::vector_size(kBytes)]] = double;
};

// Inlined into functions for several instruction sets; a panel is kParts
// vectors wide.
template <Term kTerm, int kRows, int kBytes, typename Scalar>
[[gnu::always_inline]] inline void sum_tile(const Tile<Scalar>& tile) {
  using Lanes = typename Vector<Scalar, kBytes>::Type;
  constexpr int kParts = 64 / kBytes, kLanes = kBytes / sizeof(Scalar);
  Lanes sums[kRows][kParts] = {};
  const Scalar* panel = tile.panel;
  for (Eigen::Index d = 0; d < tile.depth; ++d, panel += kParts * kLanes) {
    for (int part = 0; part < kParts; ++part) {
      Lanes columns;
      __builtin_memcpy(&columns, panel + part * kLanes, kBytes);
      for (int r = 0; r < kRows; ++r) {
        const Scalar value = tile.rows[r * tile.depth + d];
        if constexpr (kTerm == Term::kSquaredDifference) {
          const Lanes difference = value - columns;
          sums[r][part] += difference * difference;
        } else {
          sums[r][part] += value * columns;
        }
      }
    }
  }
  Scalar* out = tile.out;
  for (int r = 0; r < kRows; ++r) {
    for (int part = 0; part < kParts; ++part, out += kLanes) {
      const Lanes sum = sums[r][part];
      __builtin_memcpy(out, &sum, kBytes);
    }
  }
}

template <Term kTerm, int kRows, typename Scalar>
void sum_tile_baseline(const Tile<Scalar>& tile) {
  sum_tile<kTerm, kRows, 16>(tile);
}

#ifdef __x86_64__
template <Term kTerm, int kRows, typename Scalar>
[[gnu::target("avx2")]] void sum_tile_avx2(const Tile<Scalar>& tile) {
  sum_tile<kTerm, kRows, 32>(tile);
}

template <Term kTerm, int kRows, typename Scalar>
[[gnu::target("avx512f")]] void sum_tile_avx512(const Tile<Scalar>& tile) {
  sum_tile<kTerm, kRows, 64>(tile);
}
#endif

template <typename Scalar>
struct Kernel {
  Eigen::Index rows;  // that `many` takes
  void (*many)(const Tile<Scalar>&);
  void (*one)(const Tile<Scalar>&);
};

template <Term kTerm, typename Scalar>
Kernel<Scalar> pick_kernel() {
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx512f")) {
    return {8,
            sum_tile_avx512<kTerm, 8, Scalar>,
            sum_tile_avx512<kTerm, 1, Scalar>};
  }
  if (__builtin_cpu_supports("avx2")) {
    return {
        4, sum_tile_avx2<kTerm, 4, Scalar>, sum_tile_avx2<kTerm, 1, Scalar>};
  }
#endif
  return {2,
          sum_tile_baseline<kTerm, 2, Scalar>,
          sum_tile_baseline<kTerm, 1, Scalar>};
}

template <Term kTerm, typename Scalar>
void sum_block(const typename Panels<Scalar>::Matrix& from,
               RowRange range,
               const Panels<Scalar>& to,
               Eigen::Index from_panel,
               typename Panels<Scalar>::Matrix& out) {
  constexpr Eigen::Index kWidth = Panels<Scalar>::kWidth;
  const Kernel<Scalar> kernel = pick_kernel<kTerm, Scalar>();
  std::vector<Scalar> sums(static_cast<size_t>(kernel.rows * kWidth));
  for (Eigen::Index p = from_panel; p < to.count(); ++p) {
    const Eigen::Index columns = std::min(kWidth, to.rows() - p * kWidth);
    for (Eigen::Index i = 0; i < range.count;) {
      const bool many = i + kernel.rows <= range.count;
      const Scalar* rows = from.data() + (range.first + i) * from.cols();
      (many ? kernel.many
            : kernel.one)({rows, to.panel(p), to.depth(), sums.data()});
      for (Eigen::Index r = 0; r < (many ? kernel.rows : 1); ++r, ++i) {
        std::copy_n(sums.data() + r * kWidth, columns, &out(i, p * kWidth));
      }
    }
  }
}

}  // namespace

template <typename Scalar>
Panels<Scalar>::Panels(const Matrix& rows)
    : rows_(rows.rows()),
      depth_(rows.cols()),
      values_(static_cast<size_t>(count() * kWidth * depth_)) {
  for (Eigen::Index i = 0; i < rows_; ++i) {
    Scalar* panel = values_.data() + i / kWidth * kWidth * depth_;
    for (Eigen::Index d = 0; d < depth_; ++d) {
      panel[d * kWidth + i % kWidth] = rows(i, d);
    }
  }
}

template class Panels<float>;
template class Panels<double>;

void squared_distances(const Rows& from,
                       RowRange range,
                       const Panels<double>& to,
                       Eigen::Index from_column,
                       Rows& out) {
  sum_block<Term::kSquaredDifference, double>(
      from, range, to, from_column / Panels<double>::kWidth, out);
}

void dot_products(const Embeddings& from,
                  RowRange range,
                  const Panels<float>& to,
                  Embeddings& out) {
  sum_block<Term::kProduct, float>(from, range, to, 0, out);
}

}  // namespace cdx
