#include "effective_curve.h"

#include "util/csv.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace cdx {
namespace {

constexpr size_t kSteps = 10;

// Deciles that are numbers of the data, each once.
std::vector<double> thresholds_of(const std::vector<TextSet>& sets) {
  std::vector<double> numbers;
  for (const TextSet& set : sets) {
    for (const double number : set.gated) {
      if (!std::isnan(number)) numbers.push_back(number);
    }
  }
  std::sort(numbers.begin(), numbers.end());
  if (std::set<double>(numbers.begin(), numbers.end()).size() <= 2) return {};
  std::set<double> thresholds;
  for (size_t i = 0; i <= kSteps; ++i) {
    thresholds.insert(numbers[i * (numbers.size() - 1) / kSteps]);
  }
  return {thresholds.begin(), thresholds.end()};
}

struct Mean {
  double sum = 0;
  int64_t n = 0;
  void add(double value) {
    if (std::isnan(value)) return;
    sum += value;
    ++n;
  }
  double value() const {
    return n == 0 ? std::nan("") : sum / static_cast<double>(n);
  }
};

using Series = std::pair<std::string, std::string>;  // metric, variant

class Curve {
 public:
  Curve(const std::vector<TextSet>& sets,
        const std::vector<std::string>& metrics,
        const EvaluateOptions& options)
      : sets_(sets), options_(options) {
    for (const std::string& name : metrics) {
      if (find_metric(name).input == Input::kGatedEmbeddings) {
        metrics_.push_back(name);
      }
    }
  }

  std::string csv() {
    std::string csv = csv_line({"condition",
                                "metric",
                                "variant",
                                "threshold",
                                "share_passing",
                                "mean",
                                "n_prompts"});
    if (!options_.gate || metrics_.empty()) return csv;
    const std::vector<double> thresholds = thresholds_of(sets_);
    for (size_t first = 0; first < sets_.size();) {
      size_t end = first;
      while (end < sets_.size() &&
             sets_[end].condition == sets_[first].condition) {
        ++end;
      }
      for (const double threshold : thresholds) add(first, end, threshold, csv);
      first = end;
    }
    return csv;
  }

 private:
  // Of one condition, which the sets first … end are of.
  void add(size_t first, size_t end, double threshold, std::string& csv) {
    options_.gate->threshold = threshold;
    const std::string suffix = options_.gate->name();
    Mean passing;
    std::map<Series, Mean> means;
    std::vector<Series> order;
    for (size_t i = first; i < end; ++i) {
      for (const double number : sets_[i].gated) {
        passing.add(options_.gate->passes(number) ? 1 : 0);
      }
      for (const MetricValue& value : evaluate(sets_[i], metrics_, options_)) {
        const size_t kept = value.variant.size() - suffix.size();
        const Series series = {
            value.metric,
            value.variant.substr(0, kept) + options_.gate->metric};
        if (!means.contains(series)) order.push_back(series);
        means[series].add(value.value);
      }
    }
    for (const Series& series : order) {
      const Mean& mean = means.at(series);
      csv += csv_line({sets_[first].condition,
                       series.first,
                       series.second,
                       csv_number(threshold),
                       csv_number(passing.value()),
                       csv_number(mean.value()),
                       std::to_string(mean.n)});
    }
  }

  const std::vector<TextSet>& sets_;
  std::vector<std::string> metrics_;
  EvaluateOptions options_;
};

}  // namespace

std::string effective_curve_csv(const std::vector<TextSet>& sets,
                                const std::vector<std::string>& metrics,
                                const EvaluateOptions& options) {
  return Curve(sets, metrics, options).csv();
}

}  // namespace cdx
