#include "model/causal_lm.h"
#include "model/encoder_config.h"
#include "model/text_chunks.h"

#include <algorithm>

#include <ATen/ATen.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

constexpr int64_t kPageSize = 16;
// From so many rows on, a row's bits do not depend on their number.
constexpr size_t kLeastRows = 16;

int64_t pages_of(const Ids& text) {
  return (static_cast<int64_t>(text.size()) + kPageSize - 1) / kPageSize;
}

// Rows of several texts, each in pages of its own; page 0 is for dead rows.
struct Rows {
  std::vector<int64_t> ids;
  std::vector<int32_t> positions, page_table;
  std::vector<int64_t> last;  // row of each text's last token
  int64_t pages = 1;
};

Rows rows_of(const std::vector<Ids>& texts, const TextChunk& chunk) {
  Rows rows;
  const int64_t pages_per_row = pages_of(texts[chunk.front()]);  // the longest
  for (const size_t i : chunk) {
    std::vector<int32_t> table(static_cast<size_t>(pages_per_row), 0);
    for (int64_t page = 0; page < pages_of(texts[i]); ++page) {
      table[static_cast<size_t>(page)] = static_cast<int32_t>(rows.pages++);
    }
    for (size_t t = 0; t < texts[i].size(); ++t) {
      rows.ids.push_back(texts[i][t]);
      rows.positions.push_back(static_cast<int32_t>(t));
      rows.page_table.insert(rows.page_table.end(), table.begin(), table.end());
    }
    rows.last.push_back(static_cast<int64_t>(rows.ids.size()) - 1);
  }
  const size_t padded = std::max(rows.ids.size(), kLeastRows);
  rows.ids.resize(padded, 0);
  rows.positions.resize(padded, -1);
  rows.page_table.resize(padded * static_cast<size_t>(pages_per_row), 0);
  return rows;
}

class LastTokenEncoder : public TextEncoder {
 public:
  explicit LastTokenEncoder(CausalLM model) : model_(std::move(model)) {}

  int64_t hidden_size() const override { return model_.config().hidden_size; }
  int64_t max_tokens() const override {
    return std::min(model_.config().max_position_embeddings,
                    kLastTokenMaxTokens);
  }

  std::vector<float> encode(const std::vector<Ids>& texts) override {
    const c10::InferenceMode no_gradients;
    check_texts(texts, {max_tokens(), model_.config().vocab_size});
    std::vector<float> rows(texts.size() * static_cast<size_t>(hidden_size()));
    for (const TextChunk& chunk : chunk_texts(texts)) {
      store_rows(last_hidden(rows_of(texts, chunk)), chunk, rows);
    }
    return rows;
  }

 private:
  at::Tensor last_hidden(const Rows& rows) const {
    const at::Device device = model_.device();
    const auto count = static_cast<int64_t>(rows.ids.size());
    const RowBatch batch{
        .ids = at::tensor(rows.ids, at::kLong).to(device),
        .pages = {
            .page_table = at::tensor(rows.page_table, at::kInt)
                              .view({count, -1})
                              .to(device),
            .positions = at::tensor(rows.positions, at::kInt).to(device)}};
    KvCache cache = model_.make_cache(rows.pages, kPageSize);
    const at::Tensor last = at::tensor(rows.last, at::kLong).to(device);
    return model_.forward(batch, cache).index_select(0, last);
  }

  CausalLM model_;
};

}  // namespace

std::unique_ptr<TextEncoder> load_last_token_encoder(
    const std::filesystem::path& folder, const at::Device& device) {
  return std::make_unique<LastTokenEncoder>(
      CausalLM::load(folder, device, "float32"));
}

}  // namespace cdx
