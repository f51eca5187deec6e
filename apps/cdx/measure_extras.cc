#include "measure_extras.h"

#include "metrics/metric.h"
#include "util/errors.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

void check(const MeasureOptions& options) {
  for (const std::string& name : options.metrics) {
    const Input input = find_metric(name).input;
    if (input == Input::kGatedEmbeddings && !options.quality_gate) {
      throw UserError(fmt::format(
          "{} needs --gate, which says what texts count, as in --gate "
          "'quality>=0.5'",
          name));
    }
    if (input == Input::kScores && options.scores.empty()) {
      throw UserError(fmt::format(
          "{} needs --scores, a file of scores from outside", name));
    }
  }
  if (options.quality_gate && options.tale_grammar.empty() &&
      options.quality_gate->metric.starts_with("tale_")) {
    throw UserError(fmt::format(
        "--gate: {} needs a tale grammar, which only an experiment file names "
        "(measure.tale_grammar)",
        options.quality_gate->metric));
  }
}

}  // namespace

void add_extras(const MeasureExtras& extras, MeasureOptions& options) {
  if (!extras.scores.empty()) options.scores = extras.scores;
  std::vector<std::string>& metrics = options.metrics;
  if (!options.scores.empty() &&
      std::find(metrics.begin(), metrics.end(), "score") == metrics.end()) {
    metrics.emplace_back("score");
  }
  if (!extras.gate.empty()) options.quality_gate = parse_gate(extras.gate);
  options.rarefaction = options.rarefaction || extras.rarefaction;
  options.reliability = options.reliability || extras.reliability;
  options.match_length = options.match_length || extras.match_length;
  if (extras.length_floor > 0) options.length_floor = extras.length_floor;
  if (!extras.long_text.empty()) {
    options.long_text = extras.long_text == to_string(LongText::kTruncate)
                            ? LongText::kTruncate
                            : LongText::kWindows;
  }
  if (extras.by_position > 0) options.by_position = extras.by_position;
  options.bounds = options.bounds || extras.bounds;
  check(options);
}

}  // namespace cdx
