#include "tokenizer/sentencepiece_options.h"

#include "tokenizer/tokenizer_config.h"
#include "util/errors.h"
#include "util/json.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kIdLimit = 1 << 22;

// Collects added tokens, each once, and finds their ids.
class Collector {
 public:
  Collector(const SentencePieceModel& model, std::string where)
      : where_(std::move(where)) {
    for (const auto& piece : model.pieces) {
      ids_.emplace(piece.text, static_cast<int32_t>(ids_.size()));
    }
    next_ = static_cast<int32_t>(ids_.size());
  }

  void add(const AddedToken& token) {
    if (token.id < 0 || token.id >= kIdLimit) {
      throw UserError(fmt::format("{}: the added token \"{}\" has the id {}",
                                  where_,
                                  token.content,
                                  token.id));
    }
    for (const AddedToken& other : tokens_) {
      if (other.id != token.id && other.content != token.content) continue;
      throw UserError(
          fmt::format("{}: the added tokens \"{}\" with id {} and \"{}\" with "
                      "id {} contradict one another",
                      where_,
                      other.content,
                      other.id,
                      token.content,
                      token.id));
    }
    tokens_.push_back(token);
    tokens_.back().normalized = false;  // there is no normalizer to wait for
    ids_[token.content] = token.id;
    next_ = std::max(next_, token.id + 1);
  }

  // The id of a token with a role, which is added if it is not yet.
  int32_t role(AddedToken token) {
    auto known =
        std::ranges::find(tokens_, token.content, &AddedToken::content);
    if (known == tokens_.end()) {
      auto id = ids_.find(token.content);
      token.id = id == ids_.end() ? next_ : id->second;
      add(token);
      known = tokens_.end() - 1;
    }
    known->special = true;
    return known->id;
  }

  bool has_piece(const std::string& text) const { return ids_.contains(text); }
  std::vector<AddedToken> take() { return std::move(tokens_); }

 private:
  std::string where_;
  std::unordered_map<std::string, int32_t> ids_;
  std::vector<AddedToken> tokens_;
  int32_t next_;
};

AddedToken special_token(const std::string& content) {
  return {.content = content, .special = true};
}

// {"<pad>": 32000, …}
void read_added_tokens(const fs::path& path, Collector& collector) {
  if (!fs::exists(path)) return;
  Json json = parse_json_file(path);
  if (!json.is_object()) throw UserError(path.string() + ": no JSON object");
  for (const auto& [content, id] : json.items()) {
    int64_t number = json_int(json, content, path.string());
    if (number < 0 || number >= kIdLimit) {
      throw UserError(fmt::format(
          "{}: \"{}\" has the id {}", path.string(), content, number));
    }
    collector.add({.id = static_cast<int32_t>(number), .content = content});
  }
}

// A token is given as a string or as {"content": …, flags}.
AddedToken read_role(const Json& json, const std::string& where) {
  if (json.is_object()) return read_added_token(json, 0, where);
  if (json.is_string()) return special_token(json.get<std::string>());
  throw UserError(where + ": a token must be a string or have a \"content\"");
}

using Roles = std::map<std::string, int32_t>;

// {"bos_token": TOKEN, …, "additional_special_tokens": [TOKEN, …]}
Roles read_roles(const fs::path& path, Collector& collector) {
  Roles roles;
  if (!fs::exists(path)) return roles;
  Json json = parse_json_file(path);
  if (!json.is_object()) throw UserError(path.string() + ": no JSON object");
  auto add = [&](const std::string& name, const Json& token) {
    roles[name] = collector.role(read_role(token, path.string()));
  };
  for (const auto& [name, value] : json.items()) {
    if (!value.is_array()) add(name, value);
    for (size_t i = 0; value.is_array() && i < value.size(); ++i) {
      add(fmt::format("{} {}", name, i), value[i]);
    }
  }
  return roles;
}

// The members of tokenizer_config.json, none where there is no such file.
Json read_config(const std::string& path) {
  return fs::exists(path) ? parse_json_file(path) : Json::object();
}

}  // namespace

SentencePieceOptions read_sentencepiece_options(
    const fs::path& folder, const SentencePieceModel& model) {
  TokenizerConfig config = read_tokenizer_config(folder);
  Json json = read_config(config.path);
  SentencePieceOptions options;
  auto flag = [&](const char* key, bool otherwise) {
    return json_optional_bool(json, key, config.path).value_or(otherwise);
  };
  options.legacy = flag("legacy", true);
  options.add_prefix_space = flag("add_prefix_space", true);

  Collector collector(model, folder.string());
  Roles roles;
  for (const AddedToken& token : config.added_tokens) collector.add(token);
  if (config.added_tokens.empty()) {
    read_added_tokens(folder / "added_tokens.json", collector);
    roles = read_roles(folder / "special_tokens_map.json", collector);
  }
  for (const std::string& content : config.special_tokens) {
    roles[content] = collector.role(special_token(content));
  }
  // What no file names is what the model calls so.
  auto find = [&](const char* name, const std::string& piece) {
    std::string given = json.contains(name) ? "" : piece;
    if (given.empty() || roles.contains(name) || !collector.has_piece(given)) {
      return;
    }
    roles[name] = collector.role(special_token(given));
  };
  find("unk_token", model.unk_piece);
  find("bos_token", model.bos_piece);
  find("eos_token", model.eos_piece);
  if (config.bos_token) roles["bos_token"] = roles.at(*config.bos_token);
  if (config.eos_token) roles["eos_token"] = roles.at(*config.eos_token);
  auto added = [&](const char* name, bool wanted) -> std::optional<int32_t> {
    if (!wanted || !roles.contains(name)) return std::nullopt;
    return roles.at(name);
  };
  options.bos = added("bos_token", config.add_bos_token.value_or(true));
  options.eos = added("eos_token", config.add_eos_token.value_or(false));
  for (const auto& [name, id] : roles) options.roles.insert(id);
  options.added_tokens = collector.take();
  return options;
}

}  // namespace cdx
