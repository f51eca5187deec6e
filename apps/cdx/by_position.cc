#include "by_position.h"

#include "changed_texts.h"

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
                 std::vector<PositionRow>& rows) {
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
    rows.push_back({std::get<0>(series),
                    std::get<1>(series),
                    std::get<2>(series),
                    stretch.first + 1,
                    stretch.last,
                    static_cast<int64_t>(summary.n),
                    values.texts,
                    summary.mean,
                    summary.ci.low,
                    summary.ci.high});
  }
}

}  // namespace

std::vector<PositionRow> by_position(
    const std::vector<TextSets::Stretch>& stretches,
    const std::vector<std::string>& metrics,
    const EvaluateOptions& options,
    const BootstrapOptions& bootstrap) {
  std::vector<PositionRow> rows;
  const std::vector<std::string> of_sets = set_metrics_of_texts(metrics);
  for (const TextSets::Stretch& stretch : stretches) {
    add_stretch(stretch, of_sets, options, bootstrap, rows);
  }
  return rows;
}

}  // namespace cdx
