#include "models.h"

#include "experiment/condition.h"
#include "model/weight_files.h"
#include "util/errors.h"
#include "util/hash.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

// Hash of the files that exist, by name and content.
std::string hash_of_files(const std::vector<fs::path>& files) {
  std::string all;
  for (const fs::path& file : files) {
    if (!fs::exists(file)) continue;
    all += file.filename().string() + " " + sha256_file(file) + "\n";
  }
  return sha256(all);
}

ModelFact fact_of(const fs::path& folder) {
  std::vector<fs::path> weights = weight_files(folder);
  weights.push_back(folder / "config.json");
  weights.push_back(folder / "generation_config.json");
  return {.path = folder.string(),
          .weights_hash = hash_of_files(weights),
          .tokenizer_hash = hash_of_files({folder / "tokenizer.json",
                                           folder / "tokenizer_config.json",
                                           folder / "chat_template.jinja"})};
}

ExperimentModel open_model(const std::string& role, const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw UserError(fmt::format(
        "model '{}': there is no folder {}; models.{}.path must name a Hugging "
        "Face folder (config.json, model.safetensors, tokenizer.json)",
        role,
        folder.string(),
        role));
  }
  ExperimentModel model{.config = load_model_config(folder),
                        .tokenizer = load_tokenizer(folder),
                        .chat_template = std::nullopt,
                        .fact = fact_of(folder)};
  if (model.tokenizer->vocab_size() > model.config.vocab_size) {
    throw UserError(fmt::format(
        "model '{}': {} has {} tokens, but config.json says that the model "
        "knows {} (vocab_size): the files do not belong together",
        role,
        (folder / "tokenizer.json").string(),
        model.tokenizer->vocab_size(),
        model.config.vocab_size));
  }
  return model;
}

// Ids are mixed position by position: they must mean the same tokens.
void check_pair(const Condition& condition,
                const ExperimentModel& base,
                const ExperimentModel& instruct) {
  const int64_t size =
      std::max(base.tokenizer->vocab_size(), instruct.tokenizer->vocab_size());
  for (int32_t id = 0; id < size; ++id) {
    const std::string left =
        base.tokenizer->id_to_token(id).value_or("nothing");
    const std::string right =
        instruct.tokenizer->id_to_token(id).value_or("nothing");
    if (left == right) continue;
    throw UserError(fmt::format(
        "condition '{}': models '{}' and '{}' cannot be mixed: token {} is "
        "'{}' in the one and '{}' in the other",
        condition.name,
        condition.models[0],
        condition.models[1],
        id,
        left,
        right));
  }
}

}  // namespace

std::map<std::string, ExperimentModel> open_models(
    const ExperimentConfig& config) {
  std::map<std::string, ExperimentModel> models;
  for (const Condition& condition : config.conditions) {
    for (size_t m = 0; m < condition.models.size(); ++m) {
      const std::string& role = condition.models[m];
      const fs::path& folder = named(config.models, role).path;
      if (!models.contains(role)) models[role] = open_model(role, folder);
      const bool chat = named(config.formats, condition.formats[m]).chat;
      if (chat && !models[role].chat_template) {
        models[role].chat_template = ChatTemplate::load(folder);
      }
    }
    if (condition.kind == ConditionKind::kMixture) {
      check_pair(condition,
                 models.at(condition.models[0]),
                 models.at(condition.models[1]));
    }
  }
  return models;
}

SentPrompt::Input model_input(const ExperimentConfig& config,
                              const Condition& condition,
                              size_t m,
                              const ExperimentModel& model,
                              const Prompt& prompt) {
  const PromptFormat& format = named(config.formats, condition.formats[m]);
  SentPrompt::Input input{.model = condition.models[m],
                          .text = fill_format(format, prompt.text),
                          .token_ids = {}};
  if (format.chat) {
    input.text =
        model.chat_template->render({{.role = "user", .content = input.text}},
                                    /*add_generation_prompt=*/true);
  }
  // A rendered chat holds its special tokens already.
  input.token_ids =
      model.tokenizer->encode(input.text, /*add_special_tokens=*/!format.chat);
  if (input.token_ids.empty()) {
    throw UserError(fmt::format(
        "prompt '{}' is empty for model '{}' (format '{}'): there is nothing "
        "to continue; put some text into the format",
        prompt.id,
        input.model,
        condition.formats[m]));
  }
  return input;
}

}  // namespace cdx
