#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// YAML as a plain tree in which every node knows where it came from. yaml-cpp
// parses; what it lets pass (duplicate keys, nulls, several documents, tags) is
// refused here.
namespace cdx {

struct YamlNode {
  enum class Kind { kScalar, kList, kMap };

  Kind kind = Kind::kMap;
  std::string scalar;
  bool quoted = false;             // a quoted scalar is text, never a number
  std::vector<std::string> keys;   // of a map, one a child
  std::vector<YamlNode> children;  // of a map or a list
  std::string where;               // "configs/x.yaml:12" or "--set a.b"

  const YamlNode* find(std::string_view key) const;
};

// `file` is only what messages call the text. Throws UserError naming file and
// line.
YamlNode parse_yaml(const std::string& text, const std::string& file);

// Replaces or adds the node that "key.path=value" names; the value is YAML. An
// element of a list is named by its index or by its `name`. Throws UserError
// beginning with "--set key.path: ".
void apply_override(YamlNode& root, std::string_view assignment);

}  // namespace cdx
