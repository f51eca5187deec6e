#include "report/rows.h"

#include "support.h"
#include "util/errors.h"
#include "util/files.h"

#include <cmath>

#include <doctest/doctest.h>

using namespace cdx;
using test::message_of;
using test::TemporaryFolder;
using test::write_text;

TEST_CASE("The columns of the CSV files are those of the design, in order") {
  CHECK(per_prompt_csv({}) ==
        "condition,prompt_id,metric,level,variant,value,n_texts\n");
  CHECK(summary_csv({}) ==
        "condition,metric,level,variant,direction,n_prompts,n_texts,mean,"
        "ci_low,ci_high\n");
  CHECK(comparisons_csv({}) ==
        "metric,level,variant,condition_a,condition_b,n,mean_a,mean_b,delta,"
        "ci_low,ci_high,effect_size,effect_name,test,p,p_adjusted,family,d_z,"
        "cliffs_delta,p_sign_flip,margin,p_equivalence,equivalence_test,"
        "equivalence,scope,note\n");
  CHECK(trends_csv({}) ==
        "metric,level,variant,series,parameter,conditions,n,slope,ci_low,"
        "ci_high,effect_size,effect_name,test,statistic,p,p_adjusted,family,"
        "scope\n");
  CHECK(steps_csv({}) ==
        "metric,level,variant,stages,kind,step,n,mean,ci_low,ci_high,"
        "largest_share,test,p,p_adjusted,family,scope\n");
  CHECK(across_csv({}) ==
        "name,unit,metric,level,variant,n,mean_a,mean_b,delta,ci_low,ci_high,"
        "effect_size,effect_name,test,p,p_adjusted,family,scope\n");
  CHECK(bounds_csv({}) == "condition,metric,variant,bound,n_prompts,mean\n");
  CHECK(by_position_csv({}) ==
        "condition,metric,variant,first_word,last_word,n_prompts,n_texts,mean,"
        "ci_low,ci_high\n");
}

TEST_CASE("Summary rows read back as they were written, to the last bit") {
  TemporaryFolder folder;
  const std::vector<SummaryRow> rows = {
      {"a, \"b\"\nc",
       "distinct_2",
       "set",
       "ws",
       "higher_is_more_diverse",
       40,
       400,
       1.0 / 3,
       0.1,
       -1e-300},
      {"base", "choice_entropy", "set", "", "", 0, 0}};
  write_text(folder / "summary.csv", summary_csv(rows));
  const auto back = read_summary_csv(folder / "summary.csv");
  REQUIRE(back.size() == 2);
  CHECK(back[0].condition == rows[0].condition);
  CHECK(back[0].direction == rows[0].direction);
  CHECK(back[0].n_prompts == 40);
  CHECK(back[0].n_texts == 400);
  CHECK(back[0].mean == rows[0].mean);
  CHECK(back[0].ci_high == rows[0].ci_high);
  CHECK(std::isnan(back[1].mean));
  CHECK(summary_csv(back) == summary_csv(rows));
}

TEST_CASE("The other rows read back as they were written") {
  TemporaryFolder folder;
  const std::vector<PerPromptRow> values = {
      {"dpo", "p1", "tale_valid", "text", "", 0.7, 10},
      {"dpo", "p2", "tale_valid", "text", "", kUndefined, 0}};
  write_text(folder / "p.csv", per_prompt_csv(values));
  CHECK(per_prompt_csv(read_per_prompt_csv(folder / "p.csv")) ==
        per_prompt_csv(values));

  ComparisonRow comparison = {"m", "set", "v", "a", "b", 7, 1, 2, 1, 0.5, 1.5};
  comparison.effect_size = -0.25;
  comparison.effect_name = "rank_biserial";
  comparison.test = "wilcoxon_exact";
  comparison.p = 0.03125;
  comparison.p_adjusted = 0.0625;
  comparison.family = "primary";
  write_text(folder / "c.csv", comparisons_csv({comparison}));
  CHECK(
      read_file(folder / "c.csv")
          .find(
              "m,set,v,a,b,7,1,2,1,0.5,1.5,-0.25,rank_biserial,wilcoxon_exact,"
              "0.03125,0.0625,primary,,,,,,,,,\n") != std::string::npos);
  CHECK(comparisons_csv(read_comparisons_csv(folder / "c.csv")) ==
        comparisons_csv({comparison}));

  TrendRow trend;
  trend.metric = "m";
  trend.parameter = "γ";
  trend.conditions = "a < b < c";
  trend.statistic = 1234;
  write_text(folder / "t.csv", trends_csv({trend}));
  CHECK(trends_csv(read_trends_csv(folder / "t.csv")) == trends_csv({trend}));

  const std::string bounds = bounds_csv({{"a", "m", "v", "shuffled", 4, 0.25}});
  write_text(folder / "b.csv", bounds);
  CHECK(bounds_csv(read_bounds_csv(folder / "b.csv")) == bounds);

  const std::string stretches = by_position_csv(
      {{"a", "m", "v", 1, 100, 4, 40, 0.25, 0.125, kUndefined}});
  write_text(folder / "s.csv", stretches);
  CHECK(by_position_csv(read_by_position_csv(folder / "s.csv")) == stretches);
}

TEST_CASE("Columns are found by name and further ones are ignored") {
  TemporaryFolder folder;
  write_text(folder / "p.csv",
             "n_texts,value,note,metric,variant,level,prompt_id,condition\n"
             "3,0.5,hm,m,v,set,p1,c\n");
  const auto rows = read_per_prompt_csv(folder / "p.csv");
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].condition == "c");
  CHECK(rows[0].value == 0.5);
  CHECK(rows[0].n_texts == 3);
}

TEST_CASE("A damaged CSV is refused with file, record and column") {
  TemporaryFolder folder;
  const std::string header =
      "condition,prompt_id,metric,level,variant,value,n_texts\n";
  write_text(folder / "p.csv", header + "c,p,m,set,,1,1\nc,p,m,set,,one,1\n");
  std::string message =
      message_of<UserError>([&] { read_per_prompt_csv(folder / "p.csv"); });
  CHECK(message.find("p.csv: record 2, column \"value\"") != std::string::npos);

  write_text(folder / "p.csv", header + "c,p,m,set,,1,1.5\n");
  message =
      message_of<UserError>([&] { read_per_prompt_csv(folder / "p.csv"); });
  CHECK(message.find("\"1.5\" is not a whole number") != std::string::npos);

  write_text(folder / "p.csv", "condition,prompt_id\nc,p\n");
  message =
      message_of<UserError>([&] { read_per_prompt_csv(folder / "p.csv"); });
  CHECK(message.find("p.csv") != std::string::npos);
  CHECK(message.find("\"metric\"") != std::string::npos);
}
