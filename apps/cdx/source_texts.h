#pragma once

#include "experiment/config.h"
#include "store/record.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace cdx {

// Prompt id → its texts.
using Stories = std::map<std::string, std::vector<GenerationRecord>>;

// Where the texts of a condition that is not sampled are from: "texts of the
// prompt file", "texts of old.jsonl".
std::string source_words(const Condition& condition);

// All texts of such a condition for `prompts`, samples numbered in the order of
// their file. UserError: what read_text_files() refuses; a file with texts of
// several conditions; a text of a prompt that the file of `options` lacks.
Stories source_texts(const Condition& condition,
                     const PromptOptions& options,
                     const std::vector<Prompt>& prompts);

// What of a condition's texts metrics are about.
struct UsedTexts {
  std::string condition;
  int64_t prompts = 0, texts = 0;
  int64_t prompts_left_out = 0;  // of the experiment
  int64_t texts_left_out = 0;    // of these prompts and of the others
};

// Leaves each prompt its first k texts; of a condition that is not sampled only
// the prompts with at least k. `prompts` is how many the experiment has.
UsedTexts keep_first_texts(const Condition& condition,
                           int64_t k,
                           int64_t prompts,
                           Stories& stories);

// "condition 'human' is measured on 8 prompts and 40 texts: …"; "" when nothing
// is left out.
std::string left_out_words(const UsedTexts& used, int64_t k);

// condition, n_prompts, n_texts, n_prompts_left_out, n_texts_left_out.
std::string texts_csv(const std::vector<UsedTexts>& used);

}  // namespace cdx
