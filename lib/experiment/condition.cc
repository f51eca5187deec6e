#include "experiment/condition.h"

#include "util/hash.h"
#include "util/json.h"

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr std::string_view kPlaceholder = "{prompt}";

Json model_input(const Condition& condition,
                 const ExperimentConfig& config,
                 const ConditionFacts& facts,
                 size_t i) {
  const PromptFormat& format = named(config.formats, condition.formats.at(i));
  Json input;
  input["weights"] = facts.model_hashes.at(i);
  input["tokenizer"] = facts.tokenizer_hashes.at(i);
  input["dtype"] = facts.dtypes.at(i);
  input["chat"] = format.chat;
  input["text"] = format.text;
  return input;
}

// Numbers as their shortest decimals: the same text from every JSON library.
Json mix_input(const Condition& condition) {
  if (condition.kind != ConditionKind::kMixture) return nullptr;
  Json input;
  input["rule"] = "linear";
  input["gamma"] = fmt::format("{}", condition.mix.gamma);
  input["truncate"] = {{"by", "instruct"}, {"when", "before"}};
  input["end_of_text"] = "merge_eos";
  return input;
}

Json sampling_input(const SamplingOptions& sampling) {
  Json input;
  input["preset"] = "hf";
  input["temperature"] = fmt::format("{}", sampling.temperature);
  input["top_p"] = fmt::format("{}", sampling.top_p);
  return input;
}

}  // namespace

std::string fill_format(const PromptFormat& format, std::string_view prompt) {
  std::string filled;
  std::string_view rest = format.text;
  for (size_t at = rest.find(kPlaceholder); at != std::string_view::npos;
       at = rest.find(kPlaceholder)) {
    filled.append(rest.substr(0, at)).append(prompt);
    rest.remove_prefix(at + kPlaceholder.size());
  }
  return filled.append(rest);
}

std::string condition_hash_input(const Condition& condition,
                                 const ExperimentConfig& config,
                                 const ConditionFacts& facts) {
  Json input;
  input["version"] = 1;
  if (condition.kind == ConditionKind::kReferences) {
    input["source"] = "references";
    return dump_json(input);
  }
  input["models"] = Json::array();
  for (size_t i = 0; i < condition.models.size(); ++i) {
    input["models"].push_back(model_input(condition, config, facts, i));
  }
  input["mix"] = mix_input(condition);
  input["sampling"] = sampling_input(condition.sampling);
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
