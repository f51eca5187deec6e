#include "metrics/match_length.h"

#include <algorithm>

namespace cdx {

LengthMatch match_length(const std::vector<std::vector<int64_t>>& lengths,
                         int64_t floor) {
  LengthMatch match{.kept = std::vector<std::vector<size_t>>(lengths.size())};
  size_t fewest = SIZE_MAX;
  for (size_t c = 0; c < lengths.size(); ++c) {
    for (size_t i = 0; i < lengths[c].size(); ++i) {
      if (lengths[c][i] >= floor) match.kept[c].push_back(i);
    }
    fewest = std::min(fewest, match.kept[c].size());
  }
  for (size_t c = 0; c < lengths.size(); ++c) {
    match.kept[c].resize(fewest);
    for (const size_t i : match.kept[c]) {
      const int64_t words = lengths[c][i];
      match.words = match.words == 0 ? words : std::min(match.words, words);
    }
  }
  return match;
}

}  // namespace cdx
