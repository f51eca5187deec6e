#pragma once

#include "tokenizer/pieces.h"
#include "tokenizer/vocabulary.h"
#include "util/json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// For each pair of neighbouring tokens that may merge: how early (rank) and
// into what. An open-addressing table: it is asked several times a byte.
class MergeTable {
 public:
  struct Merge {
    int32_t rank;
    int32_t id;
  };

  explicit MergeTable(size_t count);
  // The last merge of a pair counts.
  void set(int32_t left, int32_t right, Merge merge);
  // nullptr when the pair does not merge.
  const Merge* find(int32_t left, int32_t right) const;

 private:
  struct Slot {
    uint64_t key;
    Merge merge;
  };
  size_t slot_of(uint64_t key) const;
  std::vector<Slot> slots_;
};

// Byte-pair encoding (Sennrich et al. 2016): starting from characters, the pair
// of neighbours with the lowest rank is merged, leftmost first, until none is.
class Bpe {
 public:
  // From the "model" of a tokenizer.json. Throws UserError naming what is
  // damaged or not supported.
  Bpe(const Json& model, const std::string& where);

  // Appends the ids of each piece. O(n log n) in the length of a piece.
  void encode(const Pieces& pieces, std::vector<int32_t>& ids) const;
  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  struct Workspace;
  void read_merges(const Json& merges, const std::string& where);
  void find_characters();
  void start(std::string_view piece, Workspace& work) const;
  void propose(int32_t left, Workspace& work) const;
  void merge_all(Workspace& work) const;

  Vocabulary vocabulary_;
  MergeTable merges_;
  // Id of the token that is one character, by code point; -1 for none.
  std::vector<int32_t> character_ids_;
  std::optional<int32_t> unknown_;  // absent: unknown characters are dropped
  bool fuse_unknown_;
  bool ignore_merges_;  // a piece that is a token is not built from characters
};

}  // namespace cdx
