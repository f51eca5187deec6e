#include "report/data.h"

#include "example.h"
#include "support.h"
#include "util/errors.h"

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
