#pragma once

#include "tokenizer/added_tokens.h"
#include "tokenizer/sentencepiece_model.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <vector>

namespace cdx {

// What the files beside a tokenizer.model say.
struct SentencePieceOptions {
  std::vector<AddedToken> added_tokens;
  std::set<int32_t> roles;          // those that are a bos_token, pad_token …
  std::optional<int32_t> bos, eos;  // absent: not added
  // Does every stretch of text between added tokens begin with a blank of its
  // own ("legacy": true, the default), or only the text as a whole?
  bool legacy = true;
  bool add_prefix_space = true;  // to the text as a whole
};

// Reads tokenizer_config.json and, where that lists no added tokens, also
// special_tokens_map.json and added_tokens.json, as transformers does; none of
// them need be there. A token with a role but without an id gets the next free
// one. Throws UserError naming what is damaged.
SentencePieceOptions read_sentencepiece_options(
    const std::filesystem::path& folder, const SentencePieceModel& model);

}  // namespace cdx
