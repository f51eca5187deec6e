#include "metrics/effective.h"

#include "metrics/distinct_k.h"
#include "metrics/semantic.h"
#include "util/errors.h"

#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

Embeddings passing_rows(const Embeddings& embeddings,
                        const std::vector<bool>& passing) {
  const auto k = static_cast<size_t>(embeddings.rows());
  if (k == 0 || passing.size() != k) {
    throw UserError(
        fmt::format("effective diversity: {} embeddings and {} results of the "
                    "gate; there must be one each, of at least one text",
                    k,
                    passing.size()));
  }
  std::vector<Eigen::Index> kept;
  for (size_t i = 0; i < k; ++i) {
    if (passing[i]) kept.push_back(static_cast<Eigen::Index>(i));
  }
  return embeddings(kept, Eigen::all);
}

double pairs_of(Eigen::Index n) {
  return static_cast<double>(n) * static_cast<double>(n - 1) / 2;
}

}  // namespace

double effective_mean_pairwise_distance(const Embeddings& embeddings,
                                        const std::vector<bool>& passing) {
  const Embeddings kept = passing_rows(embeddings, passing);
  if (embeddings.rows() == 1) return std::nan("");
  if (kept.rows() < 2) return 0;
  return mean_pairwise_distance(kept) * pairs_of(kept.rows()) /
         pairs_of(embeddings.rows());
}

double effective_vendi_score(const Embeddings& embeddings,
                             const std::vector<bool>& passing) {
  const Embeddings kept = passing_rows(embeddings, passing);
  if (kept.rows() < 2) return static_cast<double>(kept.rows());
  return vendi_score(kept);
}

std::vector<std::pair<double, int64_t>> effective_distinct_k_curve(
    const Embeddings& embeddings, const std::vector<bool>& passing) {
  const Embeddings kept = passing_rows(embeddings, passing);
  if (kept.rows() > 0) return distinct_k_curve(kept);
  std::vector<std::pair<double, int64_t>> none;
  none.reserve(std::size(kDistinctThresholds));
  for (const double threshold : kDistinctThresholds) {
    none.emplace_back(threshold, 0);
  }
  return none;
}

}  // namespace cdx
