#pragma once

#include "metrics/ngrams.h"

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

// Repetition inside one text, from its tokens as ids, equal ones for equal
// tokens. Higher = more degenerate.
namespace cdx {

// seq-rep-n (Welleck et al. 2020) of each text: 1 − distinct n-grams ÷ n-grams.
// 0 … below 1; rises with length by nature, least for large n. NaN for a text
// without an n-gram. Linear in tokens · n. UserError when n < 1.
std::vector<double> seq_rep_n(const TokenIds& tokens, int n);

// A text ends in a loop of period p ≤ max_period when the longest suffix of
// which each token equals the one p places before has r ≥ 2p tokens, and r + p
// ≥ min_tokens.
struct LoopRule {
  int max_period = 64;
  int64_t min_tokens = 16;
};

struct Loop {
  int period = 0;  // the smallest such p; 0 = the text ends in no loop
  // (r + p) ÷ tokens of the text, above 0 … 1; NaN without a loop.
  double share = std::numeric_limits<double>::quiet_NaN();
};

// O(max_period · tokens). UserError when a bound of the rule is below 1.
Loop find_loop(std::span<const int32_t> tokens, const LoopRule& rule = {});

struct LoopRate {
  double rate = 0;  // share of the texts that end in a loop, 0 … 1
  // Mean of their loops' shares; NaN when no text ends in a loop.
  double mean_share = std::numeric_limits<double>::quiet_NaN();
};

// By definition of this program. UserError when there are no texts.
LoopRate loop_rate(const std::vector<std::vector<int32_t>>& texts,
                   const LoopRule& rule = {});

}  // namespace cdx
