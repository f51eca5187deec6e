#pragma once

#include "metrics/ngrams.h"

#include <cstdint>
#include <string>
#include <string_view>
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
// number of bytes. 0 when all texts are empty.
double compression_ratio_gzip(const std::vector<std::string>& texts);

// Size in bytes of zlib's gzip file of `bytes` at level 9 (window 15, memory
// level 8), with a header of 10 bytes and a trailer of 8.
int64_t gzip_size(std::string_view bytes);

// 1 − distinct texts ÷ texts, after NFC and stripping of outer white space. 0 …
// 1 − 1/N, higher = **less** diverse.
double duplicate_rate(const std::vector<std::string>& texts);

}  // namespace cdx
