#pragma once

#include "metrics/vectors.h"

#include <cstdint>
#include <vector>

// Lloyd's k-means in float32 as faiss 1.15.1 runs it (Douze et al. 2024; MIT),
// with the same random numbers, so that the same seed gives the same clusters
// up to rounding.
namespace cdx {

struct KMeansOptions {
  int64_t clusters = 8;
  int iterations = 500;  // at most; it stops where nothing changes any more
  int starts = 5;        // the one with the smallest sum of squares wins
  uint32_t seed = 1234;
  int64_t most_rows_a_cluster = 256;  // a random subset beyond that

  void check() const;  // UserError unless all are at least 1
};

struct Clusters {
  Embeddings centroids;         // [clusters, D]
  std::vector<int32_t> labels;  // nearest centroid of each row; lower if equal
};

// O(starts · iterations · n · clusters · D). UserError when there are fewer
// rows than clusters or a number is not finite.
Clusters kmeans(const Embeddings& rows, const KMeansOptions& options);

// 0 … n − 1 shuffled: Fisher–Yates from the front with mt19937, j = i + random
// mod (n − i), as faiss up to 1.15.1 (later sources draw otherwise).
std::vector<int32_t> faiss_permutation(int64_t n, uint32_t seed);

}  // namespace cdx
