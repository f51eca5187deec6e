#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

namespace cdx {

// Finds all strings of a set that a text starts with.
class UnigramTrie {
 public:
  // A string's value is its index; the strings differ, "" is never found.
  explicit UnigramTrie(const std::vector<std::string_view>& strings);

  // Calls `found(length, value)` for each, the shortest first.
  template <typename F>
  void each_prefix(std::string_view text, F&& found) const {
    int32_t node = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      node = child(node, static_cast<uint8_t>(text[i]));
      if (node < 0) return;
      if (nodes_[node].value >= 0) found(i + 1, nodes_[node].value);
    }
  }

 private:
  struct Node {
    int32_t value;  // -1 for none
    int32_t first;  // child; the children end where those of the next begin
  };

  int32_t child(int32_t node, uint8_t label) const {
    auto begin = labels_.begin() + nodes_[node].first;
    auto end = labels_.begin() + nodes_[node + 1].first;
    auto place = std::lower_bound(begin, end, label);
    if (place == end || *place != label) return -1;
    return static_cast<int32_t>(place - labels_.begin());
  }

  std::vector<Node> nodes_;  // breadth first, and one more that ends the last
  std::vector<uint8_t> labels_;  // of the edge that leads to each node
};

}  // namespace cdx
