#include "experiment/read_conditions.h"

#include "experiment/axis.h"
#include "experiment/map_reader.h"
#include "experiment/read_match.h"
#include "experiment/read_mix.h"
#include "experiment/read_sampling.h"
#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

void read_model_condition(MapReader& reader,
                          const ExperimentConfig& config,
                          Entry& entry) {
  Condition& condition = entry.condition;
  condition.kind = ConditionKind::kModel;
  condition.models.resize(1);
  condition.formats.resize(1);
  reader.read_name(
      "model", "model", names_of(config.models), condition.models[0]);
  reader.require("format");
  reader.read_name(
      "format", "format", names_of(config.formats), condition.formats[0]);
}

void read_source_file(MapReader& reader, SourceOptions& source) {
  const std::string extension = source.file.extension().string();
  reader.demand(extension == ".jsonl" || extension == ".csv",
                "source",
                "write references, or a file of texts (.jsonl or .csv)");
  reader.read("text", source.text);
  reader.read("group", source.group);
}

void read_source_condition(MapReader& reader, Entry& entry) {
  Condition& condition = entry.condition;
  reader.read("source", condition.source.file);
  if (condition.source.file == "references") {
    condition.kind = ConditionKind::kReferences;
    condition.source.file.clear();
    for (const std::string key : {"text", "group"}) {
      reader.demand(!reader.has(key),
                    key,
                    "is a field of a source's file, and these texts are of "
                    "the prompt file; remove it");
    }
  } else {
    condition.kind = ConditionKind::kFile;
    read_source_file(reader, condition.source);
  }
  for (const std::string key : {"format", "sampling", "end_of_text", "match"}) {
    reader.demand(
        !reader.has(key), key, "texts of a source are not sampled; remove it");
  }
}

Entry read_entry(const YamlNode& node,
                 const std::string& path,
                 const ExperimentConfig& config) {
  MapReader reader(node, path);
  Entry entry;
  const YamlNode& name = reader.require("name");
  reader.read("name", entry.condition.name);
  check_name(name, reader.path_of("name"), entry.condition.name);
  const bool model = reader.has("model");
  const bool mix = reader.has("mix");
  const bool source = reader.has("source");
  if (model + mix + source > 1) {
    reader.demand(
        false, "name", "a condition has only one of model, mix and source");
  }
  for (const char* key : {"format", "sampling", "end_of_text", "match"}) {
    reader.find(key);
  }
  if (source) {
    for (const char* key : {"text", "group"}) reader.find(key);
  }
  reader.finish();
  if (source) {
    read_source_condition(reader, entry);
    return entry;
  }
  if (mix) {
    read_mix(reader, config, entry);
  } else {
    reader.demand(
        model, "name", "a condition needs one of model, mix and source");
    read_model_condition(reader, config, entry);
  }
  read_sampling(reader, entry);
  read_end_of_text(reader, entry.condition);
  read_match(reader, config, entry);
  return entry;
}

// One group for each combination of the other lists.
void add_gamma_groups(const Entry& entry,
                      std::vector<std::vector<std::string>>& groups) {
  const auto gamma =
      std::find_if(entry.axes.begin(), entry.axes.end(), [](const Axis& axis) {
        return axis.suffix == "g" && axis.values.size() >= 3;
      });
  if (gamma == entry.axes.end()) return;
  Entry others = entry;
  others.axes.erase(others.axes.begin() + (gamma - entry.axes.begin()));
  std::vector<double> gammas = gamma->values;
  std::sort(gammas.begin(), gammas.end());
  for (const Condition& other : expand(others)) {
    std::vector<std::string>& group = groups.emplace_back();
    for (const double value : gammas) {
      // Gamma comes first in a name.
      group.push_back(entry.condition.name + fmt::format("-g{}", value) +
                      other.name.substr(entry.condition.name.size()));
    }
  }
}

void refuse_duplicates(const std::vector<Condition>& conditions,
                       const YamlNode& node) {
  for (size_t i = 0; i + 1 < conditions.size(); ++i) {
    if (conditions[i].name == conditions.back().name) {
      throw UserError(fmt::format("{}: there are two conditions named '{}'",
                                  node.where,
                                  conditions[i].name));
    }
  }
}

}  // namespace

ExpandedConditions read_conditions(const YamlNode& node,
                                   const ExperimentConfig& config) {
  ExpandedConditions result;
  for_each_item(
      node, "conditions", [&](const YamlNode& item, const std::string& path) {
        const Entry entry = read_entry(item, path, config);
        for (Condition& condition : expand(entry)) {
          result.conditions.push_back(std::move(condition));
          refuse_duplicates(result.conditions, item);
        }
        add_gamma_groups(entry, result.gamma_groups);
      });
  check_match_targets(node, result.conditions);
  if (result.conditions.empty()) {
    throw UserError(node.where + ": conditions: the list is empty");
  }
  return result;
}

}  // namespace cdx
