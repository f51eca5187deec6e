#include "experiment/read_mix.h"

#include "experiment/condition_json.h"
#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

// {base: NAME, instruct: NAME}, or as many as the rule has models, in order.
std::vector<std::string> read_roles(MapReader& parent,
                                    const std::string& key,
                                    const std::string& what,
                                    const std::vector<std::string>& roles,
                                    const std::vector<std::string>& names) {
  MapReader reader(parent.require(key), parent.path_of(key));
  std::vector<std::string> values(roles.size());
  for (const std::string& role : roles) reader.require(role);
  for (size_t i = 0; i < roles.size(); ++i) {
    reader.read_name(roles[i], what, names, values[i]);
  }
  reader.finish();
  return values;
}

// The models take turns within one step.
void check_devices(MapReader& reader,
                   const ExperimentConfig& config,
                   const std::vector<std::string>& models) {
  const std::string* placed = nullptr;  // the first that is not auto
  for (const std::string& model : models) {
    const std::string& device = named(config.models, model).device.device;
    if (device == "auto") continue;
    if (placed == nullptr) placed = &model;
    const std::string& first = named(config.models, *placed).device.device;
    reader.demand(device == first,
                  "models",
                  fmt::format("'{}' is on {} and '{}' on {}: a mixture needs "
                              "both on one device",
                              *placed,
                              first,
                              model,
                              device));
  }
}

struct RuleKey {
  std::string key;
  std::vector<MixRule> rules;  // that have it
};

const std::vector<RuleKey>& rule_keys() {
  using R = MixRule;
  static const std::vector<RuleKey> kKeys = {
      {"gamma", {R::kLinear, R::kGeometric, R::kSignFlipped, R::kCfg}},
      {"beta", {R::kContrastive}},
      {"plausibility", {R::kContrastive}},
      {"alpha", {R::kProxy}},
      {"by", {R::kRouting}},
      {"threshold", {R::kRouting}},
      {"punctuation", {R::kRouting}},
      {"word_boundary", {R::kRouting, R::kSwitch}},
      {"share", {R::kSwitch}}};
  return kKeys;
}

// A misspelt key is told before those that are missing for it.
void check_keys(MapReader& mix, MixRule rule) {
  for (const char* key : {"models",
                          "anneal",
                          "trigger",
                          "truncate",
                          "temperature_on",
                          "temperatures",
                          "guide_prompt",
                          "renamed_specials"}) {
    mix.find(key);
  }
  for (const RuleKey& known : rule_keys()) mix.find(known.key);
  mix.finish();
  for (const auto& [key, rules] : rule_keys()) {
    if (std::find(rules.begin(), rules.end(), rule) != rules.end()) continue;
    std::vector<std::string_view> names;
    names.reserve(rules.size());
    for (const MixRule one : rules) names.push_back(to_string(one));
    mix.demand(
        !mix.has(key),
        key,
        fmt::format("is for rule {}, and the rule is {}; take it out, or "
                    "take another rule",
                    fmt::join(names, ", "),
                    to_string(rule)));
  }
}

AxisKey mix_key(const std::string& key,
                const std::string& suffix,
                double MixOptions::*field) {
  return {.key = key,
          .suffix = suffix,
          .set = [field](Condition& c, double v) { c.mix.*field = v; },
          .check = [](const Condition& c) { c.mix.check(); }};
}

void require_axis(MapReader& mix, const AxisKey& key, Entry& entry) {
  mix.require(key.key);
  read_axis(mix, key, entry);
}

// Keys of the rule's own.
void read_rule(MapReader& mix, Entry& entry) {
  using M = MixOptions;
  MixOptions& options = entry.condition.mix;
  switch (options.rule) {
    case MixRule::kLinear:
    case MixRule::kGeometric:
    case MixRule::kSignFlipped:
    case MixRule::kCfg:
      return require_axis(mix, mix_key("gamma", "g", &M::gamma), entry);
    case MixRule::kContrastive:
      require_axis(mix, mix_key("beta", "b", &M::beta), entry);
      return mix.read_checked("plausibility", &M::plausibility, options);
    case MixRule::kProxy:
      return read_axis(mix, mix_key("alpha", "a", &M::alpha), entry);
    case MixRule::kRouting:
      mix.read_enum("by",
                    {RouteBy::kMaxProbability, RouteBy::kEntropy},
                    options.route_by);
      require_axis(mix, mix_key("threshold", "h", &M::threshold), entry);
      mix.read("punctuation", options.punctuation);
      return mix.read("word_boundary", options.word_boundary);
    case MixRule::kSwitch:
      require_axis(mix, mix_key("share", "s", &M::share), entry);
      return mix.read("word_boundary", options.word_boundary);
  }
}

