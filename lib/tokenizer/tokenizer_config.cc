#include "tokenizer/tokenizer_config.h"

#include "util/errors.h"
#include "util/json.h"

#include <charconv>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr const char* kRoles[] = {"bos_token",
                                  "eos_token",
                                  "unk_token",
                                  "sep_token",
                                  "pad_token",
                                  "cls_token",
                                  "mask_token"};
constexpr const char* kMoreTokens = "additional_special_tokens";

// A token is given as a string or as {"content": …}.
std::string content_of(const Json& token,
                       const std::string& key,
                       const std::string& where) {
  if (token.is_object()) return json_string(token, "content", where);
  if (token.is_string()) return token.get<std::string>();
  throw UserError(fmt::format("{}: \"{}\" must be a token", where, key));
}

std::vector<AddedToken> read_decoder(const Json& tokens,
                                     const std::string& where) {
  if (!tokens.is_object()) {
    throw UserError(where + ": \"added_tokens_decoder\" must be an object");
  }
  std::vector<AddedToken> added;
  for (const auto& [key, value] : tokens.items()) {
    int32_t id = -1;
    const char* end = key.data() + key.size();
    auto [stop, error] = std::from_chars(key.data(), end, id);
    if (error != std::errc() || stop != end) {
      throw UserError(fmt::format(
          "{}: \"{}\" in \"added_tokens_decoder\" is no id", where, key));
    }
    added.push_back(read_added_token(value, id, where));
  }
  return added;
}

// Two classes of transformers 4 set a BOS unless "add_bos_token" is false,
// whatever tokenizer.json says.
bool sets_bos_by_default(const Json& json, const std::string& where) {
  std::string name =
      json_optional_string(json, "tokenizer_class", where).value_or("");
  return name.starts_with("LlamaTokenizer") ||
         name.starts_with("GemmaTokenizer");
}

}  // namespace

Json role_tokens(const Json& json, const std::string& where) {
  Json tokens = Json::object();
  for (const char* key : kRoles) {
    if (!json.contains(key) || json.at(key).is_null()) continue;
    tokens[key] = content_of(json.at(key), key, where);
  }
  if (!json.contains(kMoreTokens) || !json.at(kMoreTokens).is_array()) {
    return tokens;
  }
  tokens[kMoreTokens] = Json::array();
  for (const Json& token : json.at(kMoreTokens)) {
    tokens[kMoreTokens].push_back(content_of(token, kMoreTokens, where));
  }
  return tokens;
}

TokenizerConfig read_tokenizer_config(const std::filesystem::path& folder) {
  TokenizerConfig config;
  auto path = folder / "tokenizer_config.json";
  config.path = path.string();
  if (!std::filesystem::exists(path)) return config;
  const std::string& where = config.path;
  Json json = parse_json_file(path);
  config.add_bos_token = json_optional_bool(json, "add_bos_token", where);
  config.add_eos_token = json_optional_bool(json, "add_eos_token", where);
  if (!config.add_bos_token && sets_bos_by_default(json, where)) {
    config.add_bos_token = true;
  }
  const Json roles = role_tokens(json, where);
  config.bos_token = json_optional_string(roles, "bos_token", where);
  config.eos_token = json_optional_string(roles, "eos_token", where);
  for (const char* key : kRoles) {
    const auto token = json_optional_string(roles, key, where);
    if (token && !token->empty()) config.special_tokens.push_back(*token);
  }
  for (const Json& token : roles.value(kMoreTokens, Json::array())) {
    config.special_tokens.push_back(token.get<std::string>());
  }
  if (json.contains("added_tokens_decoder")) {
    config.added_tokens = read_decoder(json.at("added_tokens_decoder"), where);
  }
  return config;
}

}  // namespace cdx
