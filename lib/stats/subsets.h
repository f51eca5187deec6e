#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace cdx {

// Subsets of k of the indices 0 … n−1 without replacement, ascending: all of
// them in lexicographic order where there are at most `most`, or else `most`
// that are drawn, each uniform and independent of the others. 1 ≤ k ≤ n.
std::vector<std::vector<size_t>> subsets(size_t n,
                                         size_t k,
                                         size_t most,
                                         uint64_t seed);

// Two disjoint random halves of ⌊n/2⌋ indices each, ascending; of an odd number
// one index is in neither.
std::pair<std::vector<size_t>, std::vector<size_t>> random_halves(
    size_t n, uint64_t seed);

}  // namespace cdx
