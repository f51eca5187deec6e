#include "experiment/read_sampling.h"

#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

std::vector<std::string> names_of_stages() {
  std::vector<std::string> names;
  for (const Stage stage : all_stages()) names.emplace_back(to_string(stage));
  return names;
}

// A misspelt key is told before what comes of its default.
void check_keys(MapReader& reader) {
  for (const char* key : {"preset", "order", "do_sample"}) reader.find(key);
  for (const std::string& stage : names_of_stages()) reader.find(stage);
  reader.find("repetition_window");
  reader.finish();
}

void read_order(MapReader& reader, SamplingOptions& sampling) {
  const YamlNode* node = reader.find("order");
  if (node == nullptr) return;
  const std::vector<std::string> names = names_of_stages();
  for_each_item(
      *node, reader.path_of("order"), [&](const YamlNode& item, auto& path) {
        const std::string name = yaml_string(item, path);
        const auto known = std::find(names.begin(), names.end(), name);
        if (known == names.end()) {
          throw UserError(fmt::format("{}: {}: unknown stage '{}'; {}",
                                      item.where,
                                      path,
                                      name,
                                      did_you_mean(name, names)));
        }
        sampling.order.push_back(
            all_stages()[static_cast<size_t>(known - names.begin())]);
      });
  reader.demand(!sampling.order.empty(), "order", "the list is empty");
}

AxisKey sampling_key(const std::string& key,
                     const std::string& suffix,
                     double SamplingOptions::*field) {
  return {.key = key,
          .suffix = suffix,
          .set = [field](Condition& c, double v) { c.sampling.*field = v; },
          .check = [](const Condition& c) { c.sampling.check(); }};
}

AxisKey whole_key(const std::string& key,
                  const std::string& suffix,
                  int64_t SamplingOptions::*field) {
  return {
      .key = key,
      .suffix = suffix,
      .set = [field](Condition& c,
                     double v) { c.sampling.*field = static_cast<int64_t>(v); },
      .check = [](const Condition& c) { c.sampling.check(); },
      .whole = true};
}

// The models' own temperatures stand in for this one where it acts on models.
void check_temperature(const Condition& condition) {
  condition.sampling.check();
  if (!condition.mix.temperatures.empty() &&
      condition.mix.temperature_on == TemperatureOn::kModels &&
      condition.sampling.temperature != 1) {
    throw UserError(
        "mix.temperatures gives each model its own; take one of the two out, "
        "or "
        "write mix.temperature_on: mixture");
  }
}

// They are part of the stage temperature, which this order may leave out.
void check_order(const Condition& condition) {
  condition.sampling.check();
  const std::vector<Stage> stages = condition.sampling.stages();
  const std::vector<double>& own = condition.mix.temperatures;
  if (std::any_of(own.begin(), own.end(), [](double t) { return t != 1; }) &&
      std::find(stages.begin(), stages.end(), Stage::kTemperature) ==
          stages.end()) {
    throw UserError(
        "mix.temperatures is set, and temperature is not in the order; put it "
        "there");
  }
}

void read_numbers(MapReader& reader, Entry& entry) {
  using S = SamplingOptions;
  // In the order of the suffixes in a condition's name.
  AxisKey temperature = sampling_key("temperature", "t", &S::temperature);
  temperature.check = check_temperature;
  read_axis(reader, temperature, entry);
  read_axis(reader, whole_key("top_k", "k", &S::top_k), entry);
  read_axis(reader, sampling_key("top_p", "p", &S::top_p), entry);
  read_axis(reader, sampling_key("min_p", "m", &S::min_p), entry);
  read_axis(reader, sampling_key("typical_p", "y", &S::typical_p), entry);
  read_axis(
      reader, sampling_key("epsilon_cutoff", "e", &S::epsilon_cutoff), entry);
  read_axis(reader, sampling_key("eta_cutoff", "n", &S::eta_cutoff), entry);
  read_axis(reader, sampling_key("top_n_sigma", "s", &S::top_n_sigma), entry);
  read_axis(reader,
            sampling_key("repetition_penalty", "r", &S::repetition_penalty),
            entry);
  read_axis(reader,
            whole_key("repetition_window", "w", &S::repetition_window),
            entry);
  read_axis(reader,
            whole_key("no_repeat_ngram_size", "x", &S::no_repeat_ngram_size),
            entry);
}

}  // namespace

void read_sampling(MapReader& parent, Entry& entry) {
  const YamlNode empty;
  const YamlNode* node = parent.find("sampling");
  MapReader reader(node ? *node : empty, parent.path_of("sampling"));
  SamplingOptions& sampling = entry.condition.sampling;
  check_keys(reader);
  reader.read_enum("preset",
                   {Preset::kHf, Preset::kVllm, Preset::kLlamaCpp},
                   sampling.preset);
  if (sampling.preset == Preset::kLlamaCpp) sampling.repetition_window = 64;
  read_order(reader, sampling);
  reader.check("order", [&] { check_order(entry.condition); });
  reader.read("do_sample", sampling.do_sample);
  read_numbers(reader, entry);
}

void read_end_of_text(MapReader& parent, Condition& condition) {
  const YamlNode* node = parent.find("end_of_text");
  if (node == nullptr) return;
  MapReader reader(*node, parent.path_of("end_of_text"));
  EndOptions& end = condition.end;
  if (condition.kind == ConditionKind::kMixture) {
    reader.read_enum(
        "policy",
        {EndPolicy::kMerge, EndPolicy::kUnion, EndPolicy::kInstruct},
        end.policy);
  } else {
    reader.demand(!reader.has("policy"),
                  "policy",
                  "one model ends at its own end tokens; a policy is for mix");
  }
  reader.read_checked("min_new_tokens", &EndOptions::min_new_tokens, end);
  reader.read("fixed_length", end.fixed_length);
  reader.read_checked("stop_strings", &EndOptions::stop_strings, end);
  reader.demand(!end.fixed_length || end.stop_strings.empty(),
                "stop_strings",
                "a story of fixed_length does not stop at a text");
  reader.demand(!end.fixed_length || end.min_new_tokens == 0,
                "min_new_tokens",
                "fixed_length says how long a story is");
  reader.finish();
}

}  // namespace cdx
