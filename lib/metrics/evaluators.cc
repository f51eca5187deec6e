#include "metrics/evaluators.h"

#include "metrics/bleu.h"
#include "metrics/distinct_k.h"
#include "metrics/effective.h"
#include "metrics/lexical.h"
#include "metrics/ngram_vendi.h"
#include "metrics/overlap.h"
#include "metrics/repetition.h"
#include "metrics/richness.h"
#include "metrics/semantic.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <fmt/format.h>

namespace cdx {
namespace {

using Value = EvaluatedValue;
using Values = std::vector<Value>;

Value of_set(const Work& work, std::string variant, double value) {
  return {std::move(variant),
          value,
          static_cast<int64_t>(work.set.texts.size()),
          {}};
}

Value of_texts(std::string variant, std::vector<double> per_text) {
  double sum = 0;
  int64_t defined = 0;
  for (double value : per_text) {
    if (std::isnan(value)) continue;
    sum += value;
    ++defined;
  }
  const double mean =
      defined == 0 ? std::nan("") : sum / static_cast<double>(defined);
  return {std::move(variant), mean, defined, std::move(per_text)};
}

template <int n>
Values distinct(const Work& work) {
  return {of_set(work, "ws", distinct_n(work.words("ws"), n))};
}

// Metrics of a set's words: the tokeniser is the variant.
template <double (*metric)(const TokenIds&)>
Values of_words(const Work& work, const char* tokeniser) {
  return {of_set(work, tokeniser, metric(work.words(tokeniser)))};
}

Values expectation_adjusted(const Work& work) {
  constexpr int64_t kVocabSize = 50257;  // GPT-2's, as in ead_avg5
  return {of_set(work, "13a/V=50257", ead(work.words("13a"), kVocabSize))};
}
Values expectation_adjusted_avg5(const Work& work) {
  return {of_set(work, "tevet/V=50257", ead_avg5(work.words("tevet")))};
}

template <int order>
Values self_bleu_of_order(const Work& work) {
  return {of_set(work, "nltk310", self_bleu(work.words("nltk310"), order))};
}
Values self_bleu_of_sacrebleu(const Work& work) {
  return {of_set(work, "13a", self_sacrebleu(work.set.texts))};
}
Values mean_pairwise_bleu(const Work& work) {
  return {of_set(work, "nltk310", pairwise_bleu(work.words("nltk310")))};
}
Values repetition_across(const Work& work) {
  return {of_set(work, "ws", self_repetition(work.words("ws")))};
}
Values vendi_of_ngrams(const Work& work) {
  return {of_set(work, "ws", ngram_vendi(work.words("ws")))};
}

Values vendi_of_ngrams_compat(const Work& work) {
  return {of_set(work, "ws", ngram_vendi_compat(work.words("ws")))};
}

Values compression(const Work& work) {
  return {of_set(work, "gzip9", compression_ratio_gzip(work.set.texts))};
}

Values compression_compat(const Work& work) {
  return {of_set(
      work, "double gzip9", compression_ratio_gzip_compat(work.set.texts))};
}
Values compression_xz(const Work& work) {
  return {of_set(work, "xz6", compression_ratio_xz(work.set.texts))};
}
Values compression_xz_compat(const Work& work) {
  return {of_set(work, "xz6", compression_ratio_xz_compat(work.set.texts))};
}
Values diversity_of_ngrams_compat(const Work& work) {
  return {of_set(work, "sp", ngram_diversity_compat(work.set.texts))};
}
Values diversity_of_ngrams(const Work& work) {
  return {of_set(work, "sp", ngram_diversity(work.set.texts))};
}

Values duplicates(const Work& work) {
  return {of_set(work, "nfc", duplicate_rate(work.set.texts))};
}

// Metrics of a set's embeddings: the encoder is the variant.
template <double (*metric)(const Embeddings&)>
Values of_embeddings(const Work& work) {
  return {of_set(work, work.options.encoder, metric(work.set.embeddings))};
}

double vendi_of_order_1(const Embeddings& embeddings) {
  return vendi_score(embeddings);
}
double vendi_of_order_2(const Embeddings& embeddings) {
  return vendi_score(embeddings, 2);
}
double vendi_of_order_inf(const Embeddings& embeddings) {
  return vendi_score(embeddings, std::numeric_limits<double>::infinity());
}

// The curve: no threshold is known to be right for an encoder.
Values distinct_by_threshold(const Work& work) {
  Values values;
  for (const auto& [threshold, classes] :
       distinct_k_curve(work.set.embeddings)) {
    values.push_back(
        of_set(work,
               fmt::format("{}/cos>{}", work.options.encoder, threshold),
               static_cast<double>(classes)));
  }
  return values;
}

Values classes_of_partition(const Work& work) {
  const std::set<std::string> classes(work.set.classes.begin(),
                                      work.set.classes.end());
  return {of_set(
      work, work.options.partition, static_cast<double>(classes.size()))};
}

// Metrics of what passes the gate, which the variant names.
std::vector<bool> passing(const Work& work) {
  std::vector<bool> passes;
  for (const double number : work.set.gated) {
    passes.push_back(work.options.gate->passes(number));
  }
  return passes;
}
template <double (*metric)(const Embeddings&, const std::vector<bool>&)>
Values of_passing(const Work& work) {
  return {of_set(
      work,
      fmt::format("{}/{}", work.options.encoder, work.options.gate->name()),
      metric(work.set.embeddings, passing(work)))};
}
Values effective_distinct(const Work& work) {
  Values values;
  for (const auto& [threshold, classes] :
       effective_distinct_k_curve(work.set.embeddings, passing(work))) {
    values.push_back(of_set(work,
                            fmt::format("{}/cos>{}/{}",
                                        work.options.encoder,
                                        threshold,
                                        work.options.gate->name()),
                            static_cast<double>(classes)));
  }
  return values;
}

// Numbers of other programs: the score's name is the variant.
Values scores(const Work& work) {
  Values values;
  for (const auto& [name, numbers] : work.set.scores) {
    values.push_back(of_texts(name, numbers));
  }
  return values;
}

Values off_prompt_rate(const Work& work) {
  return {of_texts(work.options.encoder, work.set.off_prompt)};
}

Values choice_entropy(const Work& work) {
  const std::vector<ChoiceSlot>& slots = work.options.slots;
  std::vector<std::vector<std::string>> choices;
  for (const TaleCheck& tale : work.set.tales) choices.push_back(tale.choices);
  const std::vector<double> bits = choice_entropies(choices, slots);
  const double mean = std::accumulate(bits.begin(), bits.end(), 0.0) /
                      static_cast<double>(bits.size());
  Values values = {of_set(work, "mean", mean)};
  for (size_t i = 0; i < slots.size(); ++i) {
    values.push_back(of_set(work, slots[i].name, bits[i]));
  }
  return values;
}

template <typename Function>
Values for_each_tale(const Work& work, Function number_of) {
  std::vector<double> numbers;
  for (const TaleCheck& tale : work.set.tales) {
    numbers.push_back(number_of(tale) ? 1 : 0);
  }
  return {of_texts("", std::move(numbers))};
}

Values tale_valid(const Work& work) {
  return for_each_tale(work, [](const TaleCheck& t) { return t.valid(); });
}
Values tale_grammatical(const Work& work) {
  return for_each_tale(work, [](const TaleCheck& t) { return t.grammatical; });
}
Values tale_agreeing(const Work& work) {
  return for_each_tale(work, [](const TaleCheck& t) { return t.agreeing; });
}
Values tale_on_prompt(const Work& work) {
  return for_each_tale(work, [](const TaleCheck& t) { return t.on_prompt; });
}

// A list that may be unknown: then NaN for each text.
template <typename T>
Values known_numbers(const Work& work, const std::vector<T>& numbers) {
  if (numbers.empty()) {
    return {
        of_texts("", std::vector<double>(work.set.texts.size(), std::nan("")))};
  }
  return {of_texts("", std::vector<double>(numbers.begin(), numbers.end()))};
}

Values length_tokens(const Work& work) {
  return known_numbers(work, work.set.n_tokens);
}
Values finish_length_rate(const Work& work) {
  return known_numbers(work, work.set.finished_by_length);
}

template <typename Function>
Values for_each_text(const Work& work,
                     const char* variant,
                     Function number_of) {
  std::vector<double> numbers;
  for (const std::string& text : work.set.texts) {
    numbers.push_back(static_cast<double>(number_of(text)));
  }
  return {of_texts(variant, std::move(numbers))};
}

template <typename Function>
Values for_each_words(const Work& work,
                      const char* tokeniser,
                      Function number_of) {
  std::vector<double> numbers;
  for (const std::vector<int32_t>& words : work.words(tokeniser).texts) {
    numbers.push_back(number_of(words));
  }
  return {of_texts(tokeniser, std::move(numbers))};
}

Values length_words(const Work& work) {
  return for_each_words(work, "ws", [](const auto& words) {
    return static_cast<double>(words.size());
  });
}
Values richness_mtld(const Work& work) {
  return for_each_words(
      work, "lr", [](const auto& words) { return mtld(words); });
}
Values richness_mattr(const Work& work) {
  return for_each_words(
      work, "lr", [](const auto& words) { return mattr(words); });
}
template <int n>
Values repetition_within(const Work& work) {
  return {of_texts("ws", seq_rep_n(work.words("ws"), n))};
}
Values ends_in_loop(const Work& work) {
  return for_each_words(work, "ws", [](const auto& words) {
    return find_loop(words).period > 0 ? 1.0 : 0.0;
  });
}
Values length_chars(const Work& work) {
  return for_each_text(work, "", [](const std::string& text) {
    return count_code_points(text);
  });
}
Values length_bytes(const Work& work) {
  return for_each_text(
      work, "", [](const std::string& text) { return text.size(); });
}
Values empty_rate(const Work& work) {
  return for_each_text(work, "", [](const std::string& text) {
    return strip_whitespace(text).empty() ? 1 : 0;
  });
}

struct Entry {
  std::string_view metric;
  Evaluator values;
};

constexpr Entry kEvaluators[] = {
    {"distinct_1", distinct<1>},
    {"distinct_2", distinct<2>},
    {"distinct_3", distinct<3>},
    {"distinct_4", distinct<4>},
    {"ngram_diversity", diversity_of_ngrams},
    {"ngram_diversity_compat", diversity_of_ngrams_compat},
    {"ead", expectation_adjusted},
    {"ead_avg5", expectation_adjusted_avg5},
    {"compression_ratio_gzip", compression},
    {"compression_ratio_gzip_compat", compression_compat},
    {"compression_ratio_xz", compression_xz},
    {"compression_ratio_xz_compat", compression_xz_compat},
    {"self_repetition", repetition_across},
    {"self_bleu", self_bleu_of_order<4>},
    {"self_bleu_2", self_bleu_of_order<2>},
    {"self_bleu_3", self_bleu_of_order<3>},
    {"self_bleu_5", self_bleu_of_order<5>},
    {"self_sacrebleu", self_bleu_of_sacrebleu},
    {"pairwise_bleu", mean_pairwise_bleu},
    {"homogenization_rouge_l",
     [](const Work& work) {
       return of_words<homogenization_rouge_l>(work, "rouge");
     }},
    {"homogenization_rouge_l_compat",
     [](const Work& work) {
       return of_words<homogenization_rouge_l_compat>(work, "rouge");
     }},
    {"vendi_ngram", vendi_of_ngrams},
    {"vendi_ngram_compat", vendi_of_ngrams_compat},
    {"duplicate_rate", duplicates},
    {"mean_pairwise_distance", of_embeddings<mean_pairwise_distance>},
    {"remote_clique", of_embeddings<remote_clique>},
    {"remote_clique_compat", of_embeddings<remote_clique_compat>},
    {"chamfer_distance", of_embeddings<chamfer_distance>},
    {"chamfer_distance_compat", of_embeddings<chamfer_distance_compat>},
    {"vendi_score", of_embeddings<vendi_of_order_1>},
    {"vendi_score_2", of_embeddings<vendi_of_order_2>},
    {"vendi_score_inf", of_embeddings<vendi_of_order_inf>},
    {"distinct_k", distinct_by_threshold},
    {"distinct_classes", classes_of_partition},
    {"effective_mean_pairwise_distance",
     of_passing<effective_mean_pairwise_distance>},
    {"effective_vendi_score", of_passing<effective_vendi_score>},
    {"effective_distinct_k", effective_distinct},
    {"choice_entropy", choice_entropy},
    {"tale_valid", tale_valid},
    {"tale_grammatical", tale_grammatical},
    {"tale_agreeing", tale_agreeing},
    {"tale_on_prompt", tale_on_prompt},
    {"score", scores},
    {"mtld", richness_mtld},
    {"mattr", richness_mattr},
    {"seq_rep_1", repetition_within<1>},
    {"seq_rep_2", repetition_within<2>},
    {"seq_rep_3", repetition_within<3>},
    {"seq_rep_4", repetition_within<4>},
    {"loop_rate", ends_in_loop},
    {"off_prompt_rate", off_prompt_rate},
    {"length_tokens", length_tokens},
    {"length_words", length_words},
    {"length_chars", length_chars},
    {"length_bytes", length_bytes},
    {"empty_rate", empty_rate},
    {"finish_length_rate", finish_length_rate},
};

TokenIds tokenised(const std::vector<std::string>& texts,
                   const std::string& tokeniser) {
  if (tokeniser == "ws") return white_space_tokens(texts);
  if (tokeniser == "13a") return mteval13a_tokens(texts);
  if (tokeniser == "rouge") return rouge_tokens(texts);
  if (tokeniser == "tevet") return tevet_tokens(texts);
  if (tokeniser == "lr") return lexical_richness_tokens(texts);
  return word_tokens(texts,
                     [](std::string_view text) { return nltk_words(text); });
}

}  // namespace

const TokenIds& Work::words(const std::string& tokeniser) const {
  const auto found = words_.find(tokeniser);
  if (found != words_.end()) return found->second;
  return words_.emplace(tokeniser, tokenised(set.texts, tokeniser))
      .first->second;
}

Evaluator find_evaluator(std::string_view metric) {
  for (const Entry& entry : kEvaluators) {
    if (entry.metric == metric) return entry.values;
  }
  throw UserError(fmt::format("metric \"{}\" has no evaluator", metric));
}

}  // namespace cdx
