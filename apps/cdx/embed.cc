#include "embed.h"

#include "model/encoder_config.h"
#include "store/embedding_store.h"
#include "tokenizer/tokenizer.h"
#include "torch_library.h"
#include "util/errors.h"
#include "util/hash.h"
#include "util/progress.h"
#include "util/unicode.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_set>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

// Texts encoded between two writes of the store: what a killed process loses.
constexpr size_t kTextsPerWrite = 512;

// Truncated as sentence-transformers does: the special token at the end stays.
std::vector<int32_t> ids_of(const Tokenizer& tokenizer,
                            std::string_view text,
                            size_t max_tokens) {
  std::vector<int32_t> ids =
      tokenizer.encode(strip_whitespace(text), /*add_special_tokens=*/true);
  if (ids.size() > max_tokens) {
    ids[max_tokens - 1] = ids.back();
    ids.resize(max_tokens);
  }
  return ids;
}

struct Missing {
  std::vector<std::string> hashes;
  std::vector<std::string_view> texts;
};

Missing missing_texts(const std::vector<std::string>& texts,
                      const std::vector<std::string>& hashes,
                      const EmbeddingStore& store) {
  Missing missing;
  std::unordered_set<std::string> seen;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!store.lookup(hashes[i]).empty() || !seen.insert(hashes[i]).second) {
      continue;
    }
    missing.hashes.push_back(hashes[i]);
    missing.texts.push_back(texts[i]);
  }
  return missing;
}

void encode_missing(const Missing& missing,
                    const fs::path& folder,
                    const EmbedOptions& options,
                    EmbeddingStore& store) {
  const std::unique_ptr<TextEncoder> encoder =
      open_sentence_encoder(folder, options.threads);
  const std::unique_ptr<Tokenizer> tokenizer = load_tokenizer(folder);
  const auto total = static_cast<int64_t>(missing.texts.size());
  Progress progress("measure", "texts embedded", total, 0);
  for (size_t first = 0; first < missing.texts.size();
       first += kTextsPerWrite) {
    const size_t last = std::min(first + kTextsPerWrite, missing.texts.size());
    std::vector<std::vector<int32_t>> ids;
    for (size_t i = first; i < last; ++i) {
      ids.push_back(ids_of(*tokenizer,
                           missing.texts[i],
                           static_cast<size_t>(encoder->max_tokens())));
    }
    store.add({missing.hashes.begin() + static_cast<int64_t>(first),
               missing.hashes.begin() + static_cast<int64_t>(last)},
              encoder->encode(ids));
    progress.advance(options.encoder, static_cast<int64_t>(last - first));
  }
  progress.finish();
}

}  // namespace

fs::path find_encoder(const std::string& name) {
  std::vector<fs::path> places = {name};
  if (const char* deps = std::getenv("CDX_DEPS")) {
    places.push_back(fs::path(deps) / name);
  }
  places.push_back(fs::path(CDX_SOURCE_DIR) / ".deps" / name);
  std::string looked;
  for (const fs::path& place : places) {
    if (fs::is_directory(place)) return place;
    looked += (looked.empty() ? "" : ", ") + place.string();
  }
  throw UserError(
      fmt::format("no sentence encoder '{}' (looked for the folders {}): run "
                  "scripts/setup, or let measure.encoder name a folder in "
                  "sentence-transformers' layout",
                  name,
                  looked));
}

Embeddings embed(const std::vector<std::string>& texts,
                 const EmbedOptions& options) {
  const fs::path folder = find_encoder(options.encoder);
  const int64_t dimension =
      load_sentence_encoder_config(folder).bert.hidden_size;
  // Other weights under the same name are another encoder.
  EmbeddingStore store(
      options.store_folder /
          sha256_file(folder / "model.safetensors").substr(0, 8),
      dimension);
  std::vector<std::string> hashes;
  hashes.reserve(texts.size());
  for (const std::string& text : texts) hashes.push_back(sha256(text));
  const Missing missing = missing_texts(texts, hashes, store);
  if (!missing.texts.empty()) encode_missing(missing, folder, options, store);
  Embeddings rows(static_cast<int64_t>(texts.size()), dimension);
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::span<const float> row = store.lookup(hashes[i]);
    std::copy(row.begin(), row.end(), rows.row(static_cast<int64_t>(i)).data());
  }
  return rows;
}

}  // namespace cdx
