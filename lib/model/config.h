#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

// config.json and generation_config.json of a Hugging Face folder, read for
// decoder-only language models. Links no LibTorch.
namespace cdx {

// Names, meanings and units are those of config.json.
struct ModelConfig {
  std::string model_type;  // "llama"
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;  // divides num_attention_heads
  int64_t head_dim = 0;             // even; heads · head_dim may differ from
                                    // hidden_size
  int64_t max_position_embeddings = 0;
  std::string hidden_act;  // "silu": x·σ(x)
  double rms_norm_eps = 0;
  double rope_theta = 0;
  bool tie_word_embeddings = false;  // the head is the embedding's matrix
  // "float32", "bfloat16" or "float16"; absent when the file names none.
  std::optional<std::string> torch_dtype;
  // What ends a text: the union of both files' eos_token_id, ascending.
  std::vector<int32_t> eos_token_ids;
  std::optional<int32_t> bos_token_id;
  std::optional<int32_t> pad_token_id;
};

// Reads and checks the configuration of the model in `folder`. The spellings of
// transformers 4 (rope_theta, torch_dtype) and 5 (rope_parameters, dtype) are
// read alike. Throws UserError naming file and key for what is missing, out of
// range or not supported (another family, rope scaling, biases, quantisation,
// experts, an adapter): nothing is ignored that would change the logits.
ModelConfig load_model_config(const std::filesystem::path& folder);

}  // namespace cdx
