#include "metrics/evaluate.h"

#include "metrics/evaluators.h"
#include "util/errors.h"

#include <fmt/format.h>

namespace cdx {
namespace {

std::string place_of(const TextSet& set) {
  return fmt::format(
      "condition \"{}\", prompt \"{}\"", set.condition, set.prompt_id);
}

void check_length(const TextSet& set, const char* what, size_t length) {
  if (length == 0 || length == set.texts.size()) return;
  throw UserError(fmt::format(
      "{}: {} {} for {} texts", place_of(set), length, what, set.texts.size()));
}

void check(const TextSet& set) {
  if (set.texts.empty()) {
    throw UserError(fmt::format("{}: there are no texts", place_of(set)));
  }
  check_length(set, "token counts", set.n_tokens.size());
  check_length(set, "finish reasons", set.finished_by_length.size());
  check_length(set, "classes", set.classes.size());
  check_length(set, "tale checks", set.tales.size());
  check_length(set, "embeddings", static_cast<size_t>(set.embeddings.rows()));
  check_length(set, "numbers of the quality gate", set.gated.size());
  check_length(set, "nearest prompts", set.off_prompt.size());
  for (const auto& [name, numbers] : set.scores) {
    check_length(set, "scores", numbers.size());
  }
}

void check_input(const MetricDescriptor& metric, const Work& work) {
  if (metric.input == Input::kGatedEmbeddings &&
      (!work.options.gate || work.set.gated.empty())) {
    throw UserError(
        fmt::format("{} needs a quality gate, which says what texts count: "
                    "measure.quality_gate or --gate",
                    metric.name));
  }
  if (metric.input == Input::kScores && work.set.scores.empty()) {
    throw UserError(
        fmt::format("{} needs scores from outside: measure.scores or --scores",
                    metric.name));
  }
  const bool embedded = metric.input == Input::kEmbeddings ||
                        metric.input == Input::kGatedEmbeddings;
  if (embedded && work.set.embeddings.rows() == 0) {
    throw UserError(fmt::format(
        "{}: {} needs sentence embeddings", place_of(work.set), metric.name));
  }
  if (metric.input == Input::kPrompts && work.set.off_prompt.empty()) {
    throw UserError(fmt::format("{}: {} needs embeddings of the prompts",
                                place_of(work.set),
                                metric.name));
  }
  if (metric.input == Input::kClasses && work.set.classes.empty()) {
    throw UserError(fmt::format(
        "{}: {} needs the texts' classes, which only cdx measure --input … "
        "--classes FILE brings in",
        place_of(work.set),
        metric.name));
  }
  if (metric.input == Input::kTales &&
      (work.set.tales.empty() || work.options.slots.empty())) {
    throw UserError(fmt::format(
        "{}: {} needs texts that are checked by a tale grammar; leave it out "
        "for other texts",
        place_of(work.set),
        metric.name));
  }
}

}  // namespace

std::vector<ChoiceSlot> choice_slots(const TaleGrammar& grammar) {
  std::vector<ChoiceSlot> slots;
  for (const std::string& slot : grammar.slots()) {
    slots.push_back({slot, static_cast<int64_t>(grammar.values(slot).size())});
  }
  return slots;
}

std::vector<MetricValue> evaluate(const TextSet& set,
                                  const std::vector<std::string>& metrics,
                                  const EvaluateOptions& options) {
  check(set);
  const Work work(set, options);
  std::vector<MetricValue> rows;
  for (const std::string& name : metrics) {
    const MetricDescriptor& metric = find_metric(name);
    if (metric.level == Level::kCorpus) continue;
    check_input(metric, work);
    for (EvaluatedValue& value : find_evaluator(name)(work)) {
      rows.push_back({set.condition,
                      set.prompt_id,
                      name,
                      metric.level,
                      std::move(value.variant),
                      value.value,
                      value.n_texts,
                      std::move(value.per_text)});
    }
  }
  return rows;
}

}  // namespace cdx
