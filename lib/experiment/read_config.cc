#include "experiment/config.h"
#include "experiment/map_reader.h"
#include "experiment/read_conditions.h"
#include "experiment/read_format.h"
#include "experiment/read_report.h"
#include "util/errors.h"
#include "util/files.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

// Reads a map of names: `item(node, path)` makes the value.
template <typename T, typename F>
Named<T> read_named(const YamlNode& node, const std::string& path, F&& item) {
  MapReader whole(node, path);  // refuses what is no map
  Named<T> values;
  for (size_t i = 0; i < node.keys.size(); ++i) {
    const std::string& name = node.keys[i];
    check_name(node.children[i], path, name);
    values.emplace_back(name, item(node.children[i], whole.path_of(name)));
  }
  return values;
}

ModelSource read_model(const YamlNode& node, const std::string& path) {
  MapReader reader(node, path);
  ModelSource model;
  reader.require("path");
  reader.read("path", model.path);
  reader.read_choice("device", {"auto", "cpu", "cuda"}, model.device.device);
  reader.read_choice(
      "dtype", {"auto", "float32", "bfloat16", "float16"}, model.device.dtype);
  reader.finish();
  return model;
}

PromptOptions read_prompt_options(const YamlNode& node) {
  MapReader reader(node, "prompts");
  PromptOptions options;
  reader.require("file");
  reader.read("file", options.file);
  reader.read("skip", options.skip);
  reader.demand(options.skip >= 0, "skip", "must be 0 or more");
  reader.read("limit", options.limit);
  reader.demand(options.limit >= 0, "limit", "must be 0 (all) or more");
  reader.read("id_field", options.id_field);
  reader.read("text_field", options.text_field);
  reader.read("references_field", options.references_field);
  reader.finish();
  return options;
}

GenerationOptions read_generation(const YamlNode& node) {
  MapReader reader(node, "generation");
  GenerationOptions options;
  reader.read_checked(
      "samples_per_prompt", &GenerationOptions::samples_per_prompt, options);
  reader.read_checked(
      "max_new_tokens", &GenerationOptions::max_new_tokens, options);
  reader.read("token_records", options.token_records);
  const YamlNode* batch_size = reader.find("batch_size");
  if (batch_size != nullptr && batch_size->scalar != "auto") {
    reader.read_checked("batch_size", &GenerationOptions::batch_size, options);
    reader.demand(options.batch_size != 0, "batch_size", "write auto, not 0");
  }
  reader.finish();
  return options;
}

bool is_used(const std::string& role,
             const std::vector<Condition>& conditions) {
  return std::any_of(
      conditions.begin(), conditions.end(), [&](const Condition& condition) {
        const auto& models = condition.models;
        return std::find(models.begin(), models.end(), role) != models.end();
      });
}

ScoreOptions read_score(const YamlNode& node, const ExperimentConfig& config) {
  MapReader reader(node, "score");
  ScoreOptions options;
  reader.read("models", options.models);
  reader.finish();
  std::vector<std::string> roles;
  for (const auto& [role, model] : config.models) roles.push_back(role);
  for (size_t i = 0; i < options.models.size(); ++i) {
    const std::string& role = options.models[i];
    const auto end = options.models.begin() + static_cast<int64_t>(i);
    reader.demand(
        std::find(roles.begin(), roles.end(), role) != roles.end(),
        "models",
        fmt::format("unknown model '{}'; {}", role, did_you_mean(role, roles)));
    reader.demand(is_used(role, config.conditions),
                  "models",
                  fmt::format("no condition uses model '{}', so that no format "
                              "says how it is sent a prompt; add a condition",
                              role));
    reader.demand(std::find(options.models.begin(), end, role) == end,
                  "models",
                  fmt::format("'{}' is listed twice", role));
  }
  return options;
}

bool needs_grammar(const std::string& metric) {
  return metric == "choice_entropy" || metric.starts_with("tale_");
}

std::string read_metric(const YamlNode& node,
                        const std::string& path,
                        const std::vector<std::string>& known) {
  std::string name = yaml_string(node, path);
  if (std::find(known.begin(), known.end(), name) != known.end()) return name;
  throw UserError(fmt::format("{}: {}: unknown metric '{}'; {}",
                              node.where,
                              path,
                              name,
                              did_you_mean(name, known)));
}

void read_metrics(MapReader& reader,
                  const std::vector<std::string>& known,
                  std::vector<std::string>& metrics) {
  const YamlNode* node = reader.find("metrics");
  if (node == nullptr) return;
  metrics.clear();
  for_each_item(
      *node, "measure.metrics", [&](const YamlNode& item, const auto& path) {
        const std::string name = read_metric(item, path, known);
        if (std::find(metrics.begin(), metrics.end(), name) != metrics.end()) {
          throw UserError(fmt::format(
              "{}: {}: '{}' is listed twice", item.where, path, name));
        }
        metrics.push_back(name);
      });
}

