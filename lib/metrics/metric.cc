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

constexpr Level kSet = Level::kSet, kText = Level::kText;

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
    {"compression_ratio_gzip", kLess, kSet, Input::kTexts, "ratio", 1,
     "bytes of the texts joined by a space / bytes after gzip, level 9",
     "Shaib et al. 2024", "linear"},
    {"duplicate_rate", kLess, kSet, Input::kTexts, "share", 1,
     "1 - distinct texts / texts (NFC, outer white space stripped)",
     "by definition", "linear"},
    {"mean_pairwise_distance", kMore, kSet, Input::kEmbeddings, "1 - cos", 1,
     "mean cosine distance over pairs of sentence embeddings",
     "Tevet & Berant 2021", "sentence encoder, then n^2 D"},
    {"vendi_score", kMore, kSet, Input::kEmbeddings, "texts", 1,
     "exp of the entropy of the eigenvalues of (cosines / n), order 1",
     "Friedman & Dieng 2023", "sentence encoder, then min(n, D)^3"},
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
