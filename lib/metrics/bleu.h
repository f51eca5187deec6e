#pragma once

#include "metrics/ngrams.h"
#include "metrics/word_tokens.h"

#include <string>
#include <vector>

// BLEU (Papineni et al. 2002) between the texts of a set: higher = more alike =
// **less** diverse. Rises with the number of texts; compare sets of equal size.
// Unless a comment says otherwise BLEU is sentence_bleu of NLTK 3.10.4: uniform
// weights on the orders 1 … `order`, smoothing method1 (an order without a
// match counts as 0.1 match; Chen & Cherry 2014), at least one n-gram an order,
// brevity against the closest reference length (the shorter of two), 0 without
// a shared word. 0 … 1; 1 for a text that is a reference only if it has at
// least `order` words. UserError when the order is below 1 or there is no text.
namespace cdx {

// BLEU of one text of words. UserError without a reference.
double sentence_bleu(const Words& hypothesis,
                     const std::vector<Words>& references,
                     int order = 4);

// BLEU of each text against all the others. NaN for one text. Exact, linear in
// tokens · order.
std::vector<double> self_bleu_scores(const TokenIds& tokens, int order = 4);

// Their mean: Self-BLEU (Zhu et al. 2018; orders 2 … 5 are in use).
double self_bleu(const TokenIds& tokens, int order = 4);

// Mean over texts of the mean BLEU against each other text alone (pairwise_bleu
// of vendi-score 0.0.3). NaN for one text. O(n² · order) and one step for each
// n-gram of two texts that is the same.
double pairwise_bleu(const TokenIds& tokens, int order = 4);

// Self-BLEU with sentence_bleu of sacreBLEU 2.6.0: 13a words, orders 1 … 4 as
// far as the text has n-grams (effective order), the k-th order without a match
// counts as 2^−k match (exp). 0 … 100. NaN for one text.
std::vector<double> self_sacrebleu_scores(
    const std::vector<std::string>& texts);
double self_sacrebleu(const std::vector<std::string>& texts);

}  // namespace cdx
