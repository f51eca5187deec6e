#include "metrics/distinct_k.h"

#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

std::vector<int32_t> classes_of(const Rows& rows, double threshold) {
  if (!(threshold >= -1 && threshold <= 1)) {
    throw UserError(fmt::format(
        "distinct_k: the threshold of the cosine is {}, not within -1 … 1",
        threshold));
  }
  std::vector<int32_t> classes;
  std::vector<Eigen::Index> first_members;
  for (Eigen::Index i = 0; i < rows.rows(); ++i) {
    size_t c = 0;
    while (c < first_members.size() &&
           !(rows.row(i).dot(rows.row(first_members[c])) > threshold)) {
      ++c;
    }
    if (c == first_members.size()) first_members.push_back(i);
    classes.push_back(static_cast<int32_t>(c));
  }
  return classes;
}

int64_t count_classes(const std::vector<int32_t>& classes) {
  return *std::max_element(classes.begin(), classes.end()) + int64_t{1};
}

}  // namespace

std::vector<int32_t> greedy_classes(const Embeddings& embeddings,
                                    double threshold) {
  return classes_of(unit_rows(embeddings, "distinct_k"), threshold);
}

int64_t distinct_k(const Embeddings& embeddings, double threshold) {
  return count_classes(greedy_classes(embeddings, threshold));
}

std::vector<std::pair<double, int64_t>> distinct_k_curve(
    const Embeddings& embeddings, const std::vector<double>& thresholds) {
  const Rows rows = unit_rows(embeddings, "distinct_k");
  std::vector<std::pair<double, int64_t>> curve;
  curve.reserve(thresholds.size());
  for (double threshold : thresholds) {
    curve.emplace_back(threshold, count_classes(classes_of(rows, threshold)));
  }
  return curve;
}

}  // namespace cdx
