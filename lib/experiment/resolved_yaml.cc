#include "experiment/condition_json.h"
#include "experiment/config.h"
#include "experiment/map_reader.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

namespace cdx {
namespace {

// Plain where no reader of YAML 1.1 or 1.2 could take the text for anything
// else, else in double quotes.
bool is_plain_text(const std::string& text) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  };
  const auto harmless = [&](char c) {
    return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '/' || c == '-';
  };
  return !yaml_needs_quotes(text) && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), harmless);
}

class Writer {
 public:
  void begin_map() { out_ << YAML::BeginMap; }
  void begin_map(const std::string& key) {
    this->key(key);
    out_ << YAML::BeginMap;
  }
  void end_map() { out_ << YAML::EndMap; }
  void begin_list(const std::string& key) {
    this->key(key);
    out_ << YAML::BeginSeq;
  }
  void end_list() { out_ << YAML::EndSeq; }

  void pair(const std::string& key, const std::string& value) {
    this->key(key);
    text(value);
  }
  void pair(const std::string& key, const std::filesystem::path& value) {
    pair(key, value.string());
  }
  void pair(const std::string& key, int64_t value) { scalar(key, value); }
  // fmt writes the shortest decimal that reads back as the same double.
  void pair(const std::string& key, double value) { scalar(key, value); }
  void pair(const std::string& key, bool value) { scalar(key, value); }
  void pair(const std::string& key, const std::vector<std::string>& values) {
    this->key(key);
    list(values);
  }
  void pair(const std::string& key, const char* value) {
    pair(key, std::string(value));
  }
  void pair(const std::string& key, const Json& value) {
    this->key(key);
    json(value);
  }
  // A map with a line a key.
  void map(const std::string& key, const Json& value) {
    begin_map(key);
    for (const auto& [name, member] : value.items()) {
      if (member.is_object()) {
        map(name, member);
      } else {
        pair(name, member);
      }
    }
    end_map();
  }
  void list(const std::vector<std::string>& values) {
    out_ << YAML::Flow << YAML::BeginSeq;
    for (const std::string& value : values) text(value);
    out_ << YAML::EndSeq;
  }
  std::string str() const { return std::string(out_.c_str()) + "\n"; }

 private:
  void key(const std::string& key) {
    out_ << YAML::Key;
    text(key);
    out_ << YAML::Value;
  }
  void text(const std::string& text) {
    if (!is_plain_text(text)) out_ << YAML::DoubleQuoted;
    out_ << text;
  }
  // The whole of it on one line.
  void json(const Json& value) {
    out_ << YAML::Flow;
    if (value.is_object()) {
      out_ << YAML::BeginMap;
      for (const auto& [name, member] : value.items()) {
        key(name);
        json(member);
      }
      out_ << YAML::EndMap;
    } else if (value.is_array()) {
      out_ << YAML::BeginSeq;
      for (const Json& item : value) json(item);
      out_ << YAML::EndSeq;
    } else if (value.is_string()) {
      text(value.get<std::string>());
    } else if (value.is_number_float()) {
      out_ << fmt::format("{}", value.get<double>());
    } else {
      out_ << value.dump();
    }
  }
  template <typename T>
  void scalar(const std::string& key, T value) {
    this->key(key);
    out_ << fmt::format("{}", value);
  }

  YAML::Emitter out_;
};

void write_models(Writer& out, const Named<ModelSource>& models) {
  out.begin_map("models");
  for (const auto& [role, model] : models) {
    out.begin_map(role);
    out.pair("path", model.path);
    out.pair("device", model.device.device);
    out.pair("dtype", model.device.dtype);
    out.end_map();
  }
  out.end_map();
}

void write_prompts(Writer& out, const PromptOptions& options) {
  out.begin_map("prompts");
  out.pair("file", options.file);
  out.pair("skip", options.skip);
  out.pair("limit", options.limit);
  out.pair("id_field", options.id_field);
  out.pair("text_field", options.text_field);
  out.pair("references_field", options.references_field);
  out.end_map();
}

void write_chat(Writer& out, const PromptFormat& format) {
  if (format.system) out.pair("system", *format.system);
  if (!format.date.empty()) out.pair("date", format.date);
  if (format.chat_template_kwargs.empty()) return;
  out.pair("chat_template_kwargs", format.chat_template_kwargs);
}

void write_few_shot(Writer& out, const PromptFormat& format) {
  const FewShotOptions& options = format.few_shot;
  if (options.examples.empty()) return;
  out.pair("examples", options.examples);
  out.pair("num_examples", options.num_examples);
  out.pair("rotate", options.rotate);
  if (format.chat) return;
  out.pair("example_template", options.example_template);
  out.pair("separator", options.separator);
}

void write_formats(Writer& out, const Named<PromptFormat>& formats) {
  out.begin_map("formats");
  for (const auto& [name, format] : formats) {
    out.begin_map(name);
    out.pair("chat", format.chat);
    if (format.has_affixes) {
      out.pair("prefix", format.prefix);
      out.pair("suffix", format.suffix);
    } else {
      out.pair(format.chat ? "user" : "template", format.text);
    }
    write_chat(out, format);
    write_few_shot(out, format);
    out.end_map();
  }
  out.end_map();
}

void write_generation(Writer& out, const GenerationOptions& options) {
  out.begin_map("generation");
  out.pair("samples_per_prompt", options.samples_per_prompt);
  out.pair("max_new_tokens", options.max_new_tokens);
  out.pair("token_records", options.token_records);
  if (options.batch_size == 0) {
    out.pair("batch_size", "auto");
  } else {
    out.pair("batch_size", options.batch_size);
  }
  out.end_map();
}

