#pragma once

#include "model/model_config.h"

#include <filesystem>
#include <string>
#include <vector>

// config.json and generation_config.json of a Hugging Face folder, read for
// decoder-only language models. Links no LibTorch.
namespace cdx {

// Reads and checks the configuration of the model in `folder`. The spellings of
// transformers 4 (rope_theta, rope_scaling, torch_dtype) and 5
// (rope_parameters, dtype) are read alike. Throws UserError naming file and key
// for what is missing, out of range or not supported (another family or scaling
// of rotary embeddings, quantisation, experts, an adapter): nothing is ignored
// that would change the logits.
ModelConfig load_model_config(const std::filesystem::path& folder);

// The families that load_model_config() reads, as model_type names them.
std::vector<std::string> supported_families();

}  // namespace cdx
