#include "stats/subsets.h"

#include <algorithm>
#include <map>
#include <set>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Subset = std::vector<size_t>;

TEST_CASE("few subsets are all there are, in order") {
  CHECK(subsets(4, 2, 6, 1) ==
        std::vector<Subset>{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}});
  CHECK(subsets(3, 3, 1, 1) == std::vector<Subset>{{0, 1, 2}});
  CHECK(subsets(5, 1, 9, 1).size() == 5);
}

TEST_CASE("many subsets are drawn without replacement and evenly") {
  const std::vector<Subset> drawn = subsets(40, 3, 4000, 7);
  CHECK(drawn.size() == 4000);
  CHECK(drawn == subsets(40, 3, 4000, 7));
  CHECK(drawn != subsets(40, 3, 4000, 8));
  std::map<size_t, int> counts;
  for (const Subset& subset : drawn) {
    CHECK(std::set<size_t>(subset.begin(), subset.end()).size() == 3);
    CHECK(std::is_sorted(subset.begin(), subset.end()));
    for (const size_t i : subset) ++counts[i];
  }
  // Each of 40 is in 3/40 of them: 300, standard deviation 16.7.
  REQUIRE(counts.size() == 40);
  for (const auto& [i, count] : counts) {
    CHECK(count > 300 - 84);
    CHECK(count < 300 + 84);
  }
  CHECK(subsets(1000, 500, 3, 1).size() == 3);
}

TEST_CASE("halves are disjoint and of equal size") {
  for (size_t n = 2; n < 12; ++n) {
    const auto [first, second] = random_halves(n, n);
    CHECK(first.size() == n / 2);
    CHECK(second.size() == n / 2);
    std::set<size_t> all(first.begin(), first.end());
    all.insert(second.begin(), second.end());
    CHECK(all.size() == n / 2 * 2);
    CHECK(*all.rbegin() < n);
  }
  CHECK(random_halves(20, 1) != random_halves(20, 2));
}

}  // namespace
}  // namespace cdx
