#include "experiment/read_match.h"

#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

// Those after the experiment's own, which a search must not see.
PromptOptions dev_prompts(const PromptOptions& own) {
  PromptOptions dev = own;
  dev.skip = own.limit == 0 ? 0 : own.skip + own.limit;
  dev.limit = 20;
  return dev;
}

void read_dev_prompts(MapReader& parent, PromptOptions& prompts) {
  const YamlNode* node = parent.find("prompts");
  if (node == nullptr) return;
  MapReader reader(*node, parent.path_of("prompts"));
  reader.read("file", prompts.file);
  reader.read("skip", prompts.skip);
  reader.demand(prompts.skip >= 0, "skip", "must be 0 or more");
  reader.read("limit", prompts.limit);
  reader.demand(prompts.limit >= 0, "limit", "must be 0 (all) or more");
  reader.finish();
}

void read_range(MapReader& reader, MatchOptions& match) {
  const YamlNode* node = reader.find("temperatures");
  if (node == nullptr) return;
  std::vector<double> range;
  for_each_item(*node,
                reader.path_of("temperatures"),
                [&](const YamlNode& item, const std::string& path) {
                  range.push_back(yaml_double(item, path));
                });
  reader.demand(range.size() == 2 && range[0] > 0 && range[0] < range[1],
                "temperatures",
                "write [lowest, highest], both above 0");
  match.lowest = range[0];
  match.highest = range[1];
}

void check_overlap(MapReader& reader,
                   const MatchOptions& match,
                   const PromptOptions& own) {
  const PromptOptions& dev = match.prompts;
  const bool same_file = dev.file == own.file;
  const bool before = dev.limit > 0 && dev.skip + dev.limit <= own.skip;
  const bool after = own.limit > 0 && dev.skip >= own.skip + own.limit;
  reader.demand(!same_file || before || after,
                "prompts",
                "these are prompts of the experiment itself; the search needs "
                "others: set prompts.limit of the experiment, or name another "
                "file, skip or limit here");
}

}  // namespace

void read_match(MapReader& parent,
                const ExperimentConfig& config,
                Entry& entry) {
  const YamlNode* node = parent.find("match");
  if (node == nullptr) return;
  MapReader reader(*node, parent.path_of("match"));
  const YamlNode* sampling = parent.find("sampling");
  parent.demand(sampling == nullptr || sampling->find("temperature") == nullptr,
                "sampling",
                "the temperature is what match finds; take it out");
  MatchOptions match;
  reader.require("on");
  reader.read_enum(
      "on",
      {MatchOn::kEntropy, MatchOn::kQuality, MatchOn::kDiversity},
      match.on);
  reader.require("target");
  reader.read("target", match.target);
  if (match.on == MatchOn::kEntropy) {
    reader.demand(!reader.has("metric"),
                  "metric",
                  "on: entropy matches the entropy of each token's "
                  "distribution; a metric is for quality and diversity");
  } else {
    reader.require("metric");
    reader.read("metric", match.metric);
  }
  match.prompts = dev_prompts(config.prompts);
  read_dev_prompts(reader, match.prompts);
  check_overlap(reader, match, config.prompts);
  reader.read("samples_per_prompt", match.samples_per_prompt);
  reader.demand(
      match.samples_per_prompt >= 1, "samples_per_prompt", "must be 1 or more");
  reader.read("tolerance", match.tolerance);
  reader.demand(match.tolerance > 0, "tolerance", "must be above 0");
  read_range(reader, match);
  reader.read("max_evaluations", match.max_evaluations);
  reader.demand(
      match.max_evaluations >= 2, "max_evaluations", "must be 2 or more");
  reader.finish();
  entry.condition.match = match;
}

void check_match_targets(const YamlNode& node,
                         const std::vector<Condition>& conditions) {
  std::vector<std::string> names;
  for (const Condition& condition : conditions) {
    if (condition.kind != ConditionKind::kReferences && !condition.match) {
      names.push_back(condition.name);
    }
  }
  for (const Condition& condition : conditions) {
    if (!condition.match) continue;
    const std::string& target = condition.match->target;
    if (std::find(names.begin(), names.end(), target) != names.end()) continue;
    throw UserError(fmt::format(
        "{}: condition '{}': match.target '{}' is no condition that is sampled "
        "at a given temperature; {}",
        node.where,
        condition.name,
        target,
        did_you_mean(target, names)));
  }
}

}  // namespace cdx
