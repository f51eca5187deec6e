#pragma once

#include "metrics/ngrams.h"

#include <cstdint>
#include <span>

// Wording that texts of a set have in common: higher = more alike = **less**
// diverse. UserError when there is no text.
namespace cdx {

// Length of the longest common subsequence. Bit-parallel (Hyyrö 2004):
// O(|a| |b| / 64); memory O(|a| + |b| + the largest id of `a`). Ids are not
// negative.
int64_t longest_common_subsequence(std::span<const int32_t> a,
                                   std::span<const int32_t> b);

// F of ROUGE-L (Lin 2004), 2PR/(P + R) with P and R the longest common
// subsequence ÷ the length of either; tokens of rouge_words() give that of
// rouge-score 0.1.2. 0 … 1, symmetric; 0 when either has no token.
double rouge_l(std::span<const int32_t> a, std::span<const int32_t> b);

// Mean ROUGE-L over pairs of texts (Padmakumar & He 2024; Shaib et al. 2024).
// 0 … 1; NaN for one text. O(n² L² / 64) for n texts of L tokens.
double homogenization_rouge_l(const TokenIds& tokens);

// What homogenization_score of diversity 0.3.1 makes of it: rounded to 3
// decimals, and 1 instead of 0 when no text has a word of another.
double homogenization_rouge_l_compat(const TokenIds& tokens);

// Mean over texts of ln(1 + Σ (d − 1)), the sum over the text's distinct
// n-grams, d = number of texts that have it (self_repetition_score of diversity
// 0.3.1). ≥ 0; a text without an n-gram counts as 0. Rises with the number and
// the length of texts. Linear in tokens · n. UserError when n < 1.
double self_repetition(const TokenIds& tokens, int n = 4);

}  // namespace cdx
