#include "embed.h"

#include "model/encoder_config.h"
#include "model/hub_cache.h"
#include "model/weight_files.h"
#include "store/embedding_store.h"
#include "tokenizer/text_windows.h"
#include "torch_library.h"
#include "util/errors.h"
#include "util/hash.h"
#include "util/progress.h"
#include "util/unicode.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <span>
#include <unordered_set>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

// Texts encoded between two writes of the store: what a killed process loses.
constexpr size_t kTextsPerWrite = 512;

// Texts as ids, truncated to what the encoder reads.
class EncoderInput {
 public:
  explicit EncoderInput(const fs::path& folder)
      : facts_(text_encoder_facts(folder)),
        tokenizer_(load_tokenizer(folder)),
        max_tokens_(static_cast<size_t>(facts_.max_tokens)) {}

  std::vector<int32_t> ids_of(std::string_view text) const {
    std::vector<int32_t> ids = all_ids_of(text);
    if (ids.empty() && facts_.empty_text_id) return {*facts_.empty_text_id};
    if (ids.size() <= max_tokens_) return ids;
    // The special token at the end of a sentence encoder's input stays.
    if (facts_.is_sentence_encoder) ids[max_tokens_ - 1] = ids.back();
    ids.resize(max_tokens_);
    return ids;
  }

  std::vector<std::vector<int32_t>> windows_of(std::string_view text) const {
    return text_windows(*tokenizer_, strip_whitespace(text), max_tokens_);
  }

  double share_seen(std::string_view text) const {
    // A token has at least one byte.
    if (text.size() + specials() <= max_tokens_) return 1;
    const size_t all = all_ids_of(text).size();
    if (all <= max_tokens_) return 1;
    return static_cast<double>(max_tokens_ - specials()) /
           static_cast<double>(all - specials());
  }

  size_t specials() const { return tokenizer_->encode("", kSpecials).size(); }

 private:
  static constexpr bool kSpecials = true;

  // sentence-transformers strips white space; a language model reads it.
  std::vector<int32_t> all_ids_of(std::string_view text) const {
    return tokenizer_->encode(
        facts_.is_sentence_encoder ? strip_whitespace(text) : text, kSpecials);
  }

  TextEncoderFacts facts_;
  std::unique_ptr<Tokenizer> tokenizer_;
  size_t max_tokens_;
};

// Other weights under the same name are another encoder.
std::string weights_hash8(const fs::path& folder) {
  const std::vector<fs::path> files = weight_files(folder);
  if (files.size() == 1) return sha256_file(files[0]).substr(0, 8);
  std::string all;
  for (const fs::path& file : files) all += sha256_file(file);
  return sha256(all).substr(0, 8);
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

std::vector<float> encode_starts(std::span<const std::string_view> texts,
                                 const EncoderInput& input,
                                 TextEncoder& encoder) {
  std::vector<std::vector<int32_t>> ids;
  for (const std::string_view text : texts) ids.push_back(input.ids_of(text));
  return encoder.encode(ids);
}

std::vector<float> encode_windows(std::span<const std::string_view> texts,
                                  const EncoderInput& input,
                                  TextEncoder& encoder) {
  std::vector<std::vector<int32_t>> ids;
  std::vector<size_t> windows;  // of each text
  for (const std::string_view text : texts) {
    std::vector<std::vector<int32_t>> of_text = input.windows_of(text);
    windows.push_back(of_text.size());
    std::move(of_text.begin(), of_text.end(), std::back_inserter(ids));
  }
  const std::vector<float> encoded = encoder.encode(ids);
  const size_t size = static_cast<size_t>(encoder.hidden_size());
  const size_t specials = input.specials();
  std::vector<float> rows;
  size_t at = 0;
  for (const size_t n : windows) {
    const auto first = encoded.begin() + static_cast<int64_t>(at * size);
    if (n == 1) {
      rows.insert(rows.end(), first, first + static_cast<int64_t>(size));
    } else {
      Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(encoder.hidden_size());
      for (size_t i = 0; i < n; ++i) {
        const Eigen::Map<const Eigen::RowVectorXf> row(
            encoded.data() + (at + i) * size, encoder.hidden_size());
        sum += static_cast<double>(ids[at + i].size() - specials) *
               row.cast<double>();
      }
      sum.normalize();
      rows.insert(rows.end(), sum.begin(), sum.end());
    }
    at += n;
  }
  return rows;
}

void encode_missing(const Missing& missing,
                    const fs::path& folder,
                    const EmbedOptions& options,
                    EmbeddingStore& store) {
  const std::unique_ptr<TextEncoder> encoder =
      open_text_encoder(folder, options.threads);
  const EncoderInput input(folder);
  const auto total = static_cast<int64_t>(missing.texts.size());
  Progress progress("measure", "texts embedded", total, 0);
  for (size_t first = 0; first < missing.texts.size();
       first += kTextsPerWrite) {
    const size_t last = std::min(first + kTextsPerWrite, missing.texts.size());
    const std::span<const std::string_view> texts =
        std::span(missing.texts).subspan(first, last - first);
    store.add({missing.hashes.begin() + static_cast<int64_t>(first),
               missing.hashes.begin() + static_cast<int64_t>(last)},
              options.windows ? encode_windows(texts, input, *encoder)
                              : encode_starts(texts, input, *encoder));
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
  // org/name; a name alone is rather a misspelt one of those above.
  if (name.find('/') != std::string::npos && is_hub_name(name)) {
    return find_model_folder(name);
  }
  throw UserError(
      fmt::format("no sentence encoder '{}' (looked for the folders {}): run "
                  "scripts/setup, or let measure.encoder name a folder in "
                  "sentence-transformers' layout or that of a language model",
                  name,
                  looked));
}

std::vector<double> shares_seen(const std::vector<std::string>& texts,
                                const std::string& encoder) {
  const EncoderInput input(find_encoder(encoder));
  std::vector<double> shares;
  shares.reserve(texts.size());
  for (const std::string& text : texts) {
    shares.push_back(input.share_seen(text));
  }
  return shares;
}

bool has_windows(const std::string& encoder) {
  return text_encoder_facts(find_encoder(encoder)).is_sentence_encoder;
}

Embeddings embed(const std::vector<std::string>& texts,
                 const EmbedOptions& options) {
  const fs::path folder = find_encoder(options.encoder);
  const TextEncoderFacts facts = text_encoder_facts(folder);
  EmbeddingStore store(
      options.store_folder /
          (weights_hash8(folder) + (options.windows ? "-windows" : "")),
      facts.hidden_size);
  std::vector<std::string> hashes;
  hashes.reserve(texts.size());
  for (const std::string& text : texts) hashes.push_back(sha256(text));
  const Missing missing = missing_texts(texts, hashes, store);
  if (!missing.texts.empty()) encode_missing(missing, folder, options, store);
  Embeddings rows(static_cast<int64_t>(texts.size()), facts.hidden_size);
  for (size_t i = 0; i < texts.size(); ++i) {
    const std::span<const float> row = store.lookup(hashes[i]);
    std::copy(row.begin(), row.end(), rows.row(static_cast<int64_t>(i)).data());
  }
  if (!facts.is_sentence_encoder) rows.rowwise().normalize();
  return rows;
}

}  // namespace cdx