void read_extract(MapReader& reader, std::vector<ExtractRule>& rules) {
  const YamlNode* node = reader.find("extract");
  if (node == nullptr) return;
  const std::vector<std::string> names(kExtractRuleNames.begin(),
                                       kExtractRuleNames.end());
  for_each_item(
      *node, "measure.extract", [&](const YamlNode& item, const auto& path) {
        const std::string name = yaml_string(item, path);
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
          throw UserError(fmt::format("{}: {}: unknown rule '{}'; {}",
                                      item.where,
                                      path,
                                      name,
                                      did_you_mean(name, names)));
        }
        const auto rule = static_cast<ExtractRule>(found - names.begin());
        if (std::find(rules.begin(), rules.end(), rule) != rules.end()) {
          throw UserError(fmt::format(
              "{}: {}: '{}' is listed twice", item.where, path, name));
        }
        rules.push_back(rule);
      });
}

void check_match_metrics(const YamlNode& conditions,
                         const MeasureOptions& measure,
                         const std::vector<std::string>& known) {
  for_each_item(
      conditions, "conditions", [&](const YamlNode& item, const auto& path) {
        const YamlNode* match = item.find("match");
        const YamlNode* node = match ? match->find("metric") : nullptr;
        if (node == nullptr) return;
        const MapReader reader(*match, path + ".match");
        const std::string metric =
            read_metric(*node, reader.path_of("metric"), known);
        reader.demand(
            !needs_grammar(metric) || !measure.tale_grammar.empty(),
            "metric",
            fmt::format("'{}' needs measure.tale_grammar, a grammar file",
                        metric));
      });
}

void read_lengths(MapReader& reader, MeasureOptions& options) {
  reader.read("match_length", options.match_length);
  reader.read("length_floor", options.length_floor);
  reader.demand(
      options.length_floor >= 1, "length_floor", "must be at least 1");
  reader.read_enum("long_text",
                   {LongText::kWindows, LongText::kTruncate},
                   options.long_text);
  reader.read("by_position", options.by_position);
  reader.demand(options.by_position == 0 || options.by_position >= 10,
                "by_position",
                "must be 0 (no stretches), or at least 10 words");
  reader.read("bounds", options.bounds);
}

void read_texts_per_prompt(MapReader& reader,
                           const GenerationOptions& generation,
                           int64_t& texts_per_prompt) {
  const YamlNode* node = reader.find("texts_per_prompt");
  if (node == nullptr || node->scalar == "auto") return;
  reader.read("texts_per_prompt", texts_per_prompt);
  reader.demand(
      texts_per_prompt >= 1, "texts_per_prompt", "must be auto, or 1 or more");
  reader.demand(texts_per_prompt <= generation.samples_per_prompt,
                "texts_per_prompt",
                fmt::format("must be at most generation.samples_per_prompt, "
                            "which is {}",
                            generation.samples_per_prompt));
}

// What is measured of all texts of a condition together.
void read_corpus(MapReader& reader,
                 const std::vector<Condition>& conditions,
                 MeasureOptions& options) {
  reader.read("corpus", options.corpus);
  reader.read("corpus_intervals", options.corpus_intervals);
  std::vector<std::string> names;
  names.reserve(conditions.size());
  for (const Condition& condition : conditions) names.push_back(condition.name);
  reader.read_name("reference", "condition", names, options.reference);
  reader.read("permutations", options.permutations);
  reader.demand(options.permutations == 0 || options.permutations >= 99,
                "permutations",
                "must be 0 (not tested), or at least 99");
}

std::optional<QualityGate> read_quality_gate(
    MapReader& measure,
    const MeasureOptions& options,
    const std::vector<std::string>& known_metrics) {
  const YamlNode* node = measure.find("quality_gate");
  if (node == nullptr) return std::nullopt;
  MapReader reader(*node, "measure.quality_gate");
  QualityGate gate;
  const YamlNode& metric = reader.require("metric");
  // Names of scores are not known before their file is read.
  gate.metric =
      options.scores.empty()
          ? read_metric(metric, reader.path_of("metric"), known_metrics)
          : yaml_string(metric, reader.path_of("metric"));
  const bool at_least = reader.has("at_least");
  gate.at_most = reader.has("at_most");
  const bool yes_or_no = gate.metric.starts_with("tale_");
  reader.demand(at_least != gate.at_most || (yes_or_no && !at_least),
                "metric",
                "needs one threshold: at_least or at_most");
  reader.read(gate.at_most ? "at_most" : "at_least", gate.threshold);
  reader.finish();
  return gate;
}

bool needs_reference(const std::string& metric) {
  constexpr std::string_view kFamilies[] = {
      "mauve", "frontier_integral", "knn_", "lebronnec_"};
  return std::any_of(
      std::begin(kFamilies), std::end(kFamilies), [&](std::string_view family) {
        return metric.starts_with(family);
      });
}

