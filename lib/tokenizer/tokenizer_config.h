#pragma once

#include "tokenizer/added_tokens.h"
#include "util/json.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cdx {

// What tokenizer_config.json of a Hugging Face folder says beside
// tokenizer.json.
struct TokenizerConfig {
  std::string path;
  std::optional<std::string> bos_token, eos_token;
  // Tokens that have a role ("pad_token", …), among them those above.
  std::vector<std::string> special_tokens;
  std::optional<bool> add_bos_token, add_eos_token;
  std::vector<AddedToken> added_tokens;
};

// An absent file gives an empty config. Throws UserError on a damaged one.
TokenizerConfig read_tokenizer_config(const std::filesystem::path& folder);

// The tokens that have a role ("bos_token" …, a list of
// "additional_special_tokens") in a tokenizer_config.json or
// special_tokens_map.json, as strings by role.
Json role_tokens(const Json& json, const std::string& where);

}  // namespace cdx
