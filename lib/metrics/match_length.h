#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

// The texts of one prompt made comparable over conditions: of one length, and
// equally many of each condition.
struct LengthMatch {
  int64_t words = 0;                      // of each text; 0: no texts are left
  std::vector<std::vector<size_t>> kept;  // by condition: which of its texts
};

// `lengths`: words of each text, by condition. Texts shorter than `floor` (at
// least 1) words are dropped; the rest can be cut to the shortest of them, over
// all conditions. Of each condition stay its first k, k being what the one with
// fewest has left; none of any if k is 0.
LengthMatch match_length(const std::vector<std::vector<int64_t>>& lengths,
                         int64_t floor);

}  // namespace cdx
