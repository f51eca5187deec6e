#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

// The torch-free face of the text encoders: token ids in, vectors out.
namespace cdx {

class TextEncoder {
 public:
  virtual ~TextEncoder() = default;

  // Length D of a text's vector.
  virtual int64_t hidden_size() const = 0;
  // Longest text in tokens, special tokens included; the caller truncates.
  virtual int64_t max_tokens() const = 0;

  // Token ids of each text, special tokens included, 1 to max_tokens() of them
  // → row-major float32 [n, D], each row of length 1 from a sentence encoder,
  // of any length from a causal model. A row does not depend on
  // the other texts of the call (on the CPU to the last bit, nor on the number
  // of threads). Throws UserError for an empty or too long text and for an id
  // outside the vocabulary.
  virtual std::vector<float> encode(
      const std::vector<std::vector<int32_t>>& ids) = 0;
};

// The encoder in `folder`, on `device` ("auto", "cpu" or "cuda"), computing in
// float32: a sentence encoder in sentence-transformers' layout (modules.json),
// else a causal language model, of which the last token's hidden state after
// the final norm is the vector (as in MAUVE; at most 1,024 tokens, and no
// normalisation). Implemented in the library that links LibTorch. Throws
// UserError for a folder that is missing or of a kind that is not supported,
// WorldError for damaged files.
std::unique_ptr<TextEncoder> load_text_encoder(
    const std::filesystem::path& folder, const std::string& device);

}  // namespace cdx
