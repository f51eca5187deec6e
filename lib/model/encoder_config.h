#pragma once

#include <cstdint>
#include <filesystem>

// The JSON files of a sentence encoder in sentence-transformers' layout. Links
// no LibTorch.
namespace cdx {

// Names, meanings and units are those of config.json of a BERT model.
struct BertConfig {
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;  // divides hidden_size
  int64_t max_position_embeddings = 0;
  int64_t type_vocab_size = 0;
  double layer_norm_eps = 0;
};

struct SentenceEncoderConfig {
  BertConfig bert;
  // Longest text in tokens, special tokens included.
  int64_t max_seq_length = 0;
};

// Throws UserError naming file and key unless the folder holds a BERT encoder
// whose token vectors are averaged and brought to length 1 (modules:
// Transformer, Pooling by the mean, Normalize), as all-MiniLM-L6-v2.
SentenceEncoderConfig load_sentence_encoder_config(
    const std::filesystem::path& folder);

}  // namespace cdx
