#pragma once

#include "metrics/ngrams.h"

#include <cstdint>
#include <string>
#include <vector>

// Diversity of wording. Texts are valid UTF-8. No text at all is an error of
// the caller (UserError).
namespace cdx {

// distinct-n (Li et al. 2016) as most papers compute it: distinct n-grams over
// all texts ÷ n-grams of all texts. 0 … 1, higher = more diverse; falls with
// the total length. 0 when no text has an n-gram.
double distinct_n(const TokenIds& tokens, int n);

// Bytes of the texts joined by one space ÷ bytes of one gzip file of them
// (Shaib et al. 2024 as defined, not as their package computes it; level 9, no
// name, mtime 0). Higher = more redundant = **less** diverse; rises with the
// number of bytes. Near 0 when all texts are empty: the spaces between them ÷
// an empty file's bytes.
double compression_ratio_gzip(const std::vector<std::string>& texts);

// The same ratio as the package `diversity` 0.3.1 computes it: of a gzip file
// of a gzip file (double_gzip_size), rounded to 3 decimals.
double compression_ratio_gzip_compat(const std::vector<std::string>& texts);

// Bytes of the texts joined by one space ÷ bytes of one .xz file of them
// (preset 6, CRC64). Higher = more redundant = **less** diverse; sees
// repetitions up to 8 MiB apart, gzip up to 32 KiB. Near 0 when all texts are
// empty. compat: rounded to 3 decimals.
double compression_ratio_xz(const std::vector<std::string>& texts);
double compression_ratio_xz_compat(const std::vector<std::string>& texts);

// n-gram diversity (Shaib et al. 2024, package `diversity` 0.3.1): the sum over
// n = 1 … max_n of distinct n-grams ÷ n-grams of the texts joined by one space
// and split at every single space: n-grams cross from text to text, two spaces
// make an empty token. Above 0 … max_n, higher = more diverse; falls with the
// total length. NaN when there are fewer than max_n tokens. Linear in tokens ·
// max_n. compat: rounded to 3 decimals.
double ngram_diversity(const std::vector<std::string>& texts, int max_n = 4);
double ngram_diversity_compat(const std::vector<std::string>& texts,
                              int max_n = 4);

// Expectation-adjusted distinct (Liu et al. 2022): distinct tokens ÷ those
// expected of as many draws from a uniform vocabulary,
//   EAD = N / (V (1 − ((V − 1)/V)^C)), N distinct and C all tokens of all
//   texts.
// Above 0, can exceed 1, higher = more diverse. 0 when there is no token.
// UserError when vocab_size V < 1.
double ead(const TokenIds& tokens, int64_t vocab_size);

// Mean over n = 1 … 5 of EAD of the n-grams of all texts, with the same
// vocab_size for every n (Kirk et al. 2024: V = 50257, tokens "TEVET"). An
// order without n-grams counts as 0.
double ead_avg5(const TokenIds& tokens, int64_t vocab_size = 50257);

// 1 − distinct texts ÷ texts, after NFC and stripping of outer white space. 0 …
// 1 − 1/N, higher = **less** diverse.
double duplicate_rate(const std::vector<std::string>& texts);

// Share of all texts that, after NFC and stripping, occur under more than one
// prompt; prompts[p] are the texts of one. 0 … 1, higher = **less** diverse
// (stock answers). UserError when there is no text.
double shared_text_rate(const std::vector<std::vector<std::string>>& prompts);

}  // namespace cdx
