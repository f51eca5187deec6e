#include "by_position.h"

#include "changed_texts.h"
#include "util/csv.h"

#include <map>
#include <tuple>

namespace cdx {
namespace {

using Series = std::tuple<std::string, std::string, std::string>;

struct Values {
  std::vector<double> of_prompts;
  int64_t texts = 0;
};

void add_stretch(const TextSets::Stretch& stretch,
                 const std::vector<std::string>& metrics,
                 const EvaluateOptions& options,
                 const BootstrapOptions& bootstrap,
                 std::string& csv) {
  std::vector<Series> order;
  std::map<Series, Values> all;
  for (const TextSet& set : stretch.sets) {
    for (const MetricValue& value : evaluate(set, metrics, options)) {
      const Series series{value.condition, value.metric, value.variant};
      const auto [at, is_new] = all.try_emplace(series);
      if (is_new) order.push_back(series);
      at->second.of_prompts.push_back(value.value);
      at->second.texts += value.n_texts;
    }
  }
  for (const Series& series : order) {
    const Values& values = all.at(series);
    const Summary summary = summarise(values.of_prompts, bootstrap);
    csv += csv_line({std::get<0>(series),
                     std::get<1>(series),
                     std::get<2>(series),
                     std::to_string(stretch.first + 1),
                     std::to_string(stretch.last),
                     std::to_string(summary.n),
                     std::to_string(values.texts),
                     csv_number(summary.mean),
                     csv_number(summary.ci.low),
                     csv_number(summary.ci.high)});
  }
}

}  // namespace

std::string by_position_csv(const std::vector<TextSets::Stretch>& stretches,
                            const std::vector<std::string>& metrics,
                            const EvaluateOptions& options,
                            const BootstrapOptions& bootstrap) {
  std::string csv = csv_line({"condition",
                              "metric",
                              "variant",
                              "first_word",
                              "last_word",
                              "n_prompts",
                              "n_texts",
                              "mean",
                              "ci_low",
                              "ci_high"});
  const std::vector<std::string> of_sets = set_metrics_of_texts(metrics);
  for (const TextSets::Stretch& stretch : stretches) {
    add_stretch(stretch, of_sets, options, bootstrap, csv);
  }
  return csv;
}

}  // namespace cdx
