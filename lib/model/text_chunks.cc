#include "model/text_chunks.h"

#include "util/errors.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace cdx {

using Ids = std::vector<int32_t>;

std::vector<TextChunk> chunk_texts(const std::vector<Ids>& texts) {
  constexpr size_t kChunkTokens = 1024;
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(
      order, std::ranges::greater(), [&](size_t i) { return texts[i].size(); });
  std::vector<TextChunk> chunks;
  size_t tokens = kChunkTokens;
  for (const size_t i : order) {
    const size_t length = texts[i].size();
    if (tokens + length > kChunkTokens) {
      chunks.emplace_back();
      tokens = 0;
    }
    chunks.back().push_back(i);
    tokens += length;
  }
  return chunks;
}

void check_texts(const std::vector<Ids>& texts, const TextLimits& limits) {
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto length = static_cast<int64_t>(texts[i].size());
    if (length == 0 || length > limits.max_tokens) {
      throw UserError(fmt::format(
          "text encoder: text {} has {} tokens, but 1 to {} are possible: "
          "truncate it",
          i,
          length,
          limits.max_tokens));
    }
    for (const int32_t id : texts[i]) {
      if (id >= 0 && id < limits.vocab_size) continue;
      throw UserError(fmt::format(
          "text encoder: text {} holds the id {}, but the vocabulary has {} "
          "entries: use the tokenizer in the encoder's folder",
          i,
          id,
          limits.vocab_size));
    }
  }
}

void store_rows(const at::Tensor& vectors,
                const TextChunk& chunk,
                std::vector<float>& rows) {
  const at::Tensor on_cpu = vectors.to(at::kCPU, at::kFloat).contiguous();
  const auto width = static_cast<size_t>(on_cpu.size(1));
  for (size_t i = 0; i < chunk.size(); ++i) {
    std::memcpy(&rows[chunk[i] * width],
                on_cpu.const_data_ptr<float>() + i * width,
                width * sizeof(float));
  }
}

}  // namespace cdx
