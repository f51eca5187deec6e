#include "experiment/read_report.h"

#include "experiment/map_reader.h"
#include "util/errors.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fnmatch.h>

namespace cdx {
namespace {

// Three conditions at least: a trend over two is a comparison.
constexpr size_t kSmallestTrend = 3;

// Conditions that a name or glob matches, in the order of the file.
std::vector<std::string> matches(const YamlNode& node,
                                 const std::string& path,
                                 const std::vector<std::string>& names) {
  const std::string glob = yaml_string(node, path);
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (fnmatch(glob.c_str(), name.c_str(), 0) == 0) found.push_back(name);
  }
  if (found.empty()) {
    throw UserError(fmt::format("{}: {}: no condition is named '{}'; {}",
                                node.where,
                                path,
                                glob,
                                did_you_mean(glob, names)));
  }
  return found;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

void add_pair(const std::string& a, const std::string& b, Pairs& pairs) {
  const bool known =
      std::any_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
        return pair == std::pair(a, b) || pair == std::pair(b, a);
      });
  if (a != b && !known) pairs.emplace_back(a, b);
}

void read_comparison(const YamlNode& node,
                     const std::string& path,
                     const std::vector<std::string>& names,
                     Pairs& pairs) {
  std::vector<std::vector<std::string>> sides;
  for_each_item(
      node, path, [&](const YamlNode& side, const std::string& side_path) {
        sides.push_back(matches(side, side_path, names));
      });
  if (sides.size() != 2 || (sides[0].size() == 1 && sides[0] == sides[1])) {
    throw UserError(fmt::format(
        "{}: {}: expected a pair of two conditions: [a, b]", node.where, path));
  }
  for (const std::string& a : sides[0]) {
    for (const std::string& b : sides[1]) add_pair(a, b, pairs);
  }
}

Pairs read_compare(MapReader& reader,
                   const std::vector<std::string>& names,
                   const std::string& baseline) {
  Pairs pairs;
  const YamlNode* node = reader.find("compare");
  if (node == nullptr) {
    for (const std::string& name : names) add_pair(baseline, name, pairs);
    return pairs;
  }
  for_each_item(*node,
                reader.path_of("compare"),
                [&](const YamlNode& item, const std::string& path) {
                  read_comparison(item, path, names, pairs);
                });
  return pairs;
}

std::vector<std::string> read_group(const YamlNode& node,
                                    const std::string& path,
                                    const std::vector<std::string>& names) {
  std::vector<std::string> group;
  for_each_item(
      node, path, [&](const YamlNode& item, const std::string& item_path) {
        for (const std::string& name : matches(item, item_path, names)) {
          if (std::find(group.begin(), group.end(), name) == group.end()) {
            group.push_back(name);
          }
        }
      });
  if (group.size() < kSmallestTrend) {
    throw UserError(
        fmt::format("{}: {}: a trend needs at least {} conditions, found {}",
                    node.where,
                    path,
                    kSmallestTrend,
                    group.size()));
  }
  return group;
}

}  // namespace

ReportOptions read_report(
    const YamlNode& node,
    const std::vector<Condition>& conditions,
    const std::vector<std::vector<std::string>>& gamma_groups) {
  std::vector<std::string> names;
  names.reserve(conditions.size());
  for (const Condition& condition : conditions) names.push_back(condition.name);

  MapReader reader(node, "report");
  ReportOptions options;
  options.baseline = names.front();
  reader.read_name("baseline", "condition", names, options.baseline);
  options.compare = read_compare(reader, names, options.baseline);
  options.trend = gamma_groups;
  if (const YamlNode* trend = reader.find("trend")) {
    options.trend.clear();
    for_each_item(*trend,
                  reader.path_of("trend"),
                  [&](const YamlNode& item, const std::string& path) {
                    options.trend.push_back(read_group(item, path, names));
                  });
  }
  reader.finish();
  return options;
}

}  // namespace cdx
