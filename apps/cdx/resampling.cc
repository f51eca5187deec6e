#include "resampling.h"

#include "changed_texts.h"
#include "metrics/subset.h"
#include "stats/random.h"
#include "stats/reliability.h"
#include "stats/subsets.h"
#include "util/csv.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <span>
#include <utility>

namespace cdx {
namespace {

constexpr size_t kFewestTexts = 4;  // two a half

using Series = std::pair<std::string, std::string>;  // metric, variant

std::vector<std::string> set_metrics(const std::vector<std::string>& metrics) {
  std::vector<std::string> names;
  for (const std::string& name : metrics) {
    if (find_metric(name).level == Level::kSet) names.push_back(name);
  }
  return names;
}

// A stream of its own for each prompt and purpose.
uint64_t seed_of(uint64_t seed, size_t prompt, size_t purpose) {
  return SplitMix64(SplitMix64(seed, prompt).next(), purpose).next();
}

// Lists of numbers by metric and variant, which come in one order.
class Lists {
 public:
  std::vector<double>& of(const Series& series) {
    const auto [at, is_new] = lists_.try_emplace(series);
    if (is_new) order_.push_back(series);
    return at->second;
  }
  const std::vector<Series>& order() const { return order_; }

 private:
  std::map<Series, std::vector<double>> lists_;
  std::vector<Series> order_;
};

double mean_of_defined(const std::vector<double>& values) {
  std::vector<double> defined;
  std::copy_if(values.begin(),
               values.end(),
               std::back_inserter(defined),
               [](double value) { return !std::isnan(value); });
  return mean(defined);
}

// 2, 3, 5, 10, 20, 50, 100 … up to `most`.
std::vector<size_t> ladder(size_t most) {
  std::vector<size_t> sizes;
  for (const size_t small : {2, 3}) {
    if (small <= most) sizes.push_back(small);
  }
  for (size_t power = 1; 5 * power <= most; power *= 10) {
    for (const size_t size : {5 * power, 10 * power, 20 * power}) {
      if (size <= most) sizes.push_back(size);
    }
  }
  return sizes;
}

size_t most_texts(Sets sets) {
  size_t most = 0;
  for (const TextSet& set : sets) most = std::max(most, set.texts.size());
  return most;
}

class Resampling {
 public:
  Resampling(const std::vector<std::string>& metrics,
             const ResamplingOptions& options)
      : metrics_(set_metrics(metrics)), options_(options) {}

  bool is_empty() const { return metrics_.empty(); }

  void add_rarefied(Sets sets, size_t size, std::string& csv) const {
    Lists of_prompts;
    size_t draws = 0;
    for (size_t i = 0; i < sets.size(); ++i) {
      const size_t n = sets[i].texts.size();
      if (n < size) continue;
      const std::vector<std::vector<size_t>> drawn =
          subsets(n, size, kRarefactionDraws, seed_of(options_.seed, i, size));
      draws = std::max(draws, drawn.size());
      Lists of_draws;
      for (const std::vector<size_t>& subset : drawn) {
        add_values(sets[i], subset, of_draws);
      }
      for (const Series& series : of_draws.order()) {
        of_prompts.of(series).push_back(mean_of_defined(of_draws.of(series)));
      }
    }
    for (const Series& series : of_prompts.order()) {
      const Summary summary =
          summarise(of_prompts.of(series), options_.bootstrap);
      csv += csv_line({sets.front().condition,
                       series.first,
                       series.second,
                       std::to_string(size),
                       std::to_string(summary.n),
                       csv_number(summary.mean),
                       csv_number(summary.ci.low),
                       csv_number(summary.ci.high),
                       std::to_string(draws)});
    }
  }

  void add_reliability(Sets sets, std::string& csv) const {
    Lists correlations, corrected;
    int64_t prompts = 0;
    // Rows also for what no prompt has texts enough for.
    for (const MetricValue& value :
         evaluate(sets.front(), metrics_, options_.evaluate)) {
      correlations.of({value.metric, value.variant});
    }
    for (size_t split = 0; split < kReliabilitySplits; ++split) {
      Lists first, second;
      prompts = 0;
      for (size_t i = 0; i < sets.size(); ++i) {
        if (sets[i].texts.size() < kFewestTexts) continue;
        ++prompts;
        const auto [a, b] = random_halves(sets[i].texts.size(),
                                          seed_of(options_.seed, i, split));
        add_values(sets[i], a, first);
        add_values(sets[i], b, second);
      }
      for (const Series& series : first.order()) {
        const double r = pearson(first.of(series), second.of(series));
        correlations.of(series).push_back(r);
        corrected.of(series).push_back(spearman_brown(r));
      }
    }
    for (const Series& series : correlations.order()) {
      csv += csv_line({sets.front().condition,
                       series.first,
                       series.second,
                       std::to_string(prompts),
                       std::to_string(kReliabilitySplits),
                       csv_number(mean_of_defined(correlations.of(series))),
                       csv_number(mean_of_defined(corrected.of(series)))});
    }
  }

 private:
  void add_values(const TextSet& set,
                  const std::vector<size_t>& indices,
                  Lists& lists) const {
    for (const MetricValue& value :
         evaluate(subset_of(set, indices), metrics_, options_.evaluate)) {
      lists.of({value.metric, value.variant}).push_back(value.value);
    }
  }

  std::vector<std::string> metrics_;
  const ResamplingOptions& options_;
};

}  // namespace

std::string rarefaction_csv(const std::vector<TextSet>& sets,
                            const std::vector<std::string>& metrics,
                            const ResamplingOptions& options) {
  std::string csv = csv_line({"condition",
                              "metric",
                              "variant",
                              "k",
                              "n_prompts",
                              "mean",
                              "ci_low",
                              "ci_high",
                              "draws"});
  const Resampling resampling(metrics, options);
  if (resampling.is_empty()) return csv;
  for (const Sets of_condition : by_condition(sets)) {
    for (const size_t size : ladder(most_texts(of_condition))) {
      resampling.add_rarefied(of_condition, size, csv);
    }
  }
  return csv;
}

std::string reliability_csv(const std::vector<TextSet>& sets,
                            const std::vector<std::string>& metrics,
                            const ResamplingOptions& options) {
  std::string csv = csv_line({"condition",
                              "metric",
                              "variant",
                              "n_prompts",
                              "splits",
                              "half_correlation",
                              "reliability"});
  const Resampling resampling(metrics, options);
  if (resampling.is_empty()) return csv;
  for (const Sets of_condition : by_condition(sets)) {
    resampling.add_reliability(of_condition, csv);
  }
  return csv;
}

}  // namespace cdx
