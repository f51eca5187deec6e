#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

// The JSON files of a sentence encoder in sentence-transformers' layout. Links
// no LibTorch.
namespace cdx {

enum class BertKind {
  kBert,
  kMpnet  // positions from 2 on, a bias of the scores by distance, no types
};

// Names, meanings and units are those of config.json of a BERT or MPNet model.
struct BertConfig {
  BertKind kind = BertKind::kBert;
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;      // divides hidden_size
  int64_t max_position_embeddings = 0;  // rows of the table
  int64_t type_vocab_size = 0;          // BERT only
  double layer_norm_eps = 0;
};

struct SentenceEncoderConfig {
  BertConfig bert;
  // Longest text in tokens, special tokens included.
  int64_t max_seq_length = 0;
};

// True for a folder in sentence-transformers' layout (modules.json).
bool is_sentence_encoder(const std::filesystem::path& folder);

// Throws UserError naming file and key unless the folder holds a BERT or MPNet
// encoder whose token vectors are averaged and brought to length 1 (modules:
// Transformer, Pooling by the mean, Normalize), as all-MiniLM-L6-v2 and
// all-mpnet-base-v2.
SentenceEncoderConfig load_sentence_encoder_config(
    const std::filesystem::path& folder);

// What is known of a text encoder, sentence encoder or causal language model,
// before it is loaded; throws as above.
constexpr int64_t kLastTokenMaxTokens = 1024;  // of a causal model, as in MAUVE
struct TextEncoderFacts {
  int64_t hidden_size = 0;
  bool is_sentence_encoder = false;  // its vectors have length 1
  int64_t max_tokens =
      0;  // longest text that it reads, special tokens included
  // What a causal language model reads in place of an empty text.
  std::optional<int32_t> empty_text_id;
};
TextEncoderFacts text_encoder_facts(const std::filesystem::path& folder);

}  // namespace cdx
