#pragma once

#include "experiment/config.h"
#include "prompts/prompt.h"

#include <filesystem>
#include <string>
#include <vector>

// What a few-shot format shows a model before the prompt.
namespace cdx {

struct Example {
  std::string prompt, response;
  bool operator==(const Example&) const = default;
};

// A .jsonl file with the fields prompt and response on each line, or another
// pair in use: prompt/completion, prompt/story, instruction/output,
// instruction/response, input/output, question/answer. Throws UserError with
// file and line.
std::vector<Example> read_examples(const std::filesystem::path& file);

// SHA-256 of what they say; "" for none.
std::string hash_of_examples(const std::vector<Example>& examples);

// The examples that this prompt is shown, never itself among them. Depends on
// the prompt alone. Throws UserError when there are too few.
std::vector<Example> pick_examples(const FewShotOptions& options,
                                   const std::vector<Example>& examples,
                                   const Prompt& prompt);

}  // namespace cdx
