#include "model/bert.h"
#include "model/checkpoint.h"
#include "model/encoder_config.h"
#include "model/text_chunks.h"
#include "model/text_encoder.h"

#include <algorithm>
#include <atomic>
#include <bit>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

// From so many rows on, the bits of a matrix product's row do not depend on the
// number of rows, whichever library computes it.
constexpr size_t kLeastRows = 16;

PackedTexts pack(const std::vector<Ids>& texts,
                 const TextChunk& chunk,
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
    check_texts(texts, {config_.max_seq_length, config_.bert.vocab_size});
    const std::vector<TextChunk> chunks = chunk_texts(texts);
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

  // The mean over the text's tokens, special tokens included, divided by its
  // length (sentence-transformers' Pooling and Normalize).
  void encode_chunk(const std::vector<Ids>& texts,
                    const TextChunk& chunk,
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
    store_rows(vectors, chunk, rows);
  }

  SentenceEncoderConfig config_;
  Bert bert_;
};

}  // namespace

std::unique_ptr<TextEncoder> load_sentence_encoder(
    const std::filesystem::path& folder, const at::Device& device) {
  const SentenceEncoderConfig config = load_sentence_encoder_config(folder);
  return std::make_unique<SentenceEncoder>(
      config, Bert::load(folder, config.bert, device));
}

std::unique_ptr<TextEncoder> load_text_encoder(
    const std::filesystem::path& folder, const std::string& device) {
  const at::Device place = compute_device(device);
  return is_sentence_encoder(folder) ? load_sentence_encoder(folder, place)
                                     : load_last_token_encoder(folder, place);
}

}  // namespace cdx
