#include "tokenizer/added_tokens.h"
#include "tokenizer/bpe.h"
#include "tokenizer/decoders.h"
#include "tokenizer/normalizers.h"
#include "tokenizer/post_processor.h"
#include "tokenizer/pre_tokenizers.h"
#include "tokenizer/sentencepiece.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_config.h"
#include "tokenizer/unigram.h"
#include "tokenizer/word_piece.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/unicode.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <variant>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr size_t kMaxText = 1 << 28;  // bytes
constexpr int64_t kIdLimit = 1 << 22;

using Model = std::variant<Bpe, Unigram, WordPiece>;

Model read_model(const Json& json, const std::string& where) {
  std::string type = json_string(json, "type", where);
  if (type == "BPE") return Bpe(json, where);
  if (type == "Unigram") return Unigram(json, where);
  if (type == "WordPiece") return WordPiece(json, where);
  throw UserError(
      fmt::format("{}: the model \"{}\" is not supported yet", where, type));
}

const Vocabulary& vocabulary_of(const Model& model) {
  return std::visit(
      [](const auto& m) -> const Vocabulary& { return m.vocabulary(); }, model);
}

// The id of an added token must be the model's, if the model has the token, and
// nobody else's.
void check_ids(const std::vector<AddedToken>& tokens,
               const Vocabulary& vocabulary,
               const std::string& where) {
  std::unordered_set<std::string_view> contents;
  std::unordered_set<int32_t> ids;
  for (const AddedToken& token : tokens) {
    const std::string* in_model = vocabulary.token(token.id);
    if (vocabulary.find(token.content).value_or(token.id) != token.id ||
        (in_model != nullptr && *in_model != token.content) ||
        !contents.insert(token.content).second ||
        !ids.insert(token.id).second) {
      throw UserError(
          fmt::format("{}: the added token \"{}\" with id {} "
                      "contradicts another token",
                      where,
                      token.content,
                      token.id));
    }
  }
}

// Those of tokenizer.json; flags in tokenizer_config.json win, its further
// tokens are added, and a token with a role is special (as transformers 4
// does).
std::vector<AddedToken> collect_added_tokens(const Json& json,
                                             const TokenizerConfig& config,
                                             const Vocabulary& vocabulary,
                                             const std::string& where) {
  std::vector<AddedToken> tokens;
  for (const Json& item : json_list(json, "added_tokens", where)) {
    int64_t id = json_int(item, "id", where);
    if (id < 0 || id >= kIdLimit) {
      throw UserError(
          fmt::format("{}: an added token has the id {}", where, id));
    }
    tokens.push_back(read_added_token(item, static_cast<int32_t>(id), where));
  }
  check_ids(tokens, vocabulary, where);
  auto find = [&](const std::string& content) {
    return std::ranges::find(tokens, content, &AddedToken::content);
  };
  for (const AddedToken& token : config.added_tokens) {
    auto known = find(token.content);
    bool new_flags = known != tokens.end() && known->id == token.id;
    if (new_flags) *known = token;
    if (!new_flags) tokens.push_back(token);
  }
  for (const std::string& content : config.special_tokens) {
    auto known = find(content);
    if (known != tokens.end()) {
      known->special = true;
    } else if (auto id = vocabulary.find(content)) {
      tokens.push_back({.id = *id, .content = content, .special = true});
    }
  }
  check_ids(tokens, vocabulary, config.path);
  return tokens;
}

// Sets or removes the id of `token` at the border of a text if `wanted` says.
void adjust(std::vector<int32_t>& ids,
            bool at_front,
            std::optional<bool> wanted,
            std::optional<int32_t> id) {
  if (!wanted || !id) return;
  auto border = at_front || ids.empty() ? ids.begin() : ids.end() - 1;
  bool present = !ids.empty() && *border == *id;
  if (present && !*wanted) ids.erase(border);
  if (!present && *wanted) ids.insert(at_front ? ids.begin() : ids.end(), *id);
}

// The steps of a tokenizer.json, in the order in which a text takes them.
class Pipeline : public Tokenizer {
 public:
  Pipeline(const Json& json,
           const TokenizerConfig& config,
           const std::string& where);

  std::vector<int32_t> encode(std::string_view text,
                              bool add_special_tokens) const override;
  std::string decode(const std::vector<int32_t>& ids,
                     bool skip_special_tokens) const override;
  int64_t vocab_size() const override { return size_; }
  std::optional<int32_t> token_to_id(std::string_view token) const override;
  std::optional<std::string> id_to_token(int32_t id) const override;

 private:
  void encode_segment(std::string_view text,
                      bool at_start,
                      std::vector<int32_t>& ids) const;
  std::optional<std::string_view> token_of(int32_t id) const;

  Model model_;
  Normalizer normalizer_;
  AddedTokens added_;
  PreTokenizer pre_tokenizer_;
  PostProcessor post_processor_;
  Decoder decoder_;
  std::unordered_map<int32_t, const AddedToken*> added_by_id_;
  std::unordered_map<std::string_view, const AddedToken*> added_by_content_;
  int64_t size_;
};

