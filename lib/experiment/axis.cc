#include "experiment/axis.h"

#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

// From here on whole numbers are not all doubles.
constexpr double kTooLarge = 9007199254740992;  // 2^53

double number(const YamlNode& node, const std::string& path, bool whole) {
  return whole ? static_cast<double>(yaml_int(node, path))
               : yaml_double(node, path);
}

}  // namespace

void read_axis(MapReader& reader, const AxisKey& key, Entry& entry) {
  const YamlNode* node = reader.find(key.key);
  if (node == nullptr) return;
  const std::string path = reader.path_of(key.key);
  std::vector<double> values;
  const auto add = [&](const YamlNode& item, const std::string& at) {
    values.push_back(number(item, at, key.whole));
    reader.demand(!key.whole || std::abs(values.back()) < kTooLarge,
                  key.key,
                  "must be below 2^53");
    key.set(entry.condition, values.back());
    reader.check(key.key, [&] { key.check(entry.condition); });
  };
  if (node->kind != YamlNode::Kind::kList) {
    add(*node, path);
    return;
  }
  for_each_item(*node, path, add);
  reader.demand(!values.empty(), key.key, "the list is empty");
  entry.axes.push_back({key.suffix, values, key.set});
}

std::vector<Condition> expand(const Entry& entry) {
  std::vector<Condition> conditions = {entry.condition};
  for (const Axis& axis : entry.axes) {
    std::vector<Condition> next;
    for (const Condition& condition : conditions) {
      for (const double value : axis.values) {
        Condition& one = next.emplace_back(condition);
        one.name += fmt::format("-{}{}", axis.suffix, value);
        axis.set(one, value);
      }
    }
    conditions = std::move(next);
  }
  return conditions;
}

}  // namespace cdx
