#include "report/data.h"

#include "example.h"
#include "support.h"
#include "util/errors.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace cdx;
using test::example_report;
using test::message_of;

TEST_CASE("The direction of a metric comes from the metric table") {
  const ReportData data = example_report();
  CHECK(direction_of(data, {"distinct_2", "", ""}) ==
        Direction::kHigherIsMoreDiverse);
  CHECK(direction_of(data, {"compression_ratio_gzip", "", ""}) ==
        Direction::kHigherIsLessDiverse);
  CHECK(arrow_of(Direction::kHigherIsLessDiverse) == "↓");
  CHECK(arrow_of(Direction::kHigherIsBetterQuality) == "↑");
  CHECK(arrow_of(Direction::kControl) == "");
  CHECK(unit_of({"choice_entropy", "", ""}) == "bits");
}

TEST_CASE("An unknown metric is read as its rows say") {
  ReportData data = example_report();
  SummaryRow row = data.summary.front();
  row.metric = "sameness";
  row.direction = "higher_is_less_diverse";
  data.summary.push_back(row);
  CHECK(direction_of(data, {"sameness", "", ""}) ==
        Direction::kHigherIsLessDiverse);
  CHECK(direction_of(data, {"nowhere", "", ""}) == Direction::kControl);
  CHECK(unit_of({"sameness", "", ""}) == "");
}

TEST_CASE("Level and variant choose among the rows of a metric") {
  ReportData data = example_report();
  SummaryRow other = *find_summary(data, "dpo", {"distinct_2", "", ""});
  other.variant = "sp";
  other.mean = 0.5;
  data.summary.push_back(other);
  CHECK(find_summary(data, "dpo", {"distinct_2", "", "sp"})->mean == 0.5);
  CHECK(find_summary(data, "dpo", {"distinct_2", "", "ws"})->mean == 0.740);
  CHECK(find_summary(data, "dpo", {"distinct_2", "", ""})->mean == 0.740);
  CHECK(find_summary(data, "dpo", {"distinct_2", "corpus", ""}) == nullptr);
}

TEST_CASE("Values that do not fit together are refused by name") {
  const auto refusal = [](auto change) {
    ReportData data = example_report();
    change(data);
    return message_of<UserError>([&] { check(data); });
  };
  CHECK(refusal([](ReportData&) {}) == "");
  CHECK(refusal([](ReportData& data) {
          data.conditions.clear();
        }).find("no condition") != std::string::npos);
  CHECK(refusal([](ReportData& data) {
          data.conditions[1].name = "base";
        }).find("two conditions are named \"base\"") != std::string::npos);
  CHECK(refusal([](ReportData& data) {
          data.baseline = "dop";
        }).find("baseline names the condition \"dop\"") != std::string::npos);
  CHECK(refusal([](ReportData& data) {
          data.reference = "x";
        }).find("reference") != std::string::npos);
  CHECK(refusal([](ReportData& data) {
          data.series[0].points[1].first = "g9";
        }).find("the series conformative") != std::string::npos);
  CHECK(refusal([](ReportData& data) {
          data.quality = "taste";
        }).find("quality is \"taste\"") != std::string::npos);
  CHECK(refusal([](ReportData& data) {
          data.diversity_axes = {"y"};
        }).find("a diversity axis is \"y\"") != std::string::npos);
}

TEST_CASE("A variant says what was done to the texts") {
  CHECK(change_in("") == "");
  CHECK(change_in("ws") == "");
  CHECK(change_in("extracted") == "extracted");
  CHECK(change_in("ws/extracted/matched_length") == "extracted/matched_length");
  CHECK(change_in("all-MiniLM-L6-v2/windows") == "windows");
  CHECK(change_in("windows/ws") == "");
  CHECK(title_of({"distinct_2", "set", "ws/extracted"}) ==
        "distinct_2, extracted");
  CHECK(title_of({"distinct_2", "corpus", "ws"}) == "distinct_2 (corpus)");
}

TEST_CASE("Headline metrics are shown on changed texts, too") {
  ReportData data = example_report();
  const std::vector<ReportMetric> before = data.metrics;
  const auto add = [&](const char* metric, const char* variant) {
    SummaryRow row = *find_summary(data, "dpo", {metric, "", ""});
    row.variant += variant;
    data.summary.push_back(row);
  };
  const auto names = [&] {
    std::vector<std::string> titles;
    for (const ReportMetric& metric : data.metrics) {
      titles.push_back(title_of(metric));
    }
    return titles;
  };
  add("distinct_2", "/matched_length");
  add("mean_pairwise_distance", "/windows");
  std::vector<std::string> headline;
  for (size_t i = 0; i < 4; ++i) headline.push_back(before[i].metric);
  REQUIRE(std::count(headline.begin(), headline.end(), "distinct_2") == 1);
  REQUIRE(std::count(
              headline.begin(), headline.end(), "mean_pairwise_distance") == 1);
  add_changed_texts(headline, data);
  REQUIRE(data.metrics.size() == before.size() + 2);
  for (size_t i = 0; i < before.size(); ++i) {
    const bool windows = before[i].metric == "mean_pairwise_distance";
    CHECK(names()[i < 4 ? i : i + 2] ==
          title_of(before[i]) + (windows ? ", windows" : ""));
  }
  const std::vector<std::string> behind{names()[4], names()[5]};
  CHECK(std::count(behind.begin(), behind.end(), "mean_pairwise_distance") ==
        1);
  CHECK(std::count(
            behind.begin(), behind.end(), "distinct_2, matched_length") == 1);
}
