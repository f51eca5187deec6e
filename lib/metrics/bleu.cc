#include "metrics/bleu.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cdx {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// What the BLEU of one text is computed from; an entry an order.
struct Matches {
  std::vector<int64_t> matched;  // n-grams of the text that references have
  std::vector<int64_t> total;    // n-grams of the text
  int64_t length = 0;
  int64_t reference_length = 0;
};

// A text's n-grams of one order with their counts, by id.
struct GramCount {
  int32_t gram = 0;
  int32_t count = 0;
};
using GramCounts = std::vector<GramCount>;

void check(const TokenIds& tokens, int order, const char* metric) {
  if (tokens.texts.empty()) {
    throw UserError(std::string(metric) + ": there are no texts");
  }
  if (order < 1) {
    throw UserError(std::string(metric) + ": the order is " +
                    std::to_string(order) + ", not at least 1");
  }
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) /
         static_cast<double>(values.size());
}

GramCounts count_grams(std::vector<int32_t> grams) {
  std::sort(grams.begin(), grams.end());
  GramCounts counts;
  for (int32_t gram : grams) {
    if (counts.empty() || counts.back().gram != gram) {
      counts.push_back({gram, 0});
    }
    ++counts.back().count;
  }
  return counts;
}

// Counted n-grams of one order of each text.
struct CountedGrams {
  std::vector<GramCounts> texts;
  int32_t n_types = 0;
};

CountedGrams count_grams(const TokenIds& grams) {
  CountedGrams counted{{}, grams.n_types};
  counted.texts.reserve(grams.texts.size());
  for (const std::vector<int32_t>& text : grams.texts) {
    counted.texts.push_back(count_grams(text));
  }
  return counted;
}

// The most and the second most often that an n-gram is in one text.
struct Highest {
  int32_t text = -1;
  int32_t count = 0;
  int32_t count_elsewhere = 0;  // the most in any other text
};

std::vector<Highest> highest_counts(const CountedGrams& grams) {
  std::vector<Highest> highest(static_cast<size_t>(grams.n_types));
  for (size_t t = 0; t < grams.texts.size(); ++t) {
    for (const GramCount& entry : grams.texts[t]) {
      Highest& top = highest[static_cast<size_t>(entry.gram)];
      if (entry.count > top.count) {
        top = {static_cast<int32_t>(t), entry.count, top.count};
      } else {
        top.count_elsewhere = std::max(top.count_elsewhere, entry.count);
      }
    }
  }
  return highest;
}

// N-grams of each text that another text has as often.
std::vector<int64_t> matches_elsewhere(const CountedGrams& grams) {
  const std::vector<Highest> highest = highest_counts(grams);
  std::vector<int64_t> matched(grams.texts.size(), 0);
  for (size_t t = 0; t < grams.texts.size(); ++t) {
    for (const GramCount& entry : grams.texts[t]) {
      const Highest& top = highest[static_cast<size_t>(entry.gram)];
      const bool own = top.text == static_cast<int32_t>(t);
      matched[t] +=
          std::min(entry.count, own ? top.count_elsewhere : top.count);
    }
  }
  return matched;
}

std::vector<int64_t> lengths_of(const TokenIds& tokens) {
  std::vector<int64_t> lengths;
  for (const std::vector<int32_t>& text : tokens.texts) {
    lengths.push_back(static_cast<int64_t>(text.size()));
  }
  return lengths;
}

int64_t n_grams(int64_t length, size_t order) {
  return std::max<int64_t>(length - static_cast<int64_t>(order) + 1, 0);
}

// `sorted` holds the text's own length too, and at least one other.
int64_t closest_other(const std::vector<int64_t>& sorted, int64_t length) {
  const auto own = std::lower_bound(sorted.begin(), sorted.end(), length);
  const auto above = own + 1;
  if (above == sorted.end()) return *(own - 1);
  if (own == sorted.begin()) return *above;
  const int64_t below = *(own - 1);
  return length - below <= *above - length ? below : *above;
}

