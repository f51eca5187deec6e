#pragma once

#include "tokenizer/tokenizer.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cdx {

// What makes two tokenizers the same, in a form that can be compared: not how a
// text is wrapped (BOS, [CLS]), nor what a special token does in a prompt.
struct TokenizerIdentity {
  std::string path;  // of the file that was read
  std::string kind;  // "BPE", "Unigram", "WordPiece"; "sentencepiece"
  // Piece of each id, added tokens included; nullopt for an id without one.
  std::vector<std::optional<std::string>> pieces;
  std::set<std::string> added;     // those of them that are no model's pieces
  std::vector<std::string> rules;  // merges in order, or each piece's score
  // JSON, spellings of the same made one.
  std::string options;  // of the model: byte_fallback, unk_token …
  std::string normalizer;
  std::string pre_tokenizer;
};

// Of the tokenizer that load_tokenizer() made from this folder.
TokenizerIdentity identity_of(const Tokenizer& tokenizer,
                              const std::filesystem::path& folder);

// One more than the highest id that has a token.
int64_t id_end(const Tokenizer& tokenizer);

// Id of the eos_token that tokenizer_config.json names, if there is one.
std::optional<int32_t> eos_token_id(const Tokenizer& tokenizer,
                                    const std::filesystem::path& folder);

}  // namespace cdx
