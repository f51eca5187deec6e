#include "experiment/condition.h"

#include "experiment/condition_json.h"
#include "util/hash.h"
#include "util/json.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

using Values = std::vector<std::pair<std::string_view, std::string_view>>;

// `text` with each name of `values` replaced, once through.
std::string filled(std::string_view text, const Values& values) {
  std::string out;
  while (!text.empty()) {
    const auto here =
        std::find_if(values.begin(), values.end(), [&](const auto& value) {
          return text.starts_with(value.first);
        });
    if (here == values.end()) {
      out += text.front();
      text.remove_prefix(1);
    } else {
      out += here->second;
      text.remove_prefix(here->first.size());
    }
  }
  return out;
}

// What only some formats have is left out of the others, whose hashes were
// made before there was such a thing.
void add_format(const PromptFormat& format,
                const std::string& examples_hash,
                Json& input) {
  input["chat"] = format.chat;
  input["text"] = format.text;
  if (format.has_affixes) {
    input["prefix"] = format.prefix;
    input["suffix"] = format.suffix;
  }
  if (format.system) input["system"] = *format.system;
  if (!format.date.empty()) input["date"] = format.date;
  if (!format.chat_template_kwargs.empty()) {
    input["chat_template_kwargs"] = format.chat_template_kwargs;
  }
  const FewShotOptions& few_shot = format.few_shot;
  if (few_shot.examples.empty()) return;
  input["few_shot"] = {{"examples", examples_hash},
                       {"num_examples", few_shot.num_examples},
                       {"rotate", few_shot.rotate}};
  if (format.chat) return;
  input["few_shot"]["example_template"] = few_shot.example_template;
  input["few_shot"]["separator"] = few_shot.separator;
}

Json model_input(const Condition& condition,
                 const ExperimentConfig& config,
                 const ConditionFacts& facts,
                 size_t i) {
  const PromptFormat& format = named(config.formats, condition.formats.at(i));
  Json input;
  input["weights"] = facts.model_hashes.at(i);
  input["tokenizer"] = facts.tokenizer_hashes.at(i);
  input["dtype"] = facts.dtypes.at(i);
  const bool few_shot = !format.few_shot.examples.empty();
  add_format(format, few_shot ? facts.example_hashes.at(i) : "", input);
  return input;
}

}  // namespace

std::string fill_format(const PromptFormat& format,
                        std::string_view prompt,
                        const std::vector<Example>& examples) {
  std::string shown;
  for (const Example& example : examples) {
    shown += filled(
        format.few_shot.example_template,
        {{"{prompt}", example.prompt}, {"{response}", example.response}});
    shown += format.few_shot.separator;
  }
  if (format.has_affixes) {
    return shown + format.prefix + std::string(prompt) + format.suffix;
  }
  const bool has_place =
      !examples.empty() && format.text.find("{examples}") != std::string::npos;
  if (!has_place) return shown + filled(format.text, {{"{prompt}", prompt}});
  return filled(format.text, {{"{prompt}", prompt}, {"{examples}", shown}});
}

std::string condition_hash_input(const Condition& condition,
                                 const ExperimentConfig& config,
                                 const ConditionFacts& facts) {
  Json input;
  input["version"] = 2;
  if (condition.kind == ConditionKind::kReferences) {
    input["source"] = "references";
    return dump_json(input);
  }
  if (condition.kind == ConditionKind::kFile) {
    input["source"] = "file";
    return dump_json(input);
  }
  input["models"] = Json::array();
  for (size_t i = 0; i < condition.models.size(); ++i) {
    input["models"].push_back(model_input(condition, config, facts, i));
  }
  input["mix"] = mix_json(condition);
  if (condition.other_guide_prompt) input["prompts"] = facts.prompts_hash;
  input["sampling"] = sampling_json(condition.sampling);
  input["end_of_text"] = end_of_text_json(condition);
  input["max_new_tokens"] = config.generation.max_new_tokens;
  input["seed"] = config.seed;
  input["stream"] = random_stream(condition, config);
  input["batch_size"] = facts.batch_size;
  input["device"] = facts.device_kind;
  return dump_json(input);
}

std::string condition_hash8(const Condition& condition,
                            const ExperimentConfig& config,
                            const ConditionFacts& facts) {
  return sha256(condition_hash_input(condition, config, facts)).substr(0, 8);
}

std::optional<double> gamma_in_group(const Condition& condition,
                                     const std::vector<Condition>& group) {
  const auto is_mixture = [](const Condition& one) {
    return one.kind == ConditionKind::kMixture && has_gamma(one.mix.rule);
  };
  if (is_mixture(condition)) return condition.mix.gamma;
  for (const Condition& mixture : group) {
    if (!is_mixture(mixture)) continue;
    if (condition.models == std::vector{mixture.models[1]}) return 0;
    if (condition.models == std::vector{mixture.models[0]}) return 1;
  }
  return std::nullopt;
}

std::string random_stream(const Condition& condition,
                          const ExperimentConfig& config) {
  return config.common_random_numbers ? "" : condition.name;
}

uint64_t story_key(int64_t seed,
                   std::string_view stream,
                   std::string_view prompt_id) {
  // The length keeps ("a", "bc") apart from ("ab", "c").
  return hash64(fmt::format(
      "cdx story key 1 {} {} {} {}", seed, stream.size(), stream, prompt_id));
}

}  // namespace cdx