std::vector<Matches> match_others(const TokenIds& tokens, int order) {
  const std::vector<int64_t> lengths = lengths_of(tokens);
  std::vector<int64_t> sorted = lengths;
  std::sort(sorted.begin(), sorted.end());
  std::vector<Matches> all(lengths.size());
  for (size_t t = 0; t < all.size(); ++t) {
    all[t].length = lengths[t];
    all[t].reference_length = closest_other(sorted, lengths[t]);
  }
  size_t n = 0;
  for (const TokenIds& grams : ngrams_up_to(tokens, order)) {
    ++n;
    const std::vector<int64_t> matched = matches_elsewhere(count_grams(grams));
    for (size_t t = 0; t < all.size(); ++t) {
      all[t].matched.push_back(matched[t]);
      all[t].total.push_back(n_grams(lengths[t], n));
    }
  }
  return all;
}

double brevity(const Matches& text) {
  if (text.length >= text.reference_length) return 1;
  return std::exp(1 - static_cast<double>(text.reference_length) /
                          static_cast<double>(text.length));
}

double nltk_bleu(const Matches& text) {
  constexpr double kSmoothing = 0.1;
  if (text.matched[0] == 0) return 0;
  const double weight = 1.0 / static_cast<double>(text.matched.size());
  double log_score = 0;
  for (size_t n = 0; n < text.matched.size(); ++n) {
    const auto matched = static_cast<double>(text.matched[n]);
    const auto total = static_cast<double>(std::max<int64_t>(text.total[n], 1));
    log_score +=
        weight * std::log((matched > 0 ? matched : kSmoothing) / total);
  }
  return brevity(text) * std::exp(log_score);
}

double sacrebleu(const Matches& text) {
  if (text.matched[0] == 0) return 0;
  double log_score = 0, smoothing = 1;
  size_t n_orders = 0;
  while (n_orders < text.total.size() && text.total[n_orders] > 0) {
    const auto matched = static_cast<double>(text.matched[n_orders]);
    if (matched == 0) smoothing /= 2;
    log_score += std::log(100 * (matched > 0 ? matched : smoothing) /
                          static_cast<double>(text.total[n_orders]));
    ++n_orders;
  }
  return brevity(text) * std::exp(log_score / static_cast<double>(n_orders));
}

// sacreBLEU strips the end of a text before it splits it.
Words sacrebleu_words(std::string_view text) {
  const std::string_view stripped = strip_whitespace(text);
  if (stripped.empty()) return {};
  const auto end = stripped.data() + stripped.size() - text.data();
  return mteval13a_words(text.substr(0, static_cast<size_t>(end)));
}

template <typename Bleu>
std::vector<double> scores_against_others(const TokenIds& tokens,
                                          int order,
                                          Bleu bleu) {
  if (tokens.texts.size() == 1) return {kNaN};
  std::vector<double> scores;
  for (const Matches& text : match_others(tokens, order)) {
    scores.push_back(bleu(text));
  }
  return scores;
}

// Where each n-gram is: entries first[gram] … first[gram + 1] − 1, by text.
struct Occurrences {
  std::vector<size_t> first;
  std::vector<GramCount> entries;  // `gram` is the text
};

Occurrences find_occurrences(const CountedGrams& grams) {
  Occurrences found;
  found.first.assign(static_cast<size_t>(grams.n_types) + 1, 0);
  for (const GramCounts& text : grams.texts) {
    for (const GramCount& entry : text) {
      ++found.first[static_cast<size_t>(entry.gram) + 1];
    }
  }
  std::partial_sum(found.first.begin(), found.first.end(), found.first.begin());
  found.entries.resize(found.first.back());
  std::vector<size_t> next(found.first.begin(), found.first.end() - 1);
  for (size_t t = 0; t < grams.texts.size(); ++t) {
    for (const GramCount& entry : grams.texts[t]) {
      found.entries[next[static_cast<size_t>(entry.gram)]++] = {
          static_cast<int32_t>(t), entry.count};
    }
  }
  return found;
}

