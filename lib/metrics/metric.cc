#include "metrics/metric.h"

#include "util/errors.h"
#include "util/nearest.h"

#include <string>
#include <vector>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr Direction kMore = Direction::kHigherIsMoreDiverse;
constexpr Direction kLess = Direction::kHigherIsLessDiverse;
constexpr Direction kQuality = Direction::kHigherIsBetterQuality;
constexpr Direction kControl = Direction::kControl;

constexpr Level kSet = Level::kSet, kText = Level::kText,
                kCorpus = Level::kCorpus;

// clang-format off
constexpr MetricDescriptor kMetrics[] = {
    {"distinct_1", kMore, kSet, Input::kTexts, "ratio", 1,
     "distinct words / all words, pooled over the texts",
     "Li et al. 2016", "linear"},
    {"distinct_2", kMore, kSet, Input::kTexts, "ratio", 1,
     "distinct 2-grams of words / all 2-grams, pooled over the texts",
     "Li et al. 2016", "linear"},
    {"distinct_3", kMore, kSet, Input::kTexts, "ratio", 1,
     "distinct 3-grams of words / all 3-grams, pooled over the texts",
     "Li et al. 2016", "linear"},
    {"distinct_4", kMore, kSet, Input::kTexts, "ratio", 1,
     "distinct 4-grams of words / all 4-grams, pooled over the texts",
     "Li et al. 2016", "linear"},
    {"ngram_diversity", kMore, kSet, Input::kTexts, "0 to 4", 1,
     "sum over n = 1…4 of distinct / all n-grams of the joined texts",
     "Padmakumar & He 2024; Shaib et al. 2024", "linear"},
    {"ngram_diversity_compat", kMore, kSet, Input::kTexts, "0 to 4", 1,
     "as package diversity 0.3.1 computes it: rounded",
     "diversity 0.3.1", "linear"},
    {"ead", kMore, kSet, Input::kTexts, "ratio", 1,
     "distinct words / those expected of uniform draws from a vocabulary",
     "Liu et al. 2022", "linear"},
    {"ead_avg5", kMore, kSet, Input::kTexts, "ratio", 1,
     "the same for n-grams, mean over n = 1…5",
     "Kirk et al. 2024", "linear"},
    {"compression_ratio_gzip", kLess, kSet, Input::kTexts, "ratio", 1,
     "bytes of the texts joined by a space / bytes after gzip, level 9",
     "Shaib et al. 2024", "linear"},
    {"compression_ratio_gzip_compat", kLess, kSet, Input::kTexts, "ratio", 1,
     "as package diversity 0.3.1 computes it: compressed twice, rounded",
     "diversity 0.3.1", "linear"},
    {"compression_ratio_xz", kLess, kSet, Input::kTexts, "ratio", 1,
     "bytes of the texts joined by a space / bytes after xz, preset 6",
     "Shaib et al. 2024", "linear"},
    {"compression_ratio_xz_compat", kLess, kSet, Input::kTexts, "ratio", 1,
     "as package diversity 0.3.1 computes it: rounded",
     "diversity 0.3.1", "linear"},
    {"self_repetition", kLess, kSet, Input::kTexts, "nats", 1,
     "mean over texts of ln(1 + other texts that have its 4-grams)",
     "Salkar et al. 2022; Shaib et al. 2024", "linear"},
    {"self_bleu", kLess, kSet, Input::kTexts, "BLEU", 1,
     "mean BLEU-4 of each text against all the others, smoothing method1",
     "Zhu et al. 2018", "linear"},
    {"self_bleu_2", kLess, kSet, Input::kTexts, "BLEU", 1,
     "the same with orders 1 and 2",
     "Zhu et al. 2018", "linear"},
    {"self_bleu_3", kLess, kSet, Input::kTexts, "BLEU", 1,
     "the same with orders 1 to 3",
     "Zhu et al. 2018", "linear"},
    {"self_bleu_5", kLess, kSet, Input::kTexts, "BLEU", 1,
     "the same with orders 1 to 5",
     "Zhu et al. 2018", "linear"},
    {"self_sacrebleu", kLess, kSet, Input::kTexts, "0 to 100", 1,
     "the same with sacreBLEU's sentence_bleu: 13a words, smoothing exp",
     "sacrebleu 2.6.0", "linear"},
    {"pairwise_bleu", kLess, kSet, Input::kTexts, "BLEU", 1,
     "mean BLEU-4 of each text against each other one alone",
     "Shen et al. 2019", "pairs of texts"},
    {"homogenization_rouge_l", kLess, kSet, Input::kTexts, "F", 1,
     "mean ROUGE-L over pairs of texts",
     "Padmakumar & He 2024", "pairs of texts, L^2 / 64 each"},
    {"homogenization_rouge_l_compat", kLess, kSet, Input::kTexts, "F", 1,
     "as package diversity 0.3.1 computes it: rounded, 1 in place of 0",
     "diversity 0.3.1", "pairs of texts, L^2 / 64 each"},
    {"vendi_ngram", kMore, kSet, Input::kTexts, "texts", 1,
     "Vendi score of the cosines of n-gram counts, mean over n = 1…4",
     "Friedman & Dieng 2023", "pairs of texts, then n^3"},
    {"vendi_ngram_compat", kMore, kSet, Input::kTexts, "texts", 1,
     "as package vendi-score 0.0.3 computes it: short texts unlike themselves",
     "vendi-score 0.0.3", "pairs of texts, then n^3"},
    {"duplicate_rate", kLess, kSet, Input::kTexts, "share", 1,
     "1 - distinct texts / texts (NFC, outer white space stripped)",
     "by definition", "linear"},
    {"shared_text_rate", kLess, kCorpus, Input::kTexts, "share", 1,
     "texts that several prompts have (stock answers)",
     "by definition", "linear"},
    {"mean_pairwise_distance", kMore, kSet, Input::kEmbeddings, "1 - cos", 1,
     "mean cosine distance over pairs of sentence embeddings",
     "Tevet & Berant 2021", "sentence encoder, then n^2 D"},
    {"remote_clique", kMore, kSet, Input::kEmbeddings, "1 - cos", 1,
     "the same with each text's distance 0 to itself counted: (n - 1)/n of it",
     "Cox et al. 2021", "sentence encoder, then n^2 D"},
    {"remote_clique_compat", kMore, kSet, Input::kEmbeddings, "1 - cos", 1,
     "as package diversity 0.3.1 computes it: float32, rounded",
     "diversity 0.3.1", "sentence encoder, then n^2 D"},
    {"chamfer_distance", kMore, kSet, Input::kEmbeddings, "1 - cos", 1,
     "mean cosine distance of each text to its nearest other one",
     "Cox et al. 2021", "sentence encoder, then n^2 D"},
    {"chamfer_distance_compat", kMore, kSet, Input::kEmbeddings, "1 - cos", 1,
     "as package diversity 0.3.1 computes it: float32, rounded",
     "diversity 0.3.1", "sentence encoder, then n^2 D"},
    {"vendi_score", kMore, kSet, Input::kEmbeddings, "texts", 1,
     "exp of the entropy of the eigenvalues of (cosines / n), order 1",
     "Friedman & Dieng 2023", "sentence encoder, then min(n, D)^3"},
    {"vendi_score_2", kMore, kSet, Input::kEmbeddings, "texts", 1,
     "the same of order 2 (RKE): frequent kinds of texts count for more",
     "Pasarkar & Dieng 2024; Jalali et al. 2023", "sentence encoder, then n^2 D"},
    {"vendi_score_inf", kMore, kSet, Input::kEmbeddings, "texts", 1,
     "the same of order infinity: 1 / largest eigenvalue",
     "Pasarkar & Dieng 2024", "sentence encoder, then min(n, D)^3"},
    {"distinct_k", kMore, kSet, Input::kEmbeddings, "classes", 1,
     "classes of a greedy partition: cosine to a class's first text above t",
     "Zhang et al. 2025 (partition rule)", "sentence encoder, then n^2 D"},
    {"distinct_classes", kMore, kSet, Input::kClasses, "classes", 1,
     "classes of the texts in a partition made elsewhere (--classes)",
     "by definition", "none"},
    {"effective_mean_pairwise_distance", kMore, kSet, Input::kGatedEmbeddings,
     "1 - cos", 1,
     "distances of the pairs that pass the quality gate / all pairs",
     "by definition", "sentence encoder, then n^2 D"},
    {"effective_vendi_score", kMore, kSet, Input::kGatedEmbeddings, "texts", 1,
     "Vendi score of the texts that pass the quality gate, 0 if none does",
     "by definition", "sentence encoder, then min(n, D)^3"},
    {"effective_distinct_k", kMore, kSet, Input::kGatedEmbeddings, "classes", 1,
     "distinct_k of the texts that pass the quality gate, 0 if none does",
     "by definition", "sentence encoder, then n^2 D"},
    {"choice_entropy", kMore, kSet, Input::kTales, "bits", 1,
     "entropy of the recognised choices, bias-corrected, mean over the slots",
     "Miller 1955 (correction)", "tale check"},
    {"tale_valid", kQuality, kText, Input::kTales, "share", 1,
     "tales that are grammatical, agreeing and on their prompt",
     "by definition", "tale check"},
    {"tale_grammatical", kQuality, kText, Input::kTales, "share", 1,
     "tales that parse as a whole",
     "by definition", "tale check"},
    {"tale_agreeing", kQuality, kText, Input::kTales, "share", 1,
     "grammatical tales whose names and things stay the same throughout",
     "by definition", "tale check"},
    {"tale_on_prompt", kQuality, kText, Input::kTales, "share", 1,
     "tales that keep to the theme and the object of their prompt",
     "by definition", "tale check"},
    {"mauve", kControl, kCorpus, Input::kEmbeddings, "0 to 1", 1,
     "closeness to the reference's texts: area under the divergence curve",
     "Pillutla et al. 2021", "sentence encoder, k-means"},
    {"mauve_star", kControl, kCorpus, Input::kEmbeddings, "0 to 1", 1,
     "the same after half a count more in each cluster",
     "Pillutla et al. 2023", "sentence encoder, k-means"},
    {"frontier_integral", kControl, kCorpus, Input::kEmbeddings, "0 to 1", 1,
     "distance from the reference's texts: integral of the same frontier",
     "Liu et al. 2021", "sentence encoder, k-means"},
    {"frontier_integral_star", kControl, kCorpus, Input::kEmbeddings, "0 to 1", 1,
     "the same after half a count more in each cluster",
     "Pillutla et al. 2023", "sentence encoder, k-means"},
    {"knn_precision", kQuality, kCorpus, Input::kEmbeddings, "share", 1,
     "texts inside a neighbour ball of the reference (k = 5)",
     "Kynkäänniemi et al. 2019", "sentence encoder, then n^2 D"},
    {"knn_recall", kMore, kCorpus, Input::kEmbeddings, "share", 1,
     "reference texts inside a neighbour ball of the texts (k = 5)",
     "Kynkäänniemi et al. 2019", "sentence encoder, then n^2 D"},
    {"knn_density", kQuality, kCorpus, Input::kEmbeddings, "ratio", 1,
     "balls of the reference around a text / k (k = 5)",
     "Naeem et al. 2020", "sentence encoder, then n^2 D"},
    {"knn_coverage", kMore, kCorpus, Input::kEmbeddings, "share", 1,
     "reference balls that hold a text (k = 5)",
     "Naeem et al. 2020", "sentence encoder, then n^2 D"},
    {"lebronnec_precision", kQuality, kCorpus, Input::kEmbeddings, "share", 1,
     "texts inside a neighbour ball of the reference (PCA 90 %, k = 4)",
     "Le Bronnec et al. 2024", "sentence encoder, then n^2 D"},
    {"lebronnec_recall", kMore, kCorpus, Input::kEmbeddings, "share", 1,
     "reference texts inside a neighbour ball of the texts (PCA 90 %, k = 4)",
     "Le Bronnec et al. 2024", "sentence encoder, then n^2 D"},
    {"lebronnec_density", kQuality, kCorpus, Input::kEmbeddings, "ratio", 1,
     "balls of the reference around a text / k (PCA 90 %, k = 4)",
     "Le Bronnec et al. 2024", "sentence encoder, then n^2 D"},
    {"lebronnec_coverage", kMore, kCorpus, Input::kEmbeddings, "share", 1,
     "reference balls that hold a text (PCA 90 %, k = 4)",
     "Le Bronnec et al. 2024", "sentence encoder, then n^2 D"},
    {"score", kQuality, kText, Input::kScores, "the scorer's", 1,
     "what another program says of each text: a reward model, a judge",
     "the scorer's", "none"},
    {"mtld", kControl, kText, Input::kTexts, "words", 1,
     "mean length of stretches with type-token ratio above 0.72: rich wording",
     "McCarthy & Jarvis 2010", "linear"},
    {"mattr", kControl, kText, Input::kTexts, "ratio", 1,
     "mean type-token ratio of windows of 100 words: rich wording",
     "Covington & McFall 2010", "linear"},
    {"seq_rep_1", kControl, kText, Input::kTexts, "share", 1,
     "1 - distinct / all words of a text: repeats itself",
     "Welleck et al. 2020", "linear"},
    {"seq_rep_2", kControl, kText, Input::kTexts, "share", 1,
     "1 - distinct / all 2-grams of a text: repeats itself",
     "Welleck et al. 2020", "linear"},
    {"seq_rep_3", kControl, kText, Input::kTexts, "share", 1,
     "1 - distinct / all 3-grams of a text: repeats itself",
     "Welleck et al. 2020", "linear"},
    {"seq_rep_4", kControl, kText, Input::kTexts, "share", 1,
     "1 - distinct / all 4-grams of a text: repeats itself",
     "Welleck et al. 2020", "linear"},
    {"loop_rate", kControl, kText, Input::kTexts, "share", 1,
     "texts that end in a loop of at most 64 words",
     "by definition", "64 times the words"},
    {"off_prompt_rate", kControl, kText, Input::kPrompts, "share", 1,
     "texts that are nearer to another prompt than to their own (cosine)",
     "by definition", "sentence encoder, then n P D"},
    {"length_tokens", kControl, kText, Input::kTokenCounts, "tokens", 1,
     "generated tokens, end token excluded",
     "by definition", "none"},
    {"length_words", kControl, kText, Input::kTexts, "words", 1,
     "words between white space",
     "by definition", "linear"},
    {"length_chars", kControl, kText, Input::kTexts, "code points", 1,
     "Unicode code points",
     "by definition", "linear"},
    {"length_bytes", kControl, kText, Input::kTexts, "bytes", 1,
     "bytes of UTF-8",
     "by definition", "none"},
    {"empty_rate", kControl, kText, Input::kTexts, "share", 1,
     "texts of nothing but white space",
     "by definition", "linear"},
    {"finish_length_rate", kControl, kText, Input::kFinishReasons, "share", 1,
     "texts cut off by the token limit",
     "by definition", "none"},
};
// clang-format on

}  // namespace

