#include "fuzz/folder.h"
#include "fuzz/targets.h"
#include "model/config.h"
#include "model/encoder_config.h"
#include "model/weight_files.h"
#include "util/errors.h"

namespace cdx::fuzz {
namespace {

// Reads every byte, so that a view beyond the file is noticed.
size_t checksum(const WeightFiles& files) {
  size_t sum = 0;
  for (const auto& [name, weight] : files.weights()) {
    for (const std::byte byte : weight.view.bytes) {
      sum = sum * 31 + std::to_integer<size_t>(byte);
    }
  }
  return sum;
}

}  // namespace

void safetensors(std::string_view bytes) {
  static const Folder folder(
      {"model.safetensors", "model.safetensors.index.json", "two.safetensors"});
  folder.write(bytes);
  try {
    [[maybe_unused]] static volatile size_t sink;
    sink = checksum(WeightFiles(folder.path()));
  } catch (const Error&) {
  }
}

void model_config(std::string_view bytes) {
  static const Folder folder({"config.json", "generation_config.json"});
  folder.write(bytes);
  try {
    load_model_config(folder.path());
  } catch (const Error&) {
  }
}

void encoder_config(std::string_view bytes) {
  static const Folder folder({"config.json",
                              "modules.json",
                              "1_Pooling/config.json",
                              "sentence_bert_config.json"});
  folder.write(bytes);
  try {
    load_sentence_encoder_config(folder.path());
  } catch (const Error&) {
  }
}

}  // namespace cdx::fuzz
