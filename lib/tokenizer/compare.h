#pragma once

#include "tokenizer/identity.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cdx {

// Pieces of the base and what the instruct model calls the same slot.
using RenamedPieces = std::vector<std::pair<std::string, std::string>>;

struct PairComparison {
  struct Renamed {
    int32_t id = 0;
    std::string base, instruct;
  };
  // The first thing that differs; empty when the two may be mixed.
  std::string difference;
  std::vector<Renamed> renamed;  // allowed differences
  // Ids below it mean the same in both; the longer one's others are padding.
  int64_t shared_ids = 0;
};

// Whether next-token distributions of models with these tokenizers can be added
// up: equal pieces for every id that both have, but for slots of added tokens
// that are known (OLMo 3's functions) or declared to be renamed; equal merges
// or scores, normalizer and pre-tokenizer.
PairComparison compare_tokenizers(const TokenizerIdentity& base,
                                  const TokenizerIdentity& instruct,
                                  const RenamedPieces& declared);

}  // namespace cdx
