#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cdx {

// Texts as sequences of integers: equal tokens (or n-grams) have equal ids,
// ids are 0 … n_types − 1 in the order of first appearance.
struct TokenIds {
  std::vector<std::vector<int32_t>> texts;
  int32_t n_types = 0;
};

// Tokens between runs of Unicode white space (variant name "ws"), as they
// stand: no lower-casing, no normalisation.
TokenIds white_space_tokens(const std::vector<std::string>& texts);

// The n-grams of each text, n ≥ 1: L − n + 1 of a text of L ≥ n tokens, else
// none; they never cross from one text to the next. Linear in tokens · n; needs
// about 30 bytes a token on the way.
TokenIds ngrams(const TokenIds& tokens, int n);

// The same for every order 1 … max_n ≥ 1; entry n − 1 holds the n-grams.
std::vector<TokenIds> ngrams_up_to(const TokenIds& tokens, int max_n);

// How many n-grams there are, and how many different ones: what ngrams() gives,
// without their ids.
struct NgramCount {
  int64_t types = 0, all = 0;
};
NgramCount count_ngrams(const TokenIds& tokens, int n);
// Of every order 1 … max_n ≥ 1.
std::vector<NgramCount> count_ngrams_up_to(const TokenIds& tokens, int max_n);
// Of each text by itself.
std::vector<NgramCount> count_ngrams_of_each(const TokenIds& tokens, int n);

// One sequence of any ids as TokenIds with that text alone.
TokenIds number_tokens(std::span<const int32_t> tokens);

int64_t count_tokens(const TokenIds& tokens);

}  // namespace cdx