std::span<const MetricDescriptor> metric_table() {
  return kMetrics;
}

const MetricDescriptor& find_metric(std::string_view name) {
  std::vector<std::string> names;
  for (const MetricDescriptor& metric : kMetrics) {
    if (metric.name == name) return metric;
    names.emplace_back(metric.name);
  }
  const std::string nearest = nearest_name(name, names);
  throw UserError(fmt::format(
      "unknown metric \"{}\"{}; `cdx metrics` lists them all",
      name,
      nearest.empty() ? "" : fmt::format(" (did you mean \"{}\"?)", nearest)));
}

std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::kHigherIsMoreDiverse:
      return "higher_is_more_diverse";
    case Direction::kHigherIsLessDiverse:
      return "higher_is_less_diverse";
    case Direction::kHigherIsBetterQuality:
      return "higher_is_better_quality";
    case Direction::kControl:
      break;
  }
  return "control";
}

std::string_view meaning_of(Direction direction) {
  switch (direction) {
    case Direction::kHigherIsMoreDiverse:
      return "more diverse";
    case Direction::kHigherIsLessDiverse:
      return "less diverse";
    case Direction::kHigherIsBetterQuality:
      return "better quality";
    case Direction::kControl:
      break;
  }
  return "neither: a control";
}

std::string_view to_string(Level level) {
  switch (level) {
    case Level::kSet:
      return "set";
    case Level::kCorpus:
      return "corpus";
    case Level::kText:
      break;
  }
  return "text";
}

}  // namespace cdx
