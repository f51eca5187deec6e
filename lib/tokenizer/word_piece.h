#pragma once

#include "tokenizer/pieces.h"
#include "tokenizer/vocabulary.h"
#include "util/json.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

// WordPiece as in BERT (Devlin et al. 2019): each word is cut greedily into the
// longest tokens from left to right; a word that cannot be cut so, or that is
// too long, is one unknown token.
class WordPiece {
 public:
  // From the "model" of a tokenizer.json. Throws UserError naming what is
  // damaged.
  WordPiece(const Json& model, const std::string& where);

  // Appends the ids of each piece.
  void encode(const Pieces& pieces, std::vector<int32_t>& ids) const;
  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  bool cut(std::string_view word, std::vector<int32_t>& ids) const;

  Vocabulary vocabulary_;
  std::string prefix_;  // of a token that continues a word
  size_t max_characters_;
  size_t longest_ = 0;  // token, in bytes
  int32_t unknown_;
};

}  // namespace cdx
