#include "model/bert.h"
#include "model/checkpoint.h"
#include "model/encoder_config.h"
#include "model/text_encoder.h"
#include "util/errors.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>
#include <numeric>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

// Tokens that go through the network together: enough rows for fast matrix
// products, few enough for the activations to stay near the processor.
constexpr size_t kChunkTokens = 1024;
// From so many rows on, the bits of a matrix product's row do not depend on the
// number of rows, whichever library computes it.
constexpr size_t kLeastRows = 16;

// Texts that go through the network together, as indices into the call's.
using Chunk = std::vector<size_t>;

// Texts of equal or similar length side by side, so that chunks are alike.
std::vector<Chunk> make_chunks(const std::vector<Ids>& texts) {
  std::vector<size_t> order(texts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(
      order, std::ranges::greater(), [&](size_t i) { return texts[i].size(); });
  std::vector<Chunk> chunks;
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

PackedTexts pack(const std::vector<Ids>& texts,
                 const Chunk& chunk,
                 at::Device device) {
  PackedTexts packed;
  std::vector<int64_t> ids, positions;
  for (const size_t i : chunk) {
    packed.lengths.push_back(static_cast<int64_t>(texts[i].size()));
    ids.insert(ids.end(), texts[i].begin(), texts[i].end());
    for (size_t position = 0; position < texts[i].size(); ++position) {
      positions.push_back(static_cast<int64_t>(position));
    }
  }
  // Few different numbers of rows: oneDNN prepares itself for each.
  const size_t rows = std::max(kLeastRows, std::bit_ceil(ids.size()));
  ids.resize(rows, 0);
  positions.resize(rows, 0);
  packed.ids = at::tensor(ids, at::kLong).to(device);
  packed.positions = at::tensor(positions, at::kLong).to(device);
  return packed;
}

class SentenceEncoder : public TextEncoder {
 public:
  SentenceEncoder(const SentenceEncoderConfig& config, Bert bert)
      : config_(config), bert_(std::move(bert)) {}

  int64_t hidden_size() const override { return config_.bert.hidden_size; }
  int64_t max_tokens() const override { return config_.max_seq_length; }

  std::vector<float> encode(const std::vector<Ids>& texts) override {
    for (size_t i = 0; i < texts.size(); ++i) check_text(texts[i], i);
    const std::vector<Chunk> chunks = make_chunks(texts);
    std::vector<float> rows(texts.size() * hidden_size());
    const auto encode_one = [&](size_t chunk) {
      encode_chunk(texts, chunks[chunk], rows);
    };
    if (bert_.device().is_cpu()) {
      for_each_on_threads(chunks.size(), encode_one);
    } else {
      for (size_t i = 0; i < chunks.size(); ++i) encode_one(i);
    }
    return rows;
  }

 private:
  // Each thread takes whole chunks and computes them alone: faster than
  // sharing every matrix product, and the number of threads cannot matter.
  template <typename F>
  static void for_each_on_threads(size_t count, const F& work) {
    std::atomic<size_t> next = 0;
    at::parallel_for(0, at::get_num_threads(), 1, [&](int64_t, int64_t) {
      for (size_t i = next++; i < count; i = next++) work(i);
    });
  }

  void check_text(const Ids& ids, size_t index) const {
    if (ids.empty() || static_cast<int64_t>(ids.size()) > max_tokens()) {
      throw UserError(fmt::format(
          "sentence encoder: text {} has {} tokens, but 1 to {} are possible: "
          "truncate it",
          index,
          ids.size(),
          max_tokens()));
    }
    for (const int32_t id : ids) {
      if (id >= 0 && id < config_.bert.vocab_size) continue;
      throw UserError(fmt::format(
          "sentence encoder: text {} holds the id {}, but the vocabulary has "
          "{} entries: use the tokenizer in the encoder's folder",
          index,
          id,
          config_.bert.vocab_size));
    }
  }

  // The mean over the text's tokens, special tokens included, divided by its
  // length (sentence-transformers' Pooling and Normalize).
  void encode_chunk(const std::vector<Ids>& texts,
                    const Chunk& chunk,
                    std::vector<float>& rows) const {
    const c10::InferenceMode no_gradients;
    const PackedTexts packed = pack(texts, chunk, bert_.device());
    const at::Tensor hidden = bert_.forward(packed);  // [R, D]
    std::vector<at::Tensor> means;
    int64_t row = 0;
    for (const int64_t length : packed.lengths) {
      means.push_back(hidden.narrow(0, row, length).mean(0));
      row += length;
    }
    at::Tensor vectors = at::stack(means);  // [texts, D]
    vectors = vectors / vectors.norm(2, 1, true).clamp_min(1e-12);
    vectors = vectors.to(at::kCPU).contiguous();
    const int64_t width = hidden_size();
    for (size_t i = 0; i < chunk.size(); ++i) {
      std::memcpy(&rows[chunk[i] * width],
                  vectors.const_data_ptr<float>() + i * width,
                  width * sizeof(float));
    }
  }

  SentenceEncoderConfig config_;
  Bert bert_;
};

}  // namespace

std::unique_ptr<TextEncoder> load_sentence_encoder(
    const std::filesystem::path& folder, const std::string& device) {
  const SentenceEncoderConfig config = load_sentence_encoder_config(folder);
  return std::make_unique<SentenceEncoder>(
      config, Bert::load(folder, config.bert, compute_device(device)));
}

}  // namespace cdx
