#include "report/summary.h"

#include "example.h"

#include <doctest/doctest.h>

using namespace cdx;
using test::example_report;

TEST_CASE("Words are listed with commas and an and") {
  CHECK(listed({}) == "");
  CHECK(listed({"a"}) == "a");
  CHECK(listed({"a", "b"}) == "a and b");
  CHECK(listed({"a", "b", "c"}) == "a, b and c");
}

TEST_CASE("The summary says gap, what is given back and at what quality") {
  // (1.88 − 1.19)/(2.65 − 1.19) = 47 %, (2.04 − …) 58 %, (2.21 − …) 70 %.
  CHECK(summary_words(example_report()) ==
        "The report shows 6 conditions on 40 prompts × 10 stories: base, sft, "
        "dpo, conformative-g0.25, conformative-g0.5 and conformative-g0.75. "
        "Diversity, as choice_entropy (bits), is 2.65 [2.56, 2.73] under base "
        "and 1.19 [1.10, 1.27] under dpo (p < 0.001). With conformative "
        "decoding as in our reading of arXiv 2507.20956 it is 1.88, 2.04 and "
        "2.21 at γ = 0.25, 0.5 and 0.75 (47\u00A0%, 58\u00A0% and 70\u00A0% of "
        "the way from dpo to base). Quality, as tale_valid (share), is 0.940 "
        "under base, 0.910 under sft and 0.760 under dpo; 0.770, 0.810 and "
        "0.860 at γ = 0.25, 0.5 and 0.75.");
}

TEST_CASE("No share is stated of a gap that the test does not confirm") {
  ReportData data = example_report();
  for (ComparisonRow& row : data.comparisons) {
    if (row.condition_a == "base" && row.condition_b == "dpo") {
      row.p_adjusted = 0.07;
    }
  }
  std::string words = summary_words(data);
  CHECK(words.find("under dpo (unclear, p = 0.070).") != std::string::npos);
  CHECK(words.find("of the way") == std::string::npos);

  data.comparisons.clear();
  words = summary_words(data);
  CHECK(words.find("under dpo (not tested).") != std::string::npos);
  CHECK(words.find("of the way") == std::string::npos);
}

TEST_CASE("A gap tested the other way round counts as well") {
  ReportData data = example_report();
  for (ComparisonRow& row : data.comparisons) {
    std::swap(row.condition_a, row.condition_b);
  }
  CHECK(summary_words(data).find("under dpo (p < 0.001)") != std::string::npos);
}

TEST_CASE("Without a reference the extremes are named") {
  ReportData data = example_report();
  data.reference.clear();
  data.series.clear();
  data.quality.clear();
  CHECK(summary_words(data).find(
            "Diversity, as choice_entropy (bits), lies between 1.19 [1.10, "
            "1.27] under dpo and 2.65 [2.56, 2.73] under base.") !=
        std::string::npos);
}

TEST_CASE("Undefined values are passed over in silence") {
  ReportData data = example_report();
  for (SummaryRow& row : data.summary) {
    row.mean = row.ci_low = row.ci_high = kUndefined;
  }
  const std::string words = summary_words(data);
  CHECK(words.find("The report shows 6 conditions") == 0);
  CHECK(words.find("nan") == std::string::npos);
  CHECK(words.find("–") == std::string::npos);
}

TEST_CASE("Texts that are cut off unequally often are warned of") {
  ReportData data = example_report();
  const auto cut = [&](const char* condition, double share) {
    SummaryRow row{.condition = condition, .metric = "finish_length_rate"};
    row.mean = share;
    data.summary.push_back(row);
  };
  CHECK(unequally_cut_words(data.summary) == "");
  cut("base", 0.30);
  cut("dpo", 0.26);
  CHECK(unequally_cut_words(data.summary) == "");
  cut("human", kUndefined);
  cut("instruct", 0.24);
  CHECK(unequally_cut_words(data.summary)
            .starts_with("Unequal lengths: 30 % of the texts of base were cut "
                         "off by the token limit, of instruct 24 %; raise"));
}
