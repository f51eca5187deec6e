#pragma once

#include "experiment/config.h"
#include "model/config.h"
#include "prompts/prompt.h"
#include "store/run_directory.h"
#include "tokenizer/chat_template.h"
#include "tokenizer/tokenizer.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cdx {

// What a stage needs to know of a checkpoint besides its weights.
struct ExperimentModel {
  ModelConfig config;
  std::unique_ptr<Tokenizer> tokenizer;
  std::optional<ChatTemplate> chat_template;  // where a format asks for it
  ModelFact fact;
};

// The models that the conditions use, by role. Throws UserError for a folder
// that is missing or not supported, and for two models of a mixture whose
// tokenizers differ.
std::map<std::string, ExperimentModel> open_models(
    const ExperimentConfig& config);

// The prompt as the condition's m-th model is sent it.
SentPrompt::Input model_input(const ExperimentConfig& config,
                              const Condition& condition,
                              size_t m,
                              const ExperimentModel& model,
                              const Prompt& prompt);

}  // namespace cdx
