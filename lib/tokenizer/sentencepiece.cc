#include "tokenizer/sentencepiece.h"

#include "tokenizer/added_tokens.h"
#include "tokenizer/sentencepiece_engine.h"
#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/sentencepiece_options.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/unicode.h"

#include <unordered_map>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr size_t kMaxText = 1 << 28;                 // bytes
constexpr std::string_view kSpace = "\xE2\x96\x81";  // U+2581

class SentencePieceTokenizer : public Tokenizer {
 public:
  SentencePieceTokenizer(SentencePieceModel model,
                         SentencePieceOptions options,
                         const std::string& where);

  std::vector<int32_t> encode(std::string_view text,
                              bool add_special_tokens) const override;
  std::string decode(const std::vector<int32_t>& ids,
                     bool skip_special_tokens) const override;
  int64_t vocab_size() const override { return size_; }
  std::optional<int32_t> token_to_id(std::string_view token) const override;
  std::optional<std::string> id_to_token(int32_t id) const override;

 private:
  class Decoding;

  void encode_stretches(std::string_view text, std::vector<int32_t>& ids) const;
  void encode_with_one_prefix(std::string_view text,
                              std::vector<int32_t>& ids) const;
  const std::string* piece_of(int32_t id) const {
    return id >= 0 && static_cast<size_t>(id) < model_.pieces.size()
               ? &model_.pieces[id].text
               : nullptr;
  }

  SentencePieceModel model_;
  SentencePieceOptions options_;
  AddedTokens added_;
  // Does each stretch of text get a blank at its front, or the whole text one?
  bool prefix_each_, prefix_once_;
  SentencePieceEngine engine_;
  std::unordered_map<int32_t, const AddedToken*> added_by_id_;
  std::unordered_map<std::string_view, int32_t> ids_;
  int64_t size_;
};

SentencePieceModel without_dummy_prefix(SentencePieceModel model) {
  model.normalizer.add_dummy_prefix = false;
  return model;
}

SentencePieceTokenizer::SentencePieceTokenizer(SentencePieceModel model,
                                               SentencePieceOptions options,
                                               const std::string& where)
    : model_(std::move(model)),
      options_(std::move(options)),
      added_(options_.added_tokens, Normalizer(), where),
      prefix_each_(model_.normalizer.add_dummy_prefix && options_.legacy),
      prefix_once_(model_.normalizer.add_dummy_prefix && !options_.legacy),
      engine_(prefix_once_ ? without_dummy_prefix(model_) : model_, where),
      size_(static_cast<int64_t>(model_.pieces.size())) {
  for (size_t id = 0; id < model_.pieces.size(); ++id) {
    ids_[model_.pieces[id].text] = static_cast<int32_t>(id);
  }
  for (const AddedToken& token : added_.tokens()) {
    if (piece_of(token.id) == nullptr) ++size_;
    added_by_id_[token.id] = &token;
    ids_[token.content] = token.id;
  }
}

std::vector<int32_t> SentencePieceTokenizer::encode(
    std::string_view text, bool add_special_tokens) const {
  if (text.size() > kMaxText) {
    throw UserError(fmt::format(
        "a text of {} bytes is too long to be tokenized", text.size()));
  }
  if (!is_utf8(text)) {
    throw UserError("a text that is to be tokenized is not valid UTF-8");
  }
  std::vector<int32_t> ids;
  if (add_special_tokens && options_.bos) ids.push_back(*options_.bos);
  if (prefix_once_) {
    encode_with_one_prefix(text, ids);
  } else {
    encode_stretches(text, ids);
  }
  if (add_special_tokens && options_.eos) ids.push_back(*options_.eos);
  return ids;
}

void SentencePieceTokenizer::encode_stretches(std::string_view text,
                                              std::vector<int32_t>& ids) const {
  for (const TextSegment& segment : added_.split_raw(text)) {
    if (segment.id) {
      ids.push_back(*segment.id);
    } else {
      engine_.encode(segment.text, ids);
    }
  }
}

// The blank at the front is not set before a token that has a role.
void SentencePieceTokenizer::encode_with_one_prefix(
    std::string_view text, std::vector<int32_t>& ids) const {
  if (text.empty()) return;
  std::string prefixed(options_.add_prefix_space ? kSpace : "");
  prefixed += text;
  auto segments = added_.split_raw(prefixed);
  bool drop = segments.size() > 1 && segments[0].text == kSpace &&
              segments[1].id && options_.roles.contains(*segments[1].id);
  encode_stretches(std::string_view(prefixed).substr(drop ? kSpace.size() : 0),
                   ids);
}

// Text of ids, stretch by stretch.
class SentencePieceTokenizer::Decoding {
 public:
  explicit Decoding(const SentencePieceTokenizer& tokenizer)
      : tokenizer_(tokenizer) {}

  void add_piece(int32_t id) { stretch_.push_back(id); }

  void add_token(const AddedToken& token) {
    flush();
    text_ += token.content;
    at_front_ = false;
  }

  std::string take() {
    flush();
    return to_valid_utf8(text_);
  }

 private:
  // Of the blanks that were set in encoding only the text's first is taken
  // away. The library takes one away from each stretch where it set it itself.
  void flush() {
    if (stretch_.empty()) return;
    std::string text = tokenizer_.engine_.decode(stretch_);
    bool blank = tokenizer_.piece_of(stretch_.front())->starts_with(kSpace);
    if (tokenizer_.prefix_each_ && blank && !at_front_) text.insert(0, 1, ' ');
    if (tokenizer_.prefix_once_ && blank && at_front_) text.erase(0, 1);
    text_ += text;
    stretch_.clear();
    at_front_ = false;
  }

  const SentencePieceTokenizer& tokenizer_;
  std::string text_;
  std::vector<int> stretch_;  // ids that the library is to decode
  bool at_front_ = true;
};

std::string SentencePieceTokenizer::decode(const std::vector<int32_t>& ids,
                                           bool skip_special_tokens) const {
  Decoding decoding(*this);
  for (int32_t id : ids) {
    auto added = added_by_id_.find(id);
    if (added == added_by_id_.end()) {
      if (piece_of(id) != nullptr) decoding.add_piece(id);
    } else if (!added->second->special || !skip_special_tokens) {
      decoding.add_token(*added->second);
    }
  }
  return decoding.take();
}

std::optional<int32_t> SentencePieceTokenizer::token_to_id(
    std::string_view token) const {
  auto id = ids_.find(token);
  if (id == ids_.end()) return std::nullopt;
  return id->second;
}

std::optional<std::string> SentencePieceTokenizer::id_to_token(
    int32_t id) const {
  auto added = added_by_id_.find(id);
  if (added != added_by_id_.end()) return added->second->content;
  const std::string* piece = piece_of(id);
  if (piece == nullptr) return std::nullopt;
  return *piece;
}

}  // namespace

std::unique_ptr<Tokenizer> load_sentencepiece(
    const std::filesystem::path& folder) {
  auto path = folder / "tokenizer.model";
  SentencePieceModel model =
      parse_sentencepiece_model(read_file(path), path.string());
  SentencePieceOptions options = read_sentencepiece_options(folder, model);
  return std::make_unique<SentencePieceTokenizer>(
      std::move(model), std::move(options), path.string());
}

}  // namespace cdx
