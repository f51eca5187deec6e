#include "metrics/subset.h"

namespace cdx {
namespace {

// Of a member that is empty or has one entry a text.
template <typename T>
std::vector<T> taken(const std::vector<T>& all,
                     const std::vector<size_t>& indices) {
  std::vector<T> some;
  if (all.empty()) return some;
  some.reserve(indices.size());
  for (const size_t i : indices) some.push_back(all.at(i));
  return some;
}

}  // namespace

TextSet subset_of(const TextSet& set, const std::vector<size_t>& indices) {
  TextSet subset{.condition = set.condition,
                 .prompt_id = set.prompt_id,
                 .texts = taken(set.texts, indices),
                 .n_tokens = taken(set.n_tokens, indices),
                 .finished_by_length = taken(set.finished_by_length, indices),
                 .tales = taken(set.tales, indices),
                 .classes = taken(set.classes, indices),
                 .embeddings = {},
                 .scores = {},
                 .gated = taken(set.gated, indices),
                 .off_prompt = taken(set.off_prompt, indices)};
  if (set.embeddings.rows() > 0) {
    subset.embeddings = set.embeddings(indices, Eigen::all);
  }
  for (const auto& [name, numbers] : set.scores) {
    subset.scores.emplace_back(name, taken(numbers, indices));
  }
  return subset;
}

}  // namespace cdx
