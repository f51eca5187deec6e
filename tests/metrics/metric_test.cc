#include "metrics/metric.h"

#include "support.h"
#include "util/errors.h"

#include <set>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Every metric is described once and in full") {
  std::set<std::string_view> names;
  for (const MetricDescriptor& metric : metric_table()) {
    CAPTURE(metric.name);
    CHECK(names.insert(metric.name).second);
    CHECK(metric.version >= 1);
    for (std::string_view field : {metric.name,
                                   metric.unit,
                                   metric.definition,
                                   metric.source,
                                   metric.cost}) {
      CHECK(!field.empty());
    }
    CHECK(metric.definition.size() <= 80);  // a line of `cdx metrics`
    CHECK(&find_metric(metric.name) == &metric);
  }
}

TEST_CASE("Directions and levels are those of specs/metrics.md") {
  const auto direction = [](std::string_view name) {
    return to_string(find_metric(name).direction);
  };
  CHECK(direction("distinct_2") == "higher_is_more_diverse");
  CHECK(direction("mean_pairwise_distance") == "higher_is_more_diverse");
  CHECK(direction("vendi_score") == "higher_is_more_diverse");
  CHECK(direction("choice_entropy") == "higher_is_more_diverse");
  CHECK(direction("compression_ratio_gzip") == "higher_is_less_diverse");
  CHECK(direction("duplicate_rate") == "higher_is_less_diverse");
  CHECK(direction("tale_valid") == "higher_is_better_quality");
  CHECK(direction("length_words") == "control");
  CHECK(to_string(find_metric("vendi_score").level) == "set");
  CHECK(to_string(find_metric("length_words").level) == "text");
  CHECK(to_string(Level::kCorpus) == "corpus");
}

TEST_CASE("A misspelt metric is answered with the nearest name") {
  CHECK(test::message_of<UserError>([] { find_metric("distnct_2"); }) ==
        "unknown metric \"distnct_2\" (did you mean \"distinct_2\"?); "
        "`cdx metrics` lists them all");
  CHECK(test::message_of<UserError>([] { find_metric("bertscore_f1"); }) ==
        "unknown metric \"bertscore_f1\"; `cdx metrics` lists them all");
}

}  // namespace cdx