void check_needs(const MapReader& reader, const MeasureOptions& options) {
  for (const std::string& metric : options.metrics) {
    reader.demand(
        !needs_grammar(metric) || !options.tale_grammar.empty(),
        "metrics",
        fmt::format("'{}' needs measure.tale_grammar, a grammar file", metric));
    reader.demand(
        !metric.starts_with("effective_") || options.quality_gate,
        "metrics",
        fmt::format("'{}' needs measure.quality_gate, which says what stories "
                    "count, as in {{metric: tale_valid}}",
                    metric));
    reader.demand(
        metric != "score" || !options.scores.empty(),
        "metrics",
        "'score' needs measure.scores, a file of scores from outside");
  }
  for (const std::string& metric : options.metrics) {
    reader.demand(!needs_reference(metric) || !options.reference.empty(),
                  "metrics",
                  fmt::format("'{}' holds the texts of a condition against "
                              "those of another: name that one in "
                              "measure.reference",
                              metric));
    reader.demand(metric != "distinct_classes",
                  "metrics",
                  "'distinct_classes' needs a partition, which only cdx "
                  "measure --input … --classes FILE brings in");
  }
  if (!options.quality_gate) return;
  reader.demand(!needs_grammar(options.quality_gate->metric) ||
                    !options.tale_grammar.empty(),
                "quality_gate",
                fmt::format("'{}' needs measure.tale_grammar, a grammar file",
                            options.quality_gate->metric));
}

MeasureOptions read_measure(const YamlNode& node,
                            const ExperimentConfig& config,
                            const std::vector<std::string>& known_metrics) {
  MapReader reader(node, "measure");
  MeasureOptions options;
  read_metrics(reader, known_metrics, options.metrics);
  reader.read("encoder", options.encoder);
  reader.read("tale_grammar", options.tale_grammar);
  read_extract(reader, options.extract);
  read_lengths(reader, options);
  read_texts_per_prompt(reader, config.generation, options.texts_per_prompt);
  read_corpus(reader, config.conditions, options);
  reader.read("bootstrap_resamples", options.bootstrap_resamples);
  reader.demand(options.bootstrap_resamples >= 100,
                "bootstrap_resamples",
                "must be at least 100");
  reader.read("scores", options.scores);
  const bool lists_score =
      std::find(options.metrics.begin(), options.metrics.end(), "score") !=
      options.metrics.end();
  if (!options.scores.empty() && !lists_score) {
    options.metrics.emplace_back("score");
  }
  options.quality_gate = read_quality_gate(reader, options, known_metrics);
  reader.read("rarefaction", options.rarefaction);
  reader.read("reliability", options.reliability);
  reader.finish();
  check_needs(reader, options);
  return options;
}

void read_output(MapReader& reader, ExperimentConfig& config) {
  std::string output = "runs/${name}";
  reader.read("output", output);
  const std::string variable = "${name}";
  for (size_t at = output.find(variable); at != std::string::npos;
       at = output.find(variable)) {
    output.replace(at, variable.size(), config.name);
  }
  reader.demand(output.find("${") == std::string::npos,
                "output",
                "only ${name} can be filled in");
  reader.demand(!output.empty(), "output", "the path is empty");
  config.output = output;
}

ExperimentConfig read_experiment(
    const YamlNode& root, const std::vector<std::string>& known_metrics) {
  MapReader reader(root, "");
  ExperimentConfig config;
  const YamlNode& name = reader.require("name");
  reader.read("name", config.name);
  check_name(name, "name", config.name);
  read_output(reader, config);
  reader.read("seed", config.seed);
  reader.demand(config.seed >= 0, "seed", "must be 0 or more");
  reader.read("common_random_numbers", config.common_random_numbers);
  const YamlNode& models = reader.require("models");
  const YamlNode& prompts = reader.require("prompts");
  const YamlNode& formats = reader.require("formats");
  const YamlNode& conditions = reader.require("conditions");
  const YamlNode* generation = reader.find("generation");
  const YamlNode* score = reader.find("score");
  const YamlNode* measure = reader.find("measure");
  const YamlNode* report = reader.find("report");
  reader.finish();

  YamlNode empty;  // an absent section is all defaults
  empty.where = root.where;
  config.models = read_named<ModelSource>(models, "models", read_model);
  config.prompts = read_prompt_options(prompts);
  config.formats = read_named<PromptFormat>(formats, "formats", read_format);
  config.generation = read_generation(generation ? *generation : empty);
  ExpandedConditions expanded = read_conditions(conditions, config);
  config.conditions = std::move(expanded.conditions);
  config.score = read_score(score ? *score : empty, config);
  config.measure =
      read_measure(measure ? *measure : empty, config, known_metrics);
  check_match_metrics(conditions, config.measure, known_metrics);
  config.report = read_report(report ? *report : empty,
                              config.conditions,
                              config.measure.metrics,
                              expanded.gamma_groups);
  return config;
}

}  // namespace

ExperimentConfig parse_experiment(
    const std::string& text,
    const std::string& file,
    const std::vector<std::string>& overrides,
    const std::vector<std::string>& known_metrics) {
  YamlNode root = parse_yaml(text, file);
  for (const std::string& override_text : overrides) {
    apply_override(root, override_text);
  }
  return read_experiment(root, known_metrics);
}

ExperimentConfig load_experiment(
    const std::filesystem::path& file,
    const std::vector<std::string>& overrides,
    const std::vector<std::string>& known_metrics) {
  return parse_experiment(
      read_file(file), file.string(), overrides, known_metrics);
}

}  // namespace cdx