// One order for pairwise_bleu: `next[gram]` is the first entry of a text that
// is still to come.
struct PairedOrder {
  CountedGrams grams;
  Occurrences occurrences;
  std::vector<size_t> next;
  std::vector<int64_t> matched;  // of the current text, by later text
};

std::vector<PairedOrder> pair_orders(const TokenIds& tokens, int order) {
  std::vector<PairedOrder> orders;
  for (const TokenIds& grams : ngrams_up_to(tokens, order)) {
    PairedOrder& paired = orders.emplace_back();
    paired.grams = count_grams(grams);
    paired.occurrences = find_occurrences(paired.grams);
    paired.next = paired.occurrences.first;
    paired.matched.resize(tokens.texts.size());
  }
  return orders;
}

// Matches of `text` with each later text; texts come in order.
void match_later(PairedOrder& order, size_t text) {
  std::fill(order.matched.begin(), order.matched.end(), 0);
  for (const GramCount& entry : order.grams.texts[text]) {
    const auto gram = static_cast<size_t>(entry.gram);
    const size_t end = order.occurrences.first[gram + 1];
    for (size_t i = ++order.next[gram]; i < end; ++i) {
      const GramCount& other = order.occurrences.entries[i];
      order.matched[static_cast<size_t>(other.gram)] +=
          std::min(entry.count, other.count);
    }
  }
}

double bleu_of_pair(Matches& pair, int64_t length, int64_t reference_length) {
  pair.length = length;
  pair.reference_length = reference_length;
  for (size_t n = 0; n < pair.total.size(); ++n) {
    pair.total[n] = n_grams(length, n + 1);
  }
  return nltk_bleu(pair);
}

}  // namespace

double sentence_bleu(const Words& hypothesis,
                     const std::vector<Words>& references,
                     int order) {
  if (references.empty()) {
    throw UserError("sentence_bleu: there are no references");
  }
  std::vector<Words> all = {hypothesis};
  all.insert(all.end(), references.begin(), references.end());
  return self_bleu_scores(number_words(all), order)[0];
}

std::vector<double> self_bleu_scores(const TokenIds& tokens, int order) {
  check(tokens, order, "self_bleu");
  return scores_against_others(tokens, order, nltk_bleu);
}

double self_bleu(const TokenIds& tokens, int order) {
  return mean(self_bleu_scores(tokens, order));
}

double pairwise_bleu(const TokenIds& tokens, int order) {
  check(tokens, order, "pairwise_bleu");
  const std::vector<int64_t> lengths = lengths_of(tokens);
  const size_t n = lengths.size();
  if (n == 1) return kNaN;
  std::vector<PairedOrder> orders = pair_orders(tokens, order);
  std::vector<double> sums(n, 0);
  Matches pair;
  pair.matched.resize(orders.size());
  pair.total.resize(orders.size());
  for (size_t i = 0; i < n; ++i) {
    for (PairedOrder& paired : orders) match_later(paired, i);
    for (size_t j = i + 1; j < n; ++j) {
      for (size_t k = 0; k < orders.size(); ++k) {
        pair.matched[k] = orders[k].matched[j];
      }
      sums[i] += bleu_of_pair(pair, lengths[i], lengths[j]);
      sums[j] += bleu_of_pair(pair, lengths[j], lengths[i]);
    }
  }
  return mean(sums) / static_cast<double>(n - 1);
}

std::vector<double> self_sacrebleu_scores(
    const std::vector<std::string>& texts) {
  constexpr int kOrder = 4;
  const TokenIds tokens = word_tokens(texts, sacrebleu_words);
  check(tokens, kOrder, "self_sacrebleu");
  return scores_against_others(tokens, kOrder, sacrebleu);
}

double self_sacrebleu(const std::vector<std::string>& texts) {
  return mean(self_sacrebleu_scores(texts));
}

}  // namespace cdx
