#include "metrics/corpus.h"

#include "metrics/metric.h"

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Metrics of words and bytes are also of all texts together") {
  TextSet all{.condition = "c", .prompt_id = "all"};
  all.texts = {"a b", "a b", "c d"};
  const std::vector<MetricValue> values = evaluate_corpus(
      all, {"length_words", "distinct_1", "vendi_ngram", "duplicate_rate"});
  REQUIRE(values.size() == 2);
  CHECK(values[0].metric == "distinct_1");
  CHECK(values[0].value == doctest::Approx(4.0 / 6));
  CHECK(values[0].level == Level::kCorpus);
  CHECK(values[0].variant == "ws");
  CHECK(values[1].metric == "duplicate_rate");
  CHECK(values[1].value == doctest::Approx(1.0 / 3));
}

TEST_CASE("Every metric that has a corpus level is in the table, of sets") {
  int found = 0;
  for (const MetricDescriptor& metric : metric_table()) {
    if (!has_corpus_level(metric.name)) continue;
    CHECK(metric.level == Level::kSet);
    ++found;
  }
  CHECK(found == 12);
}

}  // namespace cdx
