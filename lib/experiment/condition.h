#pragma once

#include "experiment/config.h"
#include "experiment/examples.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// The format's text (of a chat: the user's turn) with {prompt} replaced by
// `prompt`, once through: braces in the prompt stay as they are. A literal
// format shows `examples` before it, or where {examples} stands.
std::string fill_format(const PromptFormat& format,
                        std::string_view prompt,
                        const std::vector<Example>& examples = {});

// What a condition's stories depend on and the experiment file does not say.
struct ConditionFacts {
  // One a model, in the order of Condition::models.
  std::vector<std::string> model_hashes;
  // Covers the tokenizer and the chat template.
  std::vector<std::string> tokenizer_hashes;
  std::vector<std::string> dtypes;  // resolved, never "auto"
  std::string device_kind;          // "cpu" or "cuda"
  int64_t batch_size = 0;           // resolved, never 0
  // hash_of_examples() of each model's format, in the order of the models.
  std::vector<std::string> example_hashes;
  // Of the prompt file: it decides which other prompt a wrong guide is given.
  std::string prompts_hash;
};

// Canonical JSON of everything that decides a condition's stories: models,
// tokenizers, formats, mixing, sampling, end-of-text policy, seed, stream,
// max_new_tokens, batch size, dtypes, kind of device. Not: samples_per_prompt,
// prompt limits, measures, reports.
std::string condition_hash_input(const Condition& condition,
                                 const ExperimentConfig& config,
                                 const ConditionFacts& facts);

// First 8 hexadecimal digits of the SHA-256 of condition_hash_input().
std::string condition_hash8(const Condition& condition,
                            const ExperimentConfig& config,
                            const ConditionFacts& facts);

// γ of a condition along a group of them: that of a mixture by a rule with γ; 0
// for the instruct half of such a mixture of the group, 1 for the base half;
// else none.
std::optional<double> gamma_in_group(const Condition& condition,
                                     const std::vector<Condition>& group);

// Stream of a condition's random numbers: its name, or "" for all of them with
// common_random_numbers.
std::string random_stream(const Condition& condition,
                          const ExperimentConfig& config);

// Key of the random numbers of all stories of one prompt.
uint64_t story_key(int64_t seed,
                   std::string_view stream,
                   std::string_view prompt_id);

}  // namespace cdx
