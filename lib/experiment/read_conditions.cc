#include "experiment/read_conditions.h"

#include "experiment/map_reader.h"
#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

// A number or a list of them.
struct Values {
  std::vector<double> values;
  bool listed = false;
};

// One condition of the file, before its lists are expanded.
struct Entry {
  Condition condition;
  Values gamma, temperature, top_p;
};

template <typename T>
std::vector<std::string> names_of(const Named<T>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

// Each value is put into `options` and checked there.
template <typename Options>
Values read_values(MapReader& reader,
                   const std::string& key,
                   double Options::*field,
                   Options options = {}) {
  Values values;
  const YamlNode* node = reader.find(key);
  if (node == nullptr) {
    values.values = {options.*field};
    return values;
  }
  values.listed = node->kind == YamlNode::Kind::kList;
  const auto add = [&](const YamlNode& item, const std::string& path) {
    values.values.push_back(options.*field = yaml_double(item, path));
    reader.check(key, [&] { options.check(); });
  };
  if (values.listed) {
    for_each_item(*node, reader.path_of(key), add);
  } else {
    add(*node, reader.path_of(key));
  }
  reader.demand(!values.values.empty(), key, "the list is empty");
  return values;
}

void read_sampling(MapReader& parent, Entry& entry) {
  const YamlNode empty;
  const YamlNode* node = parent.find("sampling");
  MapReader reader(node ? *node : empty, parent.path_of("sampling"));
  std::string preset = "hf";
  reader.read_choice("preset", {"hf"}, preset);
  entry.temperature =
      read_values(reader, "temperature", &SamplingOptions::temperature);
  entry.top_p = read_values(reader, "top_p", &SamplingOptions::top_p);
  reader.not_yet("top_k");
  reader.not_yet("min_p");
  reader.not_yet("typical_p");
  reader.finish();
}

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
  read_sampling(reader, entry);
}

// {base: NAME, instruct: NAME}, in this order.
std::vector<std::string> read_pair(MapReader& parent,
                                   const std::string& key,
                                   const std::string& what,
                                   const std::vector<std::string>& names) {
  MapReader reader(parent.require(key), parent.path_of(key));
  std::vector<std::string> pair(2);
  reader.require("base");
  reader.require("instruct");
  reader.read_name("base", what, names, pair[0]);
  reader.read_name("instruct", what, names, pair[1]);
  reader.finish();
  return pair;
}

void read_truncate(MapReader& parent) {
  const YamlNode* node = parent.find("truncate");
  if (node == nullptr) return;
  MapReader reader(*node, parent.path_of("truncate"));
  std::string by, when;
  reader.read_choice("by", {"instruct"}, by);
  reader.read_choice("when", {"before"}, when);
  reader.finish();
}

// The two models take turns within one step.
void check_devices(MapReader& reader,
                   const ExperimentConfig& config,
                   const std::vector<std::string>& models) {
  const std::string& base = named(config.models, models[0]).device.device;
  const std::string& instruct = named(config.models, models[1]).device.device;
  reader.demand(base == instruct || base == "auto" || instruct == "auto",
                "models",
                fmt::format("'{}' is on {} and '{}' on {}: a mixture needs "
                            "both on one device",
                            models[0],
                            base,
                            models[1],
                            instruct));
}

void read_renamed_specials(MapReader& mix, Condition& condition) {
  const YamlNode* node = mix.find("renamed_specials");
  if (node == nullptr) return;
  const std::string key = mix.path_of("renamed_specials");
  for_each_item(*node, key, [&](const YamlNode& item, const std::string& path) {
    std::vector<std::string> pair;
    for_each_item(
        item, path, [&](const YamlNode& piece, const std::string& at) {
          pair.push_back(yaml_string(piece, at));
        });
    if (pair.size() != 2) {
      throw UserError(
          fmt::format("{}: {}: write [the base's token, the instruct model's]",
                      item.where,
                      path));
    }
    condition.renamed_pieces.emplace_back(pair[0], pair[1]);
  });
}

void read_mixture_condition(MapReader& reader,
                            const ExperimentConfig& config,
                            Entry& entry) {
  Condition& condition = entry.condition;
  condition.kind = ConditionKind::kMixture;
  MapReader mix(reader.require("mix"), reader.path_of("mix"));
  std::string rule;
  mix.read_choice("rule", {"linear"}, rule);
  condition.models = read_pair(mix, "models", "model", names_of(config.models));
  check_devices(mix, config, condition.models);
  mix.require("gamma");
  entry.gamma = read_values(mix, "gamma", &MixOptions::gamma);
  read_truncate(mix);
  read_renamed_specials(mix, condition);
  mix.finish();
  condition.formats =
      read_pair(reader, "format", "format", names_of(config.formats));
  read_sampling(reader, entry);
}

void read_references_condition(MapReader& reader, Entry& entry) {
  entry.condition.kind = ConditionKind::kReferences;
  std::string source;
  reader.read_choice("source", {"references"}, source);
  for (const std::string key : {"format", "sampling"}) {
    reader.demand(
        !reader.has(key), key, "texts of a source are not sampled; remove it");
  }
  entry.gamma.values = {MixOptions().gamma};
  entry.temperature.values = {SamplingOptions().temperature};
  entry.top_p.values = {SamplingOptions().top_p};
}

Entry read_entry(const YamlNode& node,
                 const std::string& path,
                 const ExperimentConfig& config) {
  MapReader reader(node, path);
  Entry entry;
  entry.gamma.values = {MixOptions().gamma};
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
  reader.find("format");
  reader.find("sampling");
  reader.finish();
  if (mix) {
    read_mixture_condition(reader, config, entry);
  } else if (source) {
    read_references_condition(reader, entry);
  } else {
    reader.demand(
        model, "name", "a condition needs one of model, mix and source");
    read_model_condition(reader, config, entry);
  }
  return entry;
}

std::string suffix(const char* key, const Values& values, double value) {
  return values.listed ? fmt::format("-{}{}", key, value) : "";
}

Condition expanded(const Entry& entry, double gamma, double t, double p) {
  Condition condition = entry.condition;
  condition.name += suffix("g", entry.gamma, gamma) +
                    suffix("t", entry.temperature, t) +
                    suffix("p", entry.top_p, p);
  condition.mix.gamma = gamma;
  condition.sampling.temperature = t;
  condition.sampling.top_p = p;
  return condition;
}

std::vector<Condition> expand(const Entry& entry) {
  std::vector<Condition> conditions;
  for (const double gamma : entry.gamma.values) {
    for (const double t : entry.temperature.values) {
      for (const double p : entry.top_p.values) {
        conditions.push_back(expanded(entry, gamma, t, p));
      }
    }
  }
  return conditions;
}

void add_gamma_groups(const Entry& entry,
                      std::vector<std::vector<std::string>>& groups) {
  std::vector<double> gammas = entry.gamma.values;
  if (!entry.gamma.listed || gammas.size() < 3) return;
  std::sort(gammas.begin(), gammas.end());
  for (const double t : entry.temperature.values) {
    for (const double p : entry.top_p.values) {
      std::vector<std::string>& group = groups.emplace_back();
      for (const double gamma : gammas) {
        group.push_back(expanded(entry, gamma, t, p).name);
      }
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
  if (result.conditions.empty()) {
    throw UserError(node.where + ": conditions: the list is empty");
  }
  return result;
}

}  // namespace cdx
