#include "tokenizer/identity.h"

#include "tokenizer/sentencepiece_model.h"
#include "tokenizer/tokenizer_config.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/hash.h"
#include "util/json.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr int64_t kIdLimit = 1 << 22;
constexpr const char* kMetaSymbol = "\u2581";

// The value of `key`, null if there is none.
const Json& member(const Json& object, const char* key) {
  static const Json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(key);
  return found == object.end() ? kNull : *found;
}

bool is_empty(const Json& value) {
  return value.is_null() || value == false || value == "";
}

// Members in the order of their names.
Json sorted(const Json& object) {
  std::vector<std::pair<std::string, Json>> members;
  for (const auto& [key, value] : object.items()) {
    members.emplace_back(key, value);
  }
  std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) {
    return a.first < b.first;
  });
  Json result = Json::object();
  for (auto& [key, value] : members) result[key] = std::move(value);
  return result;
}

// Older files leave out what newer ones write, and name the same differently.
void spell_out(Json& step) {
  const Json type = member(step, "type");
  step.erase("trim_offsets");  // no ids depend on it
  if (type == "ByteLevel" && !step.contains("use_regex")) {
    step["use_regex"] = true;
  }
  if (type != "Metaspace") return;
  const bool is_prepended = member(step, "prepend_scheme").is_null()
                                ? member(step, "add_prefix_space") != false
                                : member(step, "prepend_scheme") != "never";
  step.erase("str_rep");
  step.erase("add_prefix_space");
  // "always" and "first" differ at the start of a prompt's parts only.
  step["prepend_scheme"] = is_prepended ? "always" : "never";
  if (!step.contains("split")) step["split"] = true;
}

// A normalizer or pre-tokenizer: a sequence of one is that one, of none null.
Json canonical(const Json& step) {
  if (!step.is_object()) return nullptr;
  Json result = step;
  for (const char* key : {"normalizers", "pretokenizers"}) {
    if (member(step, "type") != "Sequence" || !step.contains(key)) continue;
    Json list = Json::array();
    for (const Json& item : step.at(key)) list.push_back(canonical(item));
    if (list.empty()) return nullptr;
    if (list.size() == 1) return list[0];
    result[key] = list;
  }
  spell_out(result);
  return sorted(result);
}

// Prepend and Replace in the normalizer do what Metaspace does before the model
// (Mistral 7B v0.3 was published in both forms).
void join_meta_space(Json& normalizer, Json& pre_tokenizer) {
  static const Json kSteps = Json::parse(
      R"([{"prepend":"▁","type":"Prepend"},)"
      R"({"content":"▁","pattern":{"String":" "},"type":"Replace"}])");
  if (!pre_tokenizer.is_null() || member(normalizer, "normalizers") != kSteps) {
    return;
  }
  normalizer = nullptr;
  pre_tokenizer = canonical({{"type", "Metaspace"},
                             {"replacement", kMetaSymbol},
                             {"prepend_scheme", "always"},
                             {"split", false}});
}

std::vector<std::string> rules_of(const Json& model, const std::string& path) {
  std::vector<std::string> rules;
  for (const Json& merge : member(model, "merges")) {
    const bool is_pair = merge.is_array() && merge.size() == 2 &&
                         merge[0].is_string() && merge[1].is_string();
    if (!is_pair && !merge.is_string()) {
      throw UserError(path + ": \"merges\" holds something that is no pair");
    }
    rules.push_back(is_pair ? merge[0].get<std::string>() + " " +
                                  merge[1].get<std::string>()
                            : merge.get<std::string>());
  }
  const Json& vocabulary = member(model, "vocab");
  if (!vocabulary.is_array()) return rules;
  for (const Json& item : vocabulary) {
    const bool is_scored =
        item.is_array() && item.size() == 2 && item[1].is_number();
    if (!is_scored) {
      throw UserError(path + ": \"vocab\" holds a token without a score");
    }
    rules.push_back(fmt::format("score {}", item[1].get<double>()));
  }
  return rules;
}

std::string kind_of(const Json& model) {
  const Json& type = member(model, "type");
  if (type.is_string()) return type.get<std::string>();
  if (model.contains("merges")) return "BPE";
  return member(model, "vocab").is_array() ? "Unigram" : "WordPiece";
}

