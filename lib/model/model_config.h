#pragma once

#include "model/rope_config.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// A decoder-only language model as config.json describes it. Links no LibTorch.
namespace cdx {

enum class Activation {
  kSilu,     // x·σ(x)
  kGelu,     // x·Φ(x)
  kGeluTanh  // 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))
};

enum class LayerType { kFullAttention, kSlidingAttention };

// Names, meanings and units are those of config.json where it has them.
struct ModelConfig {
  std::string model_type;  // "llama"; "gemma3_text" for gemma3's decoder too
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;  // divides num_attention_heads
  int64_t head_dim = 0;             // heads · head_dim may differ from
                                    // hidden_size; even with rotary embeddings
  int64_t max_position_embeddings = 0;
  Activation hidden_act = Activation::kSilu;
  // Of every norm; GPT-2 calls it layer_norm_epsilon, OLMo 1 has 1e-5 always.
  double rms_norm_eps = 0;
  bool attention_bias = false;         // in q, k and v
  bool attention_output_bias = false;  // in o
  bool mlp_bias = false;
  bool tie_word_embeddings = false;  // the head is the embedding's matrix
  double attention_scale = 0;        // of q·k: head_dim^−½ in most families
  double attn_logit_softcapping = 0;   // 0: none
  double final_logit_softcapping = 0;  // 0: none
  double clip_qkv = 0;                 // 0: none
  int64_t sliding_window = 0;  // tokens a sliding layer sees; 0: no such layer
  std::vector<LayerType> layer_types;      // one a layer
  std::optional<RopeConfig> rope;          // of full layers; GPT-2 has none
  std::optional<RopeConfig> sliding_rope;  // of sliding layers
  // "float32", "bfloat16" or "float16"; absent when the file names none.
  std::optional<std::string> torch_dtype;
  // What ends a text: the union of both files' eos_token_id, ascending.
  std::vector<int32_t> eos_token_ids;
  std::optional<int32_t> bos_token_id;
  std::optional<int32_t> pad_token_id;

  bool operator==(const ModelConfig&) const = default;
};

}  // namespace cdx
