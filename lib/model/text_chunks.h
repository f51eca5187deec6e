#pragma once

#include "model/text_encoder.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include <ATen/core/Tensor.h>

// What the text encoders share.
namespace cdx {

// Texts that go through a network together, as indices into the call's.
using TextChunk = std::vector<size_t>;

// About 1,024 tokens each: enough rows for fast matrix products, few enough for
// the activations to stay near the processor. Texts of equal or similar length
// side by side, so that chunks are alike.
std::vector<TextChunk> chunk_texts(
    const std::vector<std::vector<int32_t>>& texts);

struct TextLimits {
  int64_t max_tokens = 0;
  int64_t vocab_size = 0;
};

// Throws UserError for an empty or too long text and for an unknown id.
void check_texts(const std::vector<std::vector<int32_t>>& texts,
                 const TextLimits& limits);

// Copies vectors [texts of the chunk, D] to the rows of all texts.
void store_rows(const at::Tensor& vectors,
                const TextChunk& chunk,
                std::vector<float>& rows);

// The two kinds of text encoders; see load_text_encoder().
std::unique_ptr<TextEncoder> load_sentence_encoder(
    const std::filesystem::path& folder, const at::Device& device);
std::unique_ptr<TextEncoder> load_last_token_encoder(
    const std::filesystem::path& folder, const at::Device& device);

}  // namespace cdx