// NAME of each model, by its role in the mixture.
Json by_role(const Condition& condition,
             const std::vector<std::string>& values) {
  const std::vector<std::string> roles = mix_roles(condition.mix.rule);
  Json json = Json::object();
  for (size_t m = 0; m < roles.size(); ++m) json[roles[m]] = values.at(m);
  return json;
}

void write_mix(Writer& out, const Condition& condition) {
  const Json options = mix_json(condition);
  Json mix = {{"rule", options.at("rule")},
              {"models", by_role(condition, condition.models)}};
  mix.update(options);
  for (const auto& [base, instruct] : condition.renamed_pieces) {
    mix["renamed_specials"].push_back({base, instruct});
  }
  out.map("mix", mix);
  out.map("format", by_role(condition, condition.formats));
}

// A temperature that is to be found is not there yet.
void write_sampling(Writer& out, const Condition& condition) {
  Json sampling = sampling_json(condition.sampling);
  if (condition.match) sampling.erase("temperature");
  out.map("sampling", sampling);
  out.map("end_of_text", end_of_text_json(condition));
  if (condition.match) out.map("match", match_json(*condition.match));
}

void write_condition(Writer& out, const Condition& condition) {
  out.begin_map();
  out.pair("name", condition.name);
  switch (condition.kind) {
    case ConditionKind::kModel:
      out.pair("model", condition.models.at(0));
      out.pair("format", condition.formats.at(0));
      write_sampling(out, condition);
      break;
    case ConditionKind::kMixture:
      write_mix(out, condition);
      write_sampling(out, condition);
      break;
    case ConditionKind::kReferences:
      out.pair("source", "references");
      break;
    case ConditionKind::kFile:
      out.pair("source", condition.source.file);
      if (!condition.source.text.empty()) {
        out.pair("text", condition.source.text);
      }
      if (!condition.source.group.empty()) {
        out.pair("group", condition.source.group);
      }
      break;
  }
  out.end_map();
}

void write_score(Writer& out, const ScoreOptions& options) {
  out.begin_map("score");
  out.pair("models", options.models);
  out.end_map();
}

void write_measure(Writer& out, const MeasureOptions& options) {
  out.begin_map("measure");
  out.pair("metrics", options.metrics);
  out.pair("encoder", options.encoder);
  if (!options.tale_grammar.empty()) {
    out.pair("tale_grammar", options.tale_grammar);
  }
  std::vector<std::string> extract;
  for (const ExtractRule rule : options.extract) {
    extract.emplace_back(kExtractRuleNames.at(static_cast<size_t>(rule)));
  }
  out.pair("extract", extract);
  out.pair("match_length", options.match_length);
  out.pair("length_floor", options.length_floor);
  out.pair("long_text", std::string(to_string(options.long_text)));
  out.pair("by_position", options.by_position);
  out.pair("bounds", options.bounds);
  if (options.texts_per_prompt == 0) {
    out.pair("texts_per_prompt", "auto");
  } else {
    out.pair("texts_per_prompt", options.texts_per_prompt);
  }
  out.pair("corpus", options.corpus);
  out.pair("corpus_intervals", options.corpus_intervals);
  if (!options.reference.empty()) out.pair("reference", options.reference);
  out.pair("permutations", options.permutations);
  if (options.quality_gate) {
    out.begin_map("quality_gate");
    out.pair("metric", options.quality_gate->metric);
    out.pair(options.quality_gate->at_most ? "at_most" : "at_least",
             options.quality_gate->threshold);
    out.end_map();
  }
  if (!options.scores.empty()) out.pair("scores", options.scores);
  out.pair("rarefaction", options.rarefaction);
  out.pair("reliability", options.reliability);
  out.pair("bootstrap_resamples", options.bootstrap_resamples);
  out.end_map();
}

void write_across(Writer& out, const std::vector<AcrossOptions>& all) {
  out.begin_list("across");
  for (const AcrossOptions& options : all) {
    out.begin_map();
    out.pair("name", options.name);
    out.pair("unit", options.unit);
    out.begin_list("pairs");
    for (const auto& [a, b] : options.pairs) out.list({a, b});
    out.end_list();
    out.end_map();
  }
  out.end_list();
}

void write_report(Writer& out, const ReportOptions& options) {
  out.begin_map("report");
  out.pair("baseline", options.baseline);
  out.begin_list("compare");
  for (const auto& [a, b] : options.compare) out.list({a, b});
  out.end_list();
  out.begin_list("trend");
  for (const std::vector<std::string>& group : options.trend) out.list(group);
  out.end_list();
  out.begin_list("stages");
  for (const std::vector<std::string>& group : options.stages) out.list(group);
  out.end_list();
  write_across(out, options.across);
  out.pair("primary", options.primary);
  out.begin_map("margins");
  for (const auto& [metric, margin] : options.margins) out.pair(metric, margin);
  out.end_map();
  out.pair("interval", std::string(to_string(options.interval)));
  out.end_map();
}

}  // namespace

std::string resolved_yaml(const ExperimentConfig& config) {
  Writer out;
  out.begin_map();
  out.pair("name", config.name);
  out.pair("output", config.output);
  out.pair("seed", config.seed);
  out.pair("common_random_numbers", config.common_random_numbers);
  write_models(out, config.models);
  write_prompts(out, config.prompts);
  write_formats(out, config.formats);
  write_generation(out, config.generation);
  out.begin_list("conditions");
  for (const Condition& condition : config.conditions) {
    write_condition(out, condition);
  }
  out.end_list();
  write_score(out, config.score);
  write_measure(out, config.measure);
  write_report(out, config.report);
  out.end_map();
  return out.str();
}

}  // namespace cdx
