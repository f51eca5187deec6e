#pragma once

#include "tokenizer/pieces.h"
#include "tokenizer/vocabulary.h"
#include "util/json.h"

#include <array>
#include <atomic>
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
  void find_bytes();
  void find_joints(const Json& merges);
  int32_t character_id(char32_t c) const {
    return c < character_ids_.size() ? character_ids_[c] : -1;
  }
  void encode_piece(std::string_view piece,
                    Workspace& work,
                    std::vector<int32_t>& ids) const;
  void encode_word(std::string_view word,
                   Workspace& work,
                   std::vector<int32_t>& ids) const;
  void merge(std::string_view word, Workspace& work) const;
  void start(std::string_view word, Workspace& work) const;
  bool append_bytes(std::string_view character, Workspace& work) const;
  void merge_few(Workspace& work) const;
  void merge_many(Workspace& work) const;
  void propose(int32_t left, Workspace& work) const;

  Vocabulary vocabulary_;
  MergeTable merges_;
  // Id of the token that is one character, by code point; -1 for none.
  std::vector<int32_t> character_ids_;
  // Of the tokens <0x00> … <0xFF>, with byte_fallback; -1 for none.
  std::array<int32_t, 256> byte_ids_;
  std::optional<int32_t> unknown_;  // absent: unknown characters are dropped
  bool fuse_unknown_;
  bool ignore_merges_;  // a piece that is a token is not built from characters
  // The pairs of characters that a merge can bring together: between two others
  // a piece can be cut in advance. Absent where that is not certain.
  std::optional<MergeTable> joints_;
  // By id: does the token's text become the token? Found out when it is asked.
  enum Wholeness : uint8_t { kNotAsked, kWhole, kSeveral };
  mutable std::vector<std::atomic<uint8_t>> wholeness_;
};

}  // namespace cdx
