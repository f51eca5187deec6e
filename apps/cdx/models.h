#pragma once

#include "decoding/options.h"
#include "experiment/config.h"
#include "experiment/examples.h"
#include "model/config.h"
#include "prompts/prompt.h"
#include "store/run_directory.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/compare.h"
#include "tokenizer/tokenizer.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cdx {

// What a stage needs to know of a checkpoint besides its weights.
struct ExperimentModel {
  std::filesystem::path folder;  // where what the experiment names was found
  ModelConfig config;
  std::unique_ptr<Tokenizer> tokenizer;
  // What ends a text: the ids of config.json, generation_config.json and
  // the tokenizer's eos_token, ascending.
  std::vector<int32_t> stop_ids;
  std::optional<int32_t> eos_token_id;  // of the tokenizer
  // Columns of the logits that are tokens; the others are padding.
  int64_t columns = 0;
  std::optional<ChatTemplate> chat_template;  // where a format asks for it
  // Of the few-shot formats that it is used with, by format.
  std::map<std::string, std::vector<Example>> examples;
  ModelFact fact;
};

// A folder, or org/name[@revision] in the Hugging Face cache, without its
// weights, chat template and fact. Throws UserError for a model that is missing
// or not supported.
ExperimentModel open_model(const std::string& name);

// Hashes of what the folder holds; `path` is what the experiment calls it.
// Takes minutes for large weights.
ModelFact fact_of(const std::filesystem::path& folder, const std::string& path);

// As open_model, messages beginning with the key models.ROLE.path; with the
// fact, or its path alone.
ExperimentModel open_role(const std::string& role,
                          const std::string& path,
                          bool with_facts);

// Two models as the halves of a mixture.
struct Mixture {
  PairComparison comparison;  // why not, if they may not be mixed
  int64_t columns = 0;        // tokens of both
  StopIds stop_ids;
};
Mixture mixture_of(const ExperimentModel& base,
                   const ExperimentModel& instruct,
                   const RenamedPieces& declared);

// The models that the conditions use, by role. Throws UserError as open_model,
// and for two models of a mixture that cannot be mixed. Their facts are left
// out without `with_facts`: hashing the weights takes minutes for large ones.
std::map<std::string, ExperimentModel> open_models(
    const ExperimentConfig& config, bool with_facts = true);

// Columns and stop ids of a condition's job.
struct TokenSpace {
  int64_t columns = 0;
  StopIds stop_ids;
};
TokenSpace token_space(const Condition& condition,
                       const std::map<std::string, ExperimentModel>& models);

// hash_of_examples() of the format that the condition gives its m-th model.
std::string examples_hash(const Condition& condition,
                          size_t m,
                          const ExperimentModel& model);

}  // namespace cdx
