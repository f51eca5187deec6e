#include "stats/subsets.h"

#include "stats/random.h"

#include <algorithm>
#include <numeric>

namespace cdx {
namespace {

// C(n, k), or any number above `most` where it is above that.
size_t combinations(size_t n, size_t k, size_t most) {
  size_t count = 1;
  for (size_t i = 1; i <= std::min(k, n - k); ++i) {
    count = count * (n - i + 1) / i;
    if (count > most) return count;
  }
  return count;
}

std::vector<std::vector<size_t>> all_subsets(size_t n, size_t k) {
  std::vector<std::vector<size_t>> all;
  std::vector<size_t> subset(k);
  std::iota(subset.begin(), subset.end(), size_t{0});
  while (true) {
    all.push_back(subset);
    size_t i = k;
    while (i > 0 && subset[i - 1] == n - k + i - 1) --i;
    if (i == 0) return all;
    std::iota(subset.begin() + static_cast<std::ptrdiff_t>(i - 1),
              subset.end(),
              subset[i - 1] + 1);
  }
}

// The first `count` of a random order of 0 … n−1.
std::vector<size_t> shuffled(size_t n, size_t count, SplitMix64& random) {
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  for (size_t i = 0; i < count; ++i) {
    std::swap(order[i], order[i + random.below(n - i)]);
  }
  order.resize(count);
  return order;
}

}  // namespace

std::vector<std::vector<size_t>> subsets(size_t n,
                                         size_t k,
                                         size_t most,
                                         uint64_t seed) {
  if (combinations(n, k, most) <= most) return all_subsets(n, k);
  std::vector<std::vector<size_t>> drawn;
  SplitMix64 random(seed);
  while (drawn.size() < most) {
    drawn.push_back(shuffled(n, k, random));
    std::sort(drawn.back().begin(), drawn.back().end());
  }
  return drawn;
}

std::pair<std::vector<size_t>, std::vector<size_t>> random_halves(
    size_t n, uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<size_t> first = shuffled(n, n / 2 * 2, random);
  std::vector<size_t> second(first.begin() + static_cast<std::ptrdiff_t>(n / 2),
                             first.end());
  first.resize(n / 2);
  std::sort(first.begin(), first.end());
  std::sort(second.begin(), second.end());
  return {first, second};
}

}  // namespace cdx
