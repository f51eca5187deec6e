#include "tokenizer/unigram_trie.h"

#include <numeric>

namespace cdx {

UnigramTrie::UnigramTrie(const std::vector<std::string_view>& strings) {
  std::vector<int32_t> order(strings.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(
      order, {}, [&](int32_t i) { return strings[static_cast<size_t>(i)]; });
  // Of each node the strings [begin, end) of `order` that share its path.
  struct Range {
    size_t begin, end, depth;
  };
  std::vector<Range> ranges{{0, order.size(), 0}};
  labels_.push_back(0);
  for (size_t node = 0; node < ranges.size(); ++node) {
    auto [begin, end, depth] = ranges[node];
    auto string = [&](size_t i) { return strings[order[i]]; };
    bool ends_here = begin < end && string(begin).size() == depth;
    nodes_.push_back(
        {ends_here ? order[begin] : -1, static_cast<int32_t>(ranges.size())});
    if (ends_here) ++begin;
    while (begin < end) {
      char label = string(begin)[depth];
      size_t group = begin;
      while (begin < end && string(begin)[depth] == label) ++begin;
      ranges.push_back({group, begin, depth + 1});
      labels_.push_back(static_cast<uint8_t>(label));
    }
  }
  nodes_.push_back({-1, static_cast<int32_t>(ranges.size())});
}

}  // namespace cdx