std::string options_of(const Json& model) {
  Json options = Json::object();
  for (const auto& [key, value] : model.items()) {
    const bool is_table = key == "vocab" || key == "merges" || key == "type";
    if (!is_table && !is_empty(value)) options[key] = value;
  }
  return dump_json(sorted(options));
}

void read_tokenizer_json(TokenizerIdentity& identity) {
  const Json json = parse_json_file(identity.path);
  const Json& model = json_at(json, "model", identity.path);
  if (!model.is_object()) {
    throw UserError(identity.path + ": \"model\" is no object");
  }
  identity.kind = kind_of(model);
  identity.rules = rules_of(model, identity.path);
  identity.options = options_of(model);
  Json normalizer = canonical(member(json, "normalizer"));
  Json pre_tokenizer = canonical(member(json, "pre_tokenizer"));
  join_meta_space(normalizer, pre_tokenizer);
  identity.normalizer = dump_json(normalizer);
  identity.pre_tokenizer = dump_json(pre_tokenizer);
  for (const Json& token : member(json, "added_tokens")) {
    identity.added.insert(json_string(token, "content", identity.path));
  }
}

std::string normalizer_of(const SentencePieceModel::Normalizer& normalizer) {
  return dump_json(
      {{"charsmap", sha256(normalizer.charsmap).substr(0, 16)},
       {"add_dummy_prefix", normalizer.add_dummy_prefix},
       {"remove_extra_whitespaces", normalizer.remove_extra_whitespaces},
       {"escape_whitespaces", normalizer.escape_whitespaces}});
}

void read_sentencepiece(TokenizerIdentity& identity) {
  const SentencePieceModel model =
      parse_sentencepiece_model(read_file(identity.path), identity.path);
  identity.kind = "sentencepiece";
  for (const SentencePieceModel::Piece& piece : model.pieces) {
    const int type = static_cast<int>(piece.type);
    identity.rules.push_back(
        fmt::format("score {}, type {}", piece.score, type));
    if (piece.type == SentencePieceModel::Type::kControl ||
        piece.type == SentencePieceModel::Type::kUserDefined) {
      identity.added.insert(piece.text);
    }
  }
  identity.options = dump_json(
      {{"model_type", static_cast<int>(model.kind)},
       {"byte_fallback", model.byte_fallback},
       {"treat_whitespace_as_suffix", model.treat_whitespace_as_suffix}});
  identity.normalizer = normalizer_of(model.normalizer);
  identity.pre_tokenizer = "null";
}

}  // namespace

TokenizerIdentity identity_of(const Tokenizer& tokenizer,
                              const std::filesystem::path& folder) {
  TokenizerIdentity identity;
  const std::filesystem::path json = folder / "tokenizer.json";
  if (std::filesystem::exists(json)) {
    identity.path = json.string();
    read_tokenizer_json(identity);
  } else {
    identity.path = (folder / "tokenizer.model").string();
    read_sentencepiece(identity);
  }
  const TokenizerConfig config = read_tokenizer_config(folder);
  for (const AddedToken& token : config.added_tokens) {
    identity.added.insert(token.content);
  }
  const int64_t end = id_end(tokenizer);
  identity.pieces.reserve(static_cast<size_t>(end));
  for (int64_t id = 0; id < end; ++id) {
    identity.pieces.push_back(tokenizer.id_to_token(static_cast<int32_t>(id)));
  }
  return identity;
}

std::optional<int32_t> eos_token_id(const Tokenizer& tokenizer,
                                    const std::filesystem::path& folder) {
  const TokenizerConfig config = read_tokenizer_config(folder);
  if (!config.eos_token) return std::nullopt;
  return tokenizer.token_to_id(*config.eos_token);
}

int64_t id_end(const Tokenizer& tokenizer) {
  int64_t end = 0;
  for (int64_t found = 0; found < tokenizer.vocab_size() && end < kIdLimit;
       ++end) {
    found += tokenizer.id_to_token(static_cast<int32_t>(end)) ? 1 : 0;
  }
  return end;
}

}  // namespace cdx
