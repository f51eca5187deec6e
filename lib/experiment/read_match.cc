#include "experiment/read_match.h"

#include "util/errors.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace cdx {
namespace {

// Those after the experiment's own, which a search must not see.
PromptOptions dev_prompts(const PromptOptions& own) {
  PromptOptions dev = own;
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
  dev.skip =
      own.limit == 0 ? 0 : own.skip + std::min(own.limit, kMost - own.skip);
  dev.limit = 20;
  return dev;
}

void read_dev_prompts(MapReader& parent, PromptOptions& prompts) {
  const YamlNode* node = parent.find("prompts");
  if (node == nullptr) return;
  MapReader reader(*node, parent.path_of("prompts"));
  const std::filesystem::path own = prompts.file;
  reader.read("file", prompts.file);
  if (prompts.file != own) prompts.skip = 0;
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
  reader.demand(range.size() == 2 && range[0] >= kLowestTemperature &&
                    range[0] < range[1],
                "temperatures",
                "write [lowest, highest], both 0.0001 or more");
  match.lowest = range[0];
  match.highest = range[1];
}

void check_overlap(MapReader& reader,
                   const MatchOptions& match,
                   const PromptOptions& own) {
  const PromptOptions& dev = match.prompts;
  const bool same_file = dev.file == own.file;
  const bool before = dev.limit > 0 && dev.limit <= own.skip - dev.skip;
  const bool after = own.limit > 0 && dev.skip - own.limit >= own.skip;
  reader.demand(!same_file || before || after,
                "prompts",
                "these are prompts of the experiment itself; the search needs "
                "others: set prompts.limit of the experiment, or name another "
                "file, skip or limit here");
}

// A search that could not get anywhere.
void check_temperature_acts(MapReader& parent, const Condition& condition) {
  if (const YamlNode* node = parent.find("sampling")) {
    const MapReader sampling(*node, parent.path_of("sampling"));
    sampling.demand(node->find("temperature") == nullptr,
                    "temperature",
                    "the temperature is what match finds; take it out");
  }
  const std::vector<Stage> stages = condition.sampling.stages();
  parent.demand(std::find(stages.begin(), stages.end(), Stage::kTemperature) !=
                    stages.end(),
                "match",
                "it finds a temperature, and sampling.order has no such stage; "
                "put it there");
  parent.demand(condition.sampling.do_sample,
                "match",
                "it finds a temperature, and sampling.do_sample: false takes "
                "the most probable token at any; take one of the two out");
  parent.demand(condition.mix.temperatures.empty() ||
                    condition.mix.temperature_on == TemperatureOn::kMixture,
                "match",
                "it finds a temperature, and mix.temperatures gives each model "
                "its own; take that out, or write mix.temperature_on: mixture");
}

}  // namespace

void read_match(MapReader& parent,
                const ExperimentConfig& config,
                Entry& entry) {
  const YamlNode* node = parent.find("match");
  if (node == nullptr) return;
  MapReader reader(*node, parent.path_of("match"));
  check_temperature_acts(parent, entry.condition);
  MatchOptions match;
  for (const char* key : {"metric",
                          "prompts",
                          "samples_per_prompt",
                          "tolerance",
                          "temperatures",
                          "max_evaluations"}) {
    reader.find(key);
  }
  reader.require("on");
  reader.read_enum("on",
                   {MatchOn::kEntropy, MatchOn::kQuality, MatchOn::kDiversity},
                   match.on);
  reader.require("target");
  reader.read("target", match.target);
  reader.finish();
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
  entry.condition.match = match;
}

void check_match_targets(const YamlNode& node,
                         const std::vector<Condition>& conditions) {
  std::vector<std::string> names;
  for (const Condition& condition : conditions) {
    if (condition.is_sampled() && !condition.match) {
      names.push_back(condition.name);
    }
  }
  for_each_item(node, "conditions", [&](const YamlNode& item, auto& path) {
    const YamlNode* match = item.find("match");
    if (match == nullptr) return;
    const std::string& target = match->find("target")->scalar;
    MapReader(*match, path + ".match")
        .demand(std::find(names.begin(), names.end(), target) != names.end(),
                "target",
                fmt::format("'{}' is no condition that is sampled at a given "
                            "temperature; {}",
                            target,
                            did_you_mean(target, names)));
  });
}

}  // namespace cdx
