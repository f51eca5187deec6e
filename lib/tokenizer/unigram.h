#pragma once

#include "tokenizer/pieces.h"
#include "tokenizer/unigram_trie.h"
#include "tokenizer/vocabulary.h"
#include "util/json.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cdx {

// The Unigram model (Kudo 2018): of all ways to cut a piece into tokens, the
// one whose tokens' log-probabilities have the largest sum. As in Hugging
// Face's tokenizers: a character without a token of its own may be cut out as
// unknown at ten below the lowest log-probability of all, and neighbouring
// unknown ones are one unknown token.
class Unigram {
 public:
  // From the "model" of a tokenizer.json. Throws UserError naming what is
  // damaged.
  Unigram(const Json& model, const std::string& where);

  // Appends the ids of each piece. O(length · longest token). Throws UserError
  // when a character is unknown and the model has no unknown token.
  void encode(const Pieces& pieces, std::vector<int32_t>& ids) const;
  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  // The best way to the place of a text where it stands.
  struct Best {
    double score = 0;
    int32_t begin = -1;  // of the last token; -1: no way found yet
    int32_t id = 0;
  };
  struct Token {
    Span span;
    int32_t id;
  };
  struct Workspace {
    std::vector<Best> best;
    std::vector<Token> tokens;
  };

  void find_bytes(const Json& model, const std::string& where);
  void search(std::string_view text, Workspace& work) const;
  void trace_back(size_t end, Workspace& work) const;
  void append_unknown(std::string_view text, std::vector<int32_t>& ids) const;

  Vocabulary vocabulary_;
  UnigramTrie trie_;
  std::vector<double> scores_;  // by id
  double unknown_score_;
  std::optional<int32_t> unknown_;
  // Of the tokens <0x00> … <0xFF> with byte_fallback; -1 for none.
  std::array<int32_t, 256> byte_ids_;
};

}  // namespace cdx
