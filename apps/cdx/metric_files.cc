#include "metric_files.h"

#include "bounds.h"
#include "by_position.h"
#include "corpus_level.h"
#include "effective_curve.h"
#include "inference.h"
#include "metrics/lengths.h"
#include "report/data.h"
#include "report/rows.h"
#include "report/summary.h"
#include "resampling.h"
#include "util/csv.h"
#include "util/files.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include <fmt/format.h>

namespace cdx {
namespace {

// condition, prompt_id, sample, metric, variant, value; and the recognised
// choice of each slot as metric "choice", variant = slot.
std::string per_text_csv(const Measured& measured) {
  const TextSets& all = measured.sets;
  std::string csv = csv_line(
      {"condition", "prompt_id", "sample", "metric", "variant", "value"});
  for (const TextSet& set : all.sets()) {
    for (size_t i = 0; i < set.tales.size(); ++i) {
      for (size_t slot = 0; slot < all.grammar()->slots().size(); ++slot) {
        csv += csv_line({set.condition,
                         set.prompt_id,
                         std::to_string(set.samples[i]),
                         "choice",
                         all.grammar()->slots()[slot],
                         set.tales[i].choices[slot]});
      }
    }
  }
  for (const MetricValue& value : measured.values) {
    for (size_t i = 0; i < value.per_text.size(); ++i) {
      csv += csv_line({value.condition,
                       value.prompt_id,
                       std::to_string(value.samples[i]),
                       value.metric,
                       value.variant,
                       csv_number(value.per_text[i])});
    }
  }
  return csv;
}

// condition, rule, n_texts, n_hits: what measure.extract took off.
std::string extract_csv(const TextSets& sets) {
  std::string csv = csv_line({"condition", "rule", "n_texts", "n_hits"});
  for (const TextSets::ExtractHits& of : sets.extract_hits()) {
    for (size_t rule = 0; rule < kExtractRules; ++rule) {
      csv += csv_line({of.condition,
                       std::string(kExtractRuleNames.at(rule)),
                       std::to_string(of.texts),
                       std::to_string(of.hits.at(rule))});
    }
  }
  return csv;
}

// lengths.csv: condition, metric, n_texts, mean, standard_deviation, minimum,
// quantile_05 … quantile_95, maximum of each length, over all texts.
std::string lengths_csv(const std::vector<MetricValue>& values) {
  std::vector<std::pair<std::string, std::string>> order;
  std::map<std::pair<std::string, std::string>, std::vector<double>> lengths;
  for (const MetricValue& value : values) {
    if (!value.metric.starts_with("length_")) continue;
    const std::string change = change_in(value.variant);
    const std::pair key(value.condition,
                        value.metric + (change.empty() ? "" : ", " + change));
    const auto [at, is_new] = lengths.try_emplace(key);
    if (is_new) order.push_back(key);
    std::copy_if(value.per_text.begin(),
                 value.per_text.end(),
                 std::back_inserter(at->second),
                 [](double length) { return std::isfinite(length); });
  }
  std::string csv = csv_line({"condition",
                              "metric",
                              "n_texts",
                              "mean",
                              "standard_deviation",
                              "minimum",
                              "quantile_05",
                              "quantile_25",
                              "median",
                              "quantile_75",
                              "quantile_95",
                              "maximum"});
  for (const auto& key : order) {
    const std::vector<double>& all = lengths.at(key);
    if (all.empty()) continue;
    const LengthDistribution of = describe(all);
    csv += csv_line({key.first,
                     key.second,
                     std::to_string(all.size()),
                     csv_number(of.mean),
                     csv_number(of.standard_deviation),
                     csv_number(of.minimum),
                     csv_number(of.quantile_05),
                     csv_number(of.quantile_25),
                     csv_number(of.median),
                     csv_number(of.quantile_75),
                     csv_number(of.quantile_95),
                     csv_number(of.maximum)});
  }
  return csv;
}

// Of the experiment's own stories: the models; else nothing but the texts.
const char* scope_of(const ExperimentConfig& config) {
  return config.models.empty() ? "over prompts, for these texts"
                               : "over prompts, for these checkpoints";
}

// rarefaction.csv and reliability.csv where they are asked for; those of an
// earlier measurement do not stay.
void write_resampling(const std::filesystem::path& folder,
                      const Measured& measured) {
  const MeasureOptions& asked = measured.config.measure;
  const TextSets& all = measured.sets;
  const ResamplingOptions options{
      .evaluate = all.options(),
      .bootstrap = {.resamples = asked.bootstrap_resamples,
                    .method = measured.config.report.interval},
      .seed = static_cast<uint64_t>(measured.config.seed)};
  const auto write = [&](const char* name, bool is_asked, auto csv_of) {
    if (is_asked) {
      write_file_atomic(folder / name,
                        csv_of(all.sets(), all.metrics(), options));
    } else {
      std::filesystem::remove(folder / name);
    }
  };
  write("rarefaction.csv", asked.rarefaction, rarefaction_csv);
  write("reliability.csv", asked.reliability, reliability_csv);
}

// encoder, matched_length, by_position and bounds.csv where there are such.
void write_second_looks(const std::filesystem::path& folder,
                        const Measured& measured) {
  const TextSets& all = measured.sets;
  const MeasureOptions& asked = measured.config.measure;
  const auto write = [&](const char* name, const std::string& csv) {
    if (csv.empty()) {
      std::filesystem::remove(folder / name);
    } else {
      write_file_atomic(folder / name, csv);
    }
  };
  write("encoder.csv", all.encoder_csv());
  write("matched_length.csv", all.matched_length_csv());
  std::string stretches, limits;
  if (asked.by_position > 0) {
    stretches = by_position_csv(
        by_position(all.by_position(),
                    all.metrics(),
                    all.options(),
                    {.resamples = asked.bootstrap_resamples,
                     .method = measured.config.report.interval}));
  }
  write("by_position.csv", stretches);
  if (asked.bounds) {
    limits =
        bounds_csv(bounds(all.sets(),
                          all.metrics(),
                          {.evaluate = all.options(),
                           .seed = static_cast<uint64_t>(measured.config.seed),
                           .prompt_rows = all.prompt_rows(),
                           .prompts = all.prompts(),
                           .reference = asked.reference}));
  }
  write("bounds.csv", limits);
}

}  // namespace

void write_metric_files(const std::filesystem::path& folder,
                        const Measured& measured) {
  std::vector<PerPromptRow> per_prompt;
  per_prompt.reserve(measured.values.size());
  for (const MetricValue& value : measured.values) {
    per_prompt.push_back({.condition = value.condition,
                          .prompt_id = value.prompt_id,
                          .metric = value.metric,
                          .level = std::string(to_string(value.level)),
                          .variant = value.variant,
                          .value = value.value,
                          .n_texts = value.n_texts});
  }
  const Inference inference(
      per_prompt, measured.config, scope_of(measured.config));
  std::vector<SummaryRow> summaries = inference.summaries();
  std::vector<ComparisonRow> comparisons = inference.comparisons();
  const CorpusLevel corpus =
      corpus_level(measured.config, measured.sets.sets());
  summaries.insert(
      summaries.end(), corpus.summaries.begin(), corpus.summaries.end());
  std::vector<TrendRow> trends = inference.trends();
  std::vector<StepRow> steps = inference.steps();
  std::vector<AcrossRow> across = inference.across();
  adjust(comparisons);
  adjust(trends);
  adjust(steps);
  adjust(across);
  // These are a family of their own, adjusted already.
  comparisons.insert(
      comparisons.end(), corpus.comparisons.begin(), corpus.comparisons.end());
  write_file_atomic(folder / "per_text.csv", per_text_csv(measured));
  write_file_atomic(folder / "per_prompt.csv", per_prompt_csv(per_prompt));
  write_file_atomic(folder / "summary.csv", summary_csv(summaries));
  write_file_atomic(folder / "comparisons.csv", comparisons_csv(comparisons));
  write_file_atomic(folder / "trends.csv", trends_csv(trends));
  write_file_atomic(folder / "steps.csv", steps_csv(steps));
  write_file_atomic(folder / "across.csv", across_csv(across));
  write_file_atomic(folder / "extract.csv", extract_csv(measured.sets));
  write_file_atomic(folder / "lengths.csv", lengths_csv(measured.values));
  write_file_atomic(folder / "effective_curve.csv",
                    effective_curve_csv(measured.sets.sets(),
                                        measured.sets.metrics(),
                                        measured.sets.options()));
  write_resampling(folder, measured);
  write_second_looks(folder, measured);
  const std::string warning = unequally_cut_words(summaries);
  if (!warning.empty()) fmt::print(stderr, "cdx: {}\n", warning);
}

}  // namespace cdx
