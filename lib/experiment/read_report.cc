#include "experiment/read_report.h"

#include "experiment/condition.h"
#include "experiment/map_reader.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fnmatch.h>

namespace cdx {
namespace {

// Three conditions at least: a trend over two is a comparison, and so is one
// step between two stages.
constexpr size_t kSmallestGroup = 3;

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

// Those of these names, in their order.
std::vector<Condition> named_conditions(
    const std::vector<Condition>& conditions,
    const std::vector<std::string>& names) {
  std::vector<Condition> found;
  found.reserve(names.size());
  for (const std::string& name : names) {
    found.push_back(*std::find_if(
        conditions.begin(), conditions.end(), [&](const Condition& condition) {
          return condition.name == name;
        }));
  }
  return found;
}

void check_trends(const MapReader& reader,
                  const std::vector<Condition>& conditions,
                  const std::vector<std::vector<std::string>>& groups) {
  for (const std::vector<std::string>& names : groups) {
    const std::vector<Condition> group = named_conditions(conditions, names);
    for (const Condition& condition : group) {
      reader.demand(
          gamma_in_group(condition, group).has_value(),
          "trend",
          fmt::format("condition '{}' has no gamma and is neither half of a "
                      "mixture of its group; leave it out",
                      condition.name));
    }
  }
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
  if (group.size() < kSmallestGroup) {
    throw UserError(
        fmt::format("{}: {}: needs at least {} conditions, found {}",
                    node.where,
                    path,
                    kSmallestGroup,
                    group.size()));
  }
  return group;
}

void read_groups(MapReader& reader,
                 const std::string& key,
                 const std::vector<std::string>& names,
                 std::vector<std::vector<std::string>>& groups) {
  const YamlNode* node = reader.find(key);
  if (node == nullptr) return;
  groups.clear();
  for_each_item(*node,
                reader.path_of(key),
                [&](const YamlNode& item, const std::string& path) {
                  groups.push_back(read_group(item, path, names));
                });
}

// A unit is one observation: one pair, which ends in a condition of its own
// (several may begin at the same base model).
void read_unit(const YamlNode& node,
               const std::string& path,
               const std::vector<std::string>& names,
               Pairs& units) {
  Pairs pairs;
  read_comparison(node, path, names, pairs);
  if (pairs.size() != 1) {
    throw UserError(fmt::format(
        "{}: {}: a unit is one pair of conditions, these patterns give {}",
        node.where,
        path,
        pairs.size()));
  }
  for (const auto& [first, second] : units) {
    if (second != pairs.front().second) continue;
    throw UserError(fmt::format(
        "{}: {}: condition '{}' is of an earlier unit, too; each needs one of "
        "its own, or their number says nothing",
        node.where,
        path,
        second));
  }
  units.push_back(pairs.front());
}

AcrossOptions read_across(const YamlNode& node,
                          const std::string& path,
                          const std::vector<std::string>& names) {
  MapReader reader(node, path);
  AcrossOptions options{.name = "", .unit = "family", .pairs = {}};
  reader.require("name");
  reader.read("name", options.name);
  reader.read("unit", options.unit);
  for_each_item(reader.require("pairs"),
                reader.path_of("pairs"),
                [&](const YamlNode& item, const std::string& item_path) {
                  read_unit(item, item_path, names, options.pairs);
                });
  reader.finish();
  reader.demand(
      options.pairs.size() >= kFewestUnits,
      "pairs",
      fmt::format("a statement across units (here: {}) needs at least {} of "
                  "them, a pair of conditions each, found {}",
                  options.unit,
                  kFewestUnits,
                  options.pairs.size()));
  return options;
}

void read_primary(MapReader& reader,
                  const std::vector<std::string>& metrics,
                  std::vector<std::string>& primary) {
  const YamlNode* node = reader.find("primary");
  if (node == nullptr) return;
  for_each_item(
      *node,
      reader.path_of("primary"),
      [&](const YamlNode& item, const std::string& path) {
        const std::string name = yaml_string(item, path);
        if (std::find(metrics.begin(), metrics.end(), name) == metrics.end()) {
          throw UserError(
              fmt::format("{}: {}: '{}' is not in measure.metrics; {}",
                          item.where,
                          path,
                          name,
                          did_you_mean(name, metrics)));
        }
        primary.push_back(name);
      });
}

void read_margins(MapReader& reader,
                  const std::vector<std::string>& metrics,
                  Named<double>& margins) {
  const YamlNode* node = reader.find("margins");
  if (node == nullptr) return;
  MapReader inner(*node, reader.path_of("margins"));
  for (const std::string& metric : metrics) {
    if (!inner.has(metric)) continue;
    double margin = 0;
    inner.read(metric, margin);
    inner.demand(margin > 0 && std::isfinite(margin),
                 metric,
                 "the largest difference that counts as none must be above 0");
    margins.emplace_back(metric, margin);
  }
  inner.finish();
}

}  // namespace

ReportOptions read_report(
    const YamlNode& node,
    const std::vector<Condition>& conditions,
    const std::vector<std::string>& metrics,
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
  read_groups(reader, "trend", names, options.trend);
  check_trends(reader, conditions, options.trend);
  read_groups(reader, "stages", names, options.stages);
  if (const YamlNode* across = reader.find("across")) {
    for_each_item(*across,
                  reader.path_of("across"),
                  [&](const YamlNode& item, const std::string& path) {
                    options.across.push_back(read_across(item, path, names));
                  });
  }
  read_primary(reader, metrics, options.primary);
  read_margins(reader, metrics, options.margins);
  reader.read_enum("interval",
                   {IntervalMethod::kBySize,
                    IntervalMethod::kPercentile,
                    IntervalMethod::kExpanded,
                    IntervalMethod::kBasic,
                    IntervalMethod::kBca,
                    IntervalMethod::kStudentised},
                   options.interval);
  reader.finish();
  return options;
}

}  // namespace cdx