Pipeline::Pipeline(const Json& json,
                   const TokenizerConfig& config,
                   const std::string& where)
    : model_(read_model(json_at(json, "model", where), where)),
      normalizer_(read_normalizer(json_at(json, "normalizer", where), where)),
      added_(collect_added_tokens(json, config, vocabulary_of(model_), where),
             normalizer_,
             where),
      pre_tokenizer_(
          read_pre_tokenizer(json_at(json, "pre_tokenizer", where), where)),
      post_processor_(
          read_post_processor(json_at(json, "post_processor", where), where)),
      decoder_(read_decoder(json_at(json, "decoder", where), where)),
      size_(static_cast<int64_t>(vocabulary_of(model_).size())) {
  for (const AddedToken& token : added_.tokens()) {
    if (vocabulary_of(model_).token(token.id) == nullptr) ++size_;
    added_by_id_[token.id] = &token;
    added_by_content_[token.content] = &token;
  }
  auto id_of = [&](const std::optional<std::string>& token) {
    return token ? token_to_id(*token) : std::nullopt;
  };
  auto& [before, after] = post_processor_;
  adjust(before, true, config.add_bos_token, id_of(config.bos_token));
  adjust(after, false, config.add_eos_token, id_of(config.eos_token));
  for (const auto& ids : {before, after}) {
    for (int32_t id : ids) {
      if (!token_of(id)) {
        throw UserError(fmt::format(
            "{}: the post_processor adds the id {}, which has no token",
            where,
            id));
      }
    }
  }
}

std::vector<int32_t> Pipeline::encode(std::string_view text,
                                      bool add_special_tokens) const {
  if (text.size() > kMaxText) {
    throw UserError(fmt::format(
        "a text of {} bytes is too long to be tokenized", text.size()));
  }
  if (!is_utf8(text)) {
    throw UserError("a text that is to be tokenized is not valid UTF-8");
  }
  std::vector<int32_t> ids;
  if (add_special_tokens) ids = post_processor_.before;
  for (const TextSegment& raw : added_.split_raw(text)) {
    if (raw.id) {
      ids.push_back(*raw.id);
      continue;
    }
    bool at_start = raw.text.data() == text.data();
    if (normalizer_) {
      encode_segment(normalizer_(raw.text), at_start, ids);
    } else {
      encode_segment(raw.text, at_start, ids);
    }
  }
  if (add_special_tokens) {
    ids.insert(
        ids.end(), post_processor_.after.begin(), post_processor_.after.end());
  }
  return ids;
}

// Of normalised text without the added tokens that were to be found before.
void Pipeline::encode_segment(std::string_view text,
                              bool at_start,
                              std::vector<int32_t>& ids) const {
  for (const TextSegment& segment : added_.split_normalized(text)) {
    if (segment.id) {
      ids.push_back(*segment.id);
      continue;
    }
    Pieces pieces{.text = std::string(segment.text),
                  .spans = {{0, segment.text.size()}},
                  .at_start = at_start && segment.text.data() == text.data()};
    if (pre_tokenizer_) pre_tokenizer_(pieces);
    std::visit([&](const auto& model) { model.encode(pieces, ids); }, model_);
  }
}

std::string Pipeline::decode(const std::vector<int32_t>& ids,
                             bool skip_special_tokens) const {
  std::vector<std::string_view> tokens;
  for (int32_t id : ids) {
    auto added = added_by_id_.find(id);
    bool special = added != added_by_id_.end() && added->second->special;
    if (special && skip_special_tokens) continue;
    if (auto token = token_of(id)) tokens.push_back(*token);
  }
  return to_valid_utf8(decoder_(tokens));
}

std::optional<std::string_view> Pipeline::token_of(int32_t id) const {
  auto added = added_by_id_.find(id);
  if (added != added_by_id_.end()) return added->second->content;
  const std::string* token = vocabulary_of(model_).token(id);
  if (token == nullptr) return std::nullopt;
  return *token;
}

std::optional<int32_t> Pipeline::token_to_id(std::string_view token) const {
  auto added = added_by_content_.find(token);
  if (added != added_by_content_.end()) return added->second->id;
  return vocabulary_of(model_).find(token);
}

std::optional<std::string> Pipeline::id_to_token(int32_t id) const {
  auto token = token_of(id);
  if (!token) return std::nullopt;
  return std::string(*token);
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder) {
  auto path = folder / "tokenizer.json";
  if (!std::filesystem::exists(path)) {
    if (std::filesystem::exists(folder / "tokenizer.model")) {
      return load_sentencepiece(folder);
    }
    throw UserError("no tokenizer.json and no tokenizer.model in " +
                    folder.string());
  }
  return std::make_unique<Pipeline>(
      parse_json_file(path), read_tokenizer_config(folder), path.string());
}

}  // namespace cdx
