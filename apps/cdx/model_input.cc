#include "model_input.h"

#include "experiment/condition.h"
#include "experiment/examples.h"
#include "util/errors.h"
#include "util/json.h"

#include <fmt/format.h>

namespace cdx {
namespace {

std::vector<ChatMessage> chat_turns(const PromptFormat& format,
                                    const std::vector<Example>& examples,
                                    const Prompt& prompt) {
  std::vector<ChatMessage> turns;
  if (format.system) turns.push_back({"system", *format.system});
  for (const Example& example : examples) {
    turns.push_back({"user", fill_format(format, example.prompt)});
    turns.push_back({"assistant", example.response});
  }
  turns.push_back({"user", fill_format(format, prompt.text)});
  return turns;
}

jinja::Rendering render(const FormattedModel& formatted,
                        const Prompt& prompt,
                        const std::optional<std::string>& today) {
  const PromptFormat& format = formatted.format;
  std::vector<Example> examples;
  if (!format.few_shot.examples.empty()) {
    examples = pick_examples(format.few_shot,
                             formatted.model.examples.at(formatted.format_name),
                             prompt);
  }
  if (!format.chat) return {fill_format(format, prompt.text, examples), false};
  return formatted.model.chat_template->render(
      chat_turns(format, examples, prompt), chat_options(format, today));
}

void check_ids(const FormattedModel& formatted,
               const Prompt& prompt,
               const std::vector<int32_t>& ids) {
  if (ids.empty()) {
    throw UserError(fmt::format(
        "prompt '{}' is empty for model '{}' (format '{}'): there is nothing "
        "to continue; put some text into the format",
        prompt.id,
        formatted.role,
        formatted.format_name));
  }
  const ExperimentModel& model = formatted.model;
  for (const int32_t id : ids) {
    if (id < model.config.vocab_size) continue;
    throw UserError(fmt::format(
        "prompt '{}' holds {}, a token that model '{}' does not know: take it "
        "out of the prompt",
        prompt.id,
        dump_json(Json(model.tokenizer->id_to_token(id).value_or(""))),
        formatted.role));
  }
}

}  // namespace

ChatOptions chat_options(const PromptFormat& format,
                         const std::optional<std::string>& today) {
  return {.add_generation_prompt = true,
          .date = format.date.empty() ? today : format.date,
          .kwargs = format.chat_template_kwargs};
}

PromptInput prompt_input(const FormattedModel& formatted,
                         const Prompt& prompt,
                         const std::optional<std::string>& today) {
  jinja::Rendering rendering = render(formatted, prompt, today);
  PromptInput input{.text = std::move(rendering.text),
                    .token_ids = {},
                    .date_was_asked = rendering.date_was_asked};
  // A rendered chat holds its special tokens already.
  input.token_ids = formatted.model.tokenizer->encode(
      input.text, /*add_special_tokens=*/!formatted.format.chat);
  check_ids(formatted, prompt, input.token_ids);
  return input;
}

SentPrompt::Input model_input(const ExperimentConfig& config,
                              const Condition& condition,
                              size_t m,
                              const ExperimentModel& model,
                              const Prompt& prompt) {
  const std::string& format = condition.formats[m];
  PromptInput input = prompt_input({.role = condition.models[m],
                                    .format_name = format,
                                    .model = model,
                                    .format = named(config.formats, format)},
                                   prompt);
  return {.model = condition.models[m],
          .text = std::move(input.text),
          .token_ids = std::move(input.token_ids)};
}

}  // namespace cdx