void read_anneal(MapReader& mix, MixOptions& options) {
  const YamlNode* node = mix.find("anneal");
  if (node == nullptr) return;
  MapReader reader(*node, mix.path_of("anneal"));
  const bool first = reader.has("first"), after = reader.has("after");
  reader.finish();
  mix.demand(first != after,
             "anneal",
             "write {first: N} for a weight on the first N tokens only, or "
             "{after: N} for one on those after them");
  int64_t tokens = 0;
  reader.read(first ? "first" : "after", tokens);
  reader.demand(tokens >= 1, first ? "first" : "after", "must be 1 or more");
  (first ? options.weight_until : options.weight_from) = tokens;
}

void read_trigger(MapReader& mix, MixOptions& options) {
  const YamlNode* node = mix.find("trigger");
  if (node == nullptr) return;
  MapReader reader(*node, mix.path_of("trigger"));
  reader.require("entropy_above");
  reader.read("entropy_above", options.entropy_above);
  reader.demand(options.entropy_above >= 0,
                "entropy_above",
                "an entropy in nats is 0 or more");
  reader.read_checked("softness", &MixOptions::softness, options);
  reader.finish();
}

void read_schedule(MapReader& mix, MixOptions& options) {
  for (const char* key : {"anneal", "trigger"}) {
    mix.demand(
        options.has_weight() || !mix.has(key),
        key,
        fmt::format("rule {} has no weight to change; it takes one model "
                    "or the other",
                    to_string(options.rule)));
  }
  read_anneal(mix, options);
  read_trigger(mix, options);
}

// Conformative decoding and its neighbours keep to the instruct model's set;
// the others are usually truncated as a single model is.
TruncateBy default_truncate_by(MixRule rule) {
  const bool neighbour = rule == MixRule::kLinear ||
                         rule == MixRule::kGeometric ||
                         rule == MixRule::kSignFlipped;
  return neighbour ? TruncateBy::kInstruct : TruncateBy::kMixture;
}

void read_truncate(MapReader& mix, MixOptions& options) {
  options.truncate_by = default_truncate_by(options.rule);
  const YamlNode* node = mix.find("truncate");
  if (node == nullptr) return;
  MapReader reader(*node, mix.path_of("truncate"));
  for (const char* key : {"by", "when", "renormalise"}) reader.find(key);
  reader.finish();
  std::string when;
  reader.read_choice("when", {"before", "after"}, when);
  if (when == "after") options.truncate_by = TruncateBy::kMixture;
  reader.read_enum("by", all_truncate_by(), options.truncate_by);
  const bool after = options.truncate_by == TruncateBy::kMixture;
  reader.demand(when.empty() || (when == "after") == after,
                "when",
                after
                    ? "the mixture is there only after mixing: write when: "
                      "after, or take a model's set (by: instruct)"
                    : "the set of a model is found before mixing; to truncate "
                      "what comes out of it, write by: mixture");
  reader.read_checked("renormalise", &MixOptions::renormalise, options);
  reader.demand(!options.renormalise || options.rule == MixRule::kLinear,
                "renormalise",
                fmt::format("changes nothing under rule {}, where constants "
                            "cancel; it is for linear",
                            to_string(options.rule)));
}

void read_temperatures(MapReader& mix, MixOptions& options) {
  mix.read_enum("temperature_on",
                {TemperatureOn::kModels, TemperatureOn::kMixture},
                options.temperature_on);
  const YamlNode* node = mix.find("temperatures");
  if (node == nullptr) return;
  MapReader reader(*node, mix.path_of("temperatures"));
  const std::vector<std::string> roles = mix_roles(options.rule);
  options.temperatures.assign(roles.size(), 1);
  for (size_t m = 0; m < roles.size(); ++m) {
    reader.require(roles[m]);
    reader.read(roles[m], options.temperatures[m]);
    reader.check(roles[m], [&] { options.check(); });
  }
  reader.finish();
}

void read_guide_prompt(MapReader& mix, Condition& condition) {
  std::string guide = "own";
  mix.read_choice("guide_prompt", {"own", "other"}, guide);
  condition.other_guide_prompt = guide == "other";
  mix.demand(
      !condition.other_guide_prompt || condition.mix.rule != MixRule::kProxy,
      "guide_prompt",
      "rule proxy has two guides; this control is for base and instruct");
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

}  // namespace

void read_mix(MapReader& parent, const ExperimentConfig& config, Entry& entry) {
  Condition& condition = entry.condition;
  condition.kind = ConditionKind::kMixture;
  MapReader mix(parent.require("mix"), parent.path_of("mix"));
  mix.read_enum("rule", all_mix_rules(), condition.mix.rule);
  check_keys(mix, condition.mix.rule);
  const std::vector<std::string> roles = mix_roles(condition.mix.rule);
  condition.models =
      read_roles(mix, "models", "model", roles, names_of(config.models));
  check_devices(mix, config, condition.models);
  read_rule(mix, entry);
  read_schedule(mix, condition.mix);
  read_truncate(mix, condition.mix);
  read_temperatures(mix, condition.mix);
  read_guide_prompt(mix, condition);
  read_renamed_specials(mix, condition);
  condition.formats =
      read_roles(parent, "format", "format", roles, names_of(config.formats));
}

}  // namespace cdx
