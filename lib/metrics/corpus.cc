#include "metrics/corpus.h"

#include <algorithm>

namespace cdx {
namespace {

constexpr std::string_view kWithCorpusLevel[] = {
    "distinct_1",
    "distinct_2",
    "distinct_3",
    "distinct_4",
    "ngram_diversity",
    "ead",
    "ead_avg5",
    "compression_ratio_gzip",
    "compression_ratio_gzip_compat",
    "compression_ratio_xz",
    "self_repetition",
    "duplicate_rate"};

}  // namespace

bool has_corpus_level(std::string_view metric) {
  return std::find(std::begin(kWithCorpusLevel),
                   std::end(kWithCorpusLevel),
                   metric) != std::end(kWithCorpusLevel);
}

std::vector<MetricValue> evaluate_corpus(
    const TextSet& all_texts, const std::vector<std::string>& metrics) {
  std::vector<std::string> names;
  std::copy_if(metrics.begin(),
               metrics.end(),
               std::back_inserter(names),
               has_corpus_level);
  std::vector<MetricValue> values = evaluate(all_texts, names, {});
  for (MetricValue& value : values) value.level = Level::kCorpus;
  return values;
}

}  // namespace cdx
