#include "metrics/text_numbers.h"

#include "util/errors.h"

#include <fmt/format.h>

namespace cdx {

void check_numbers_texts(std::string_view name) {
  const MetricDescriptor& metric = find_metric(name);
  if (metric.level == Level::kText && metric.input != Input::kScores) return;
  throw UserError(
      fmt::format("\"{}\" gives no number a text, which a quality gate needs: "
                  "name a metric of level text or a score",
                  name));
}

std::vector<double> numbers_of_texts(const TextSet& set,
                                     const std::string& name,
                                     const EvaluateOptions& options) {
  for (const auto& [score, numbers] : set.scores) {
    if (score == name) return numbers;
  }
  check_numbers_texts(name);
  return evaluate(set, {name}, options).front().per_text;
}

}  // namespace cdx
