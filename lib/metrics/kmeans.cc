#include "metrics/kmeans.h"

#include "metrics/pairwise.h"
#include "util/errors.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr Eigen::Index kBlockRows = 256;

struct Assignment {
  std::vector<int32_t> labels;
  float sum_of_squares = 0;
};

// ‖x − c‖² = ‖x‖² + (‖c‖² − 2 x·c), as faiss computes many distances.
Assignment nearest_centroids(const Embeddings& rows,
                             const Embeddings& centroids) {
  const Panels<float> panels(centroids);
  const Eigen::RowVectorXf norms = centroids.rowwise().squaredNorm();
  Assignment result{std::vector<int32_t>(static_cast<size_t>(rows.rows()))};
  Embeddings products(kBlockRows, centroids.rows());
  Eigen::RowVectorXf scores(centroids.rows());
  for (Eigen::Index first = 0; first < rows.rows(); first += kBlockRows) {
    const Eigen::Index count = std::min(kBlockRows, rows.rows() - first);
    dot_products(rows, {first, count}, panels, products);
    for (Eigen::Index i = 0; i < count; ++i) {
      scores = norms - 2 * products.row(i);
      const float lowest = scores.minCoeff();
      const auto place = std::find(scores.begin(), scores.end(), lowest);
      result.labels[static_cast<size_t>(first + i)] =
          static_cast<int32_t>(place - scores.begin());
      result.sum_of_squares +=
          std::max(0.0F, rows.row(first + i).squaredNorm() + lowest);
    }
  }
  return result;
}

// Means of the rows of each label; `sizes` gets their numbers. An empty cluster
// is left at zero.
Embeddings mean_rows(const Embeddings& rows,
                     const std::vector<int32_t>& labels,
                     std::vector<float>& sizes) {
  Embeddings means =
      Embeddings::Zero(static_cast<Eigen::Index>(sizes.size()), rows.cols());
  std::fill(sizes.begin(), sizes.end(), 0.0F);
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    const int32_t label = labels[static_cast<size_t>(i)];
    means.row(label) += rows.row(i);
    ++sizes[static_cast<size_t>(label)];
  }
  for (size_t c = 0; c < sizes.size(); ++c) {
    if (sizes[c] > 0) means.row(static_cast<Eigen::Index>(c)) *= 1 / sizes[c];
  }
  return means;
}

// The cluster that shares with an empty one: each in turn is taken with
// probability (size − 1)/(n − clusters).
size_t pick_donor(const std::vector<float>& sizes,
                  int64_t n,
                  std::mt19937& random) {
  const auto spare = static_cast<float>(n - static_cast<int64_t>(sizes.size()));
  for (size_t donor = 0;; donor = (donor + 1) % sizes.size()) {
    const auto probability = static_cast<float>((sizes[donor] - 1.0) / spare);
    const float drawn =
        static_cast<float>(random()) / static_cast<float>(std::mt19937::max());
    if (drawn < probability) return donor;
  }
}

// Every empty cluster takes half of another one: both centroids move apart by a
// factor 1 ± 1/1024, in alternating dimensions.
void fill_empty_clusters(Embeddings& centroids,
                         std::vector<float>& sizes,
                         int64_t n) {
  constexpr float kStep = 1 / 1024.0F;
  std::mt19937 random(1234);
  for (size_t empty = 0; empty < sizes.size(); ++empty) {
    if (sizes[empty] > 0) continue;
    const size_t donor = pick_donor(sizes, n, random);
    auto from = centroids.row(static_cast<Eigen::Index>(donor));
    auto to = centroids.row(static_cast<Eigen::Index>(empty));
    to = from;
    for (Eigen::Index d = 0; d < centroids.cols(); ++d) {
      const float step = d % 2 == 0 ? kStep : -kStep;
      to[d] *= 1 + step;
      from[d] *= 1 - step;
    }
    sizes[empty] = sizes[donor] / 2;
    sizes[donor] -= sizes[empty];
  }
}

Embeddings pick_rows(const Embeddings& rows,
                     const std::vector<int32_t>& order,
                     int64_t count) {
  Embeddings picked(count, rows.cols());
  for (Eigen::Index i = 0; i < count; ++i) {
    picked.row(i) = rows.row(order[static_cast<size_t>(i)]);
  }
  return picked;
}

struct Start {
  Embeddings centroids;
  float sum_of_squares = 0;  // of the last assignment
};

Start run_start(const Embeddings& rows,
                const KMeansOptions& options,
                uint32_t seed) {
  Start start;
  start.centroids =
      pick_rows(rows, faiss_permutation(rows.rows(), seed), options.clusters);
  std::vector<float> sizes(static_cast<size_t>(options.clusters));
  std::vector<int32_t> labels;
  for (int i = 0; i < options.iterations; ++i) {
    Assignment assignment = nearest_centroids(rows, start.centroids);
    start.sum_of_squares = assignment.sum_of_squares;
    // The centroids follow from the labels alone: equal labels are the end.
    if (assignment.labels == labels) break;
    labels = std::move(assignment.labels);
    start.centroids = mean_rows(rows, labels, sizes);
    fill_empty_clusters(start.centroids, sizes, rows.rows());
  }
  return start;
}

Embeddings best_centroids(const Embeddings& rows,
                          const KMeansOptions& options) {
  constexpr uint32_t kSeedStep = 15486557;
  if (rows.rows() == options.clusters) return rows;
  Start best{{}, std::numeric_limits<float>::infinity()};
  for (int r = 0; r < options.starts; ++r) {
    const uint32_t seed =
        options.seed + 1 + static_cast<uint32_t>(r) * kSeedStep;
    Start start = run_start(rows, options, seed);
    if (start.sum_of_squares < best.sum_of_squares) best = std::move(start);
  }
  return best.centroids;
}

}  // namespace

void KMeansOptions::check() const {
  if (clusters < 1 || iterations < 1 || starts < 1 || most_rows_a_cluster < 1) {
    throw UserError(
        fmt::format("k-means: clusters {}, iterations {}, starts {} and most "
                    "rows a cluster {} must be at least 1",
                    clusters,
                    iterations,
                    starts,
                    most_rows_a_cluster));
  }
}

Clusters kmeans(const Embeddings& rows, const KMeansOptions& options) {
  options.check();
  if (rows.rows() < options.clusters) {
    throw UserError(fmt::format(
        "k-means: {} clusters of only {} rows", options.clusters, rows.rows()));
  }
  if (!rows.allFinite()) throw UserError("k-means: a number is not finite");
  const int64_t most = options.clusters * options.most_rows_a_cluster;
  Clusters result;
  result.centroids =
      rows.rows() <= most
          ? best_centroids(rows, options)
          : best_centroids(
                pick_rows(
                    rows, faiss_permutation(rows.rows(), options.seed), most),
                options);
  result.labels = nearest_centroids(rows, result.centroids).labels;
  return result;
}

std::vector<int32_t> faiss_permutation(int64_t n, uint32_t seed) {
  std::vector<int32_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::mt19937 random(seed);
  for (size_t i = 0; i + 1 < order.size(); ++i) {
    std::swap(order[i], order[i + random() % (order.size() - i)]);
  }
  return order;
}

}  // namespace cdx
