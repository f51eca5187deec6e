#pragma once

#include "report/data.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

// A made-up study in the shape of the quickstart, for the tests of report/. Its
// means are those of the feasibility study of the fable ladder, rounded; the
// prompts' values scatter about them by a fixed rule.
namespace cdx::test {

struct ExampleCondition {
  const char *name, *description;
  double choice_entropy, distinct_2, gzip, distance, valid, tokens;
};

inline const std::vector<ExampleCondition>& example_conditions() {
  static const std::vector<ExampleCondition> conditions = {
      {"base",
       "base model, completion prompt, top-p 0.95",
       2.65,
       .778,
       2.44,
       .431,
       .94,
       104},
      {"sft",
       "after supervised fine-tuning, chat prompt, top-p 0.95",
       2.50,
       .770,
       2.45,
       .410,
       .91,
       103},
      {"dpo",
       "after preference training, chat prompt, top-p 0.95",
       1.19,
       .740,
       2.53,
       .372,
       .76,
       98},
      {"conformative-g0.25",
       "base and dpo mixed, γ = 0.25",
       1.88,
       .757,
       2.50,
       .391,
       .77,
       99},
      {"conformative-g0.5",
       "base and dpo mixed, γ = 0.5",
       2.04,
       .768,
       2.47,
       .403,
       .81,
       101},
      {"conformative-g0.75",
       "base and dpo mixed, γ = 0.75",
       2.21,
       .773,
       2.45,
       .419,
       .86,
       102}};
  return conditions;
}

struct ExampleMetric {
  const char *name, *direction, *level, *variant;
  double ExampleCondition::*mean;
  double spread;  // standard deviation between prompts
};

inline const std::vector<ExampleMetric>& example_metrics() {
  static const std::vector<ExampleMetric> metrics = {
      {"choice_entropy",
       "higher_is_more_diverse",
       "set",
       "",
       &ExampleCondition::choice_entropy,
       .3},
      {"distinct_2",
       "higher_is_more_diverse",
       "set",
       "ws",
       &ExampleCondition::distinct_2,
       .02},
      {"compression_ratio_gzip",
       "higher_is_less_diverse",
       "set",
       "",
       &ExampleCondition::gzip,
       .06},
      {"mean_pairwise_distance",
       "higher_is_more_diverse",
       "set",
       "all-MiniLM-L6-v2",
       &ExampleCondition::distance,
       .04},
      {"tale_valid",
       "higher_is_better_quality",
       "text",
       "",
       &ExampleCondition::valid,
       .09},
      {"length_tokens", "control", "text", "", &ExampleCondition::tokens, 7}};
  return metrics;
}

constexpr int64_t kExamplePrompts = 40;

inline SummaryRow example_summary(const ExampleCondition& condition,
                                  const ExampleMetric& metric) {
  const double mean = condition.*metric.mean;
  const double half = 1.96 * metric.spread / std::sqrt(kExamplePrompts);
  return {condition.name,
          metric.name,
          metric.level,
          metric.variant,
          metric.direction,
          kExamplePrompts,
          10 * kExamplePrompts,
          mean,
          mean - half,
          mean + 0.9 * half};
}

inline void add_prompts(ReportData& data,
                        const ExampleCondition& condition,
                        const ExampleMetric& metric) {
  for (int64_t i = 0; i < kExamplePrompts; ++i) {
    // Golden-ratio steps, made roughly normal.
    const double u = std::fmod(0.618033988749895 * double(i + 1), 1.0);
    const double value =
        condition.*metric.mean + metric.spread * std::log(u / (1 - u)) / 1.8;
    data.per_prompt.push_back({condition.name,
                               fmt::format("p{:04}", i + 1),
                               metric.name,
                               metric.level,
                               metric.variant,
                               value,
                               10});
  }
}

inline void add_comparison(ReportData& data,
                           const ExampleCondition& a,
                           const ExampleCondition& b,
                           const ExampleMetric& metric) {
  ComparisonRow row;
  row.metric = metric.name;
  row.level = metric.level;
  row.variant = metric.variant;
  row.condition_a = a.name;
  row.condition_b = b.name;
  row.n = kExamplePrompts;
  row.mean_a = a.*metric.mean;
  row.mean_b = b.*metric.mean;
  row.delta = row.mean_b - row.mean_a;
  const double half = 0.35 * metric.spread;
  row.ci_low = row.delta - half;
  row.ci_high = row.delta + half;
  row.effect_size = std::tanh(row.delta / metric.spread);
  row.effect_name = "rank_biserial";
  row.test = "wilcoxon_asymptotic";
  row.p = std::exp(-12 * std::fabs(row.effect_size));
  row.p_adjusted = std::fmin(1, 6 * row.p);
  row.family = "primary";
  data.comparisons.push_back(row);
}

inline void add_trend(ReportData& data, const ExampleMetric& metric) {
  const auto& conditions = example_conditions();
  TrendRow row;
  row.metric = metric.name;
  row.level = metric.level;
  row.variant = metric.variant;
  row.series = "conformative";
  row.parameter = "γ";
  row.conditions =
      "dpo < conformative-g0.25 < conformative-g0.5 < conformative-g0.75";
  row.n = kExamplePrompts;
  row.slope = (conditions[5].*metric.mean - conditions[2].*metric.mean) / 0.75;
  row.ci_low = row.slope - 0.4 * metric.spread;
  row.ci_high = row.slope + 0.4 * metric.spread;
  row.effect_size = 0.9 * std::tanh(row.slope / metric.spread);
  row.effect_name = "mean_spearman";
  row.test = "page_asymptotic";
  row.statistic = 1100;
  row.p = 2e-5;
  row.p_adjusted = 1e-4;
  row.family = "trend";
  data.trends.push_back(row);
}

inline std::string example_tale(int64_t seed) {
  const char* heroes[] = {"Mira", "Tobin", "the old fox", "Anselm"};
  const char* places[] = {"the hill above the mill",
                          "a harbour of grey boats",
                          "the edge of the winter wood"};
  const char* ends[] = {"and nobody ever saw it again.",
                        "and they laughed until the lamps went out.",
                        "and that night it began to rain."};
  return fmt::format(
      "Once there was {0} who lived at {1}. One morning {0} found a silver key "
      "under a stone and wondered whom it might belong to.\n\"I will ask the "
      "heron,\" said {0}, for the heron knew every door in the land. They "
      "walked until the sun was low. At last the key turned, {2}",
      heroes[seed % 4],
      places[seed % 3],
      ends[(seed / 2) % 3]);
}

inline void add_stories(ReportData& data) {
  for (int64_t p = 0; p < 3; ++p) {
    const std::string id = fmt::format("p{:04}", p + 1);
    const char* texts[] = {"A tale about a silver key.",
                           "A tale about the first frost.",
                           "A tale about a borrowed boat."};
    data.sample_prompts.push_back(
        {id,
         texts[p],
         {{"base, completion", fmt::format("{}\nStory:\n", texts[p])},
          {"dpo, chat",
           fmt::format("<|user|>\n{}<|end|>\n<|assistant|>\n", texts[p])}}});
    for (size_t c = 0; c < data.conditions.size(); ++c) {
      for (int64_t s = 0; s < 3; ++s) {
        const int64_t seed = p * 7 + static_cast<int64_t>(c) * 5 + s * 3;
        data.sample_stories.push_back({data.conditions[c].name,
                                       id,
                                       s,
                                       example_tale(seed),
                                       seed % 6 == 5 ? "length" : "stop",
                                       seed % 4 != 3,
                                       {"103 tokens"}});
      }
    }
  }
}

inline ReportData example_report() {
  ReportData data;
  data.name = "quickstart";
  for (const ExampleCondition& condition : example_conditions()) {
    data.conditions.push_back({condition.name, condition.description});
  }
  data.baseline = "dpo";
  data.reference = "base";
  data.series = {{.name = "conformative",
                  .parameter = "γ",
                  .points = {{"dpo", 0},
                             {"conformative-g0.25", 0.25},
                             {"conformative-g0.5", 0.5},
                             {"conformative-g0.75", 0.75}}}};
  data.quality = "tale_valid";
  data.diversity_axes = {"choice_entropy", "mean_pairwise_distance"};
  const auto& conditions = example_conditions();
  const std::pair<size_t, size_t> pairs[] = {
      {0, 1}, {0, 2}, {2, 3}, {2, 4}, {2, 5}, {0, 5}};
  for (const ExampleMetric& metric : example_metrics()) {
    data.metrics.push_back({metric.name, metric.level, metric.variant});
    for (const ExampleCondition& condition : conditions) {
      data.summary.push_back(example_summary(condition, metric));
      add_prompts(data, condition, metric);
    }
    for (auto [a, b] : pairs) {
      add_comparison(data, conditions[a], conditions[b], metric);
    }
    add_trend(data, metric);
  }
  add_stories(data);
  data.facts = {{"configuration", "3f5a0c1e9b77"},
                {"seed", "20250728"},
                {"models", "base data/models/fable/base (sha256 1c2d…)"},
                {"device", "cpu, float32, 2 threads"},
                {"tokens", "249,600 at 6,120 tokens/s"},
                {"cdx", "0.1.0"}};
  data.command = "scripts/run configs/quickstart.yaml";
  return data;
}

}  // namespace cdx::test
