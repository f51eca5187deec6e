#pragma once

#include "experiment/config.h"
#include "models.h"
#include "prompts/prompt.h"
#include "store/run_directory.h"
#include "tokenizer/chat_template.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cdx {

// A model in one of the experiment's formats.
struct FormattedModel {
  std::string role, format_name;
  const ExperimentModel& model;
  const PromptFormat& format;
};

struct PromptInput {
  std::string text;  // with examples, in the chat template
  std::vector<int32_t> token_ids;
  bool date_was_asked = false;  // by the chat template
};

// The prompt as the model is sent it. `today` is the date for a chat template
// that asks for one and a format that pins none. Throws UserError naming the
// prompt: nothing to continue, a token that the model does not know, …
PromptInput prompt_input(
    const FormattedModel& formatted,
    const Prompt& prompt,
    const std::optional<std::string>& today = std::nullopt);

// What a chat template is given by a format.
ChatOptions chat_options(const PromptFormat& format,
                         const std::optional<std::string>& today);

// The prompt as the condition's m-th model is sent it.
SentPrompt::Input model_input(const ExperimentConfig& config,
                              const Condition& condition,
                              size_t m,
                              const ExperimentModel& model,
                              const Prompt& prompt);

}  // namespace cdx
