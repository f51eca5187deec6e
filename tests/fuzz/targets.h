#pragma once

#include <span>
#include <string_view>

// What the fuzzers drive. A target takes any bytes: it may refuse them with an
// Error and must not crash, leak, hang or throw anything else.
namespace cdx::fuzz {

void safetensors(std::string_view bytes);
// The files of a folder, in the order of the function's list, separated by
// lines "%%".
void model_config(std::string_view bytes);
void encoder_config(std::string_view bytes);
// tokenizer.json and tokenizer_config.json, separated in the same way.
void tokenizer_json(std::string_view bytes);
// tokenizer.model and tokenizer_config.json.
void tokenizer_model(std::string_view bytes);
// A text for the shipped tokenizers.
void tokenizer_input(std::string_view bytes);
// chat_template.jinja and tokenizer_config.json.
void chat_template(std::string_view bytes);
// A file of texts, as JSON lines and as CSV, with bad lines refused and
// skipped.
void text_files(std::string_view bytes);
// A file of scores, as JSON lines and as CSV.
void score_table(std::string_view bytes);
// A matrix of numpy.save().
void npy(std::string_view bytes);

struct Target {
  std::string_view name;  // of its folder in tests/fuzz/corpus
  void (*run)(std::string_view bytes);
};

std::span<const Target> targets();

}  // namespace cdx::fuzz
