#include "story_record.h"

namespace cdx {
namespace {

// "base", "instruct" or "both" of a mixture (of rule proxy, the expert counts
// as instruct), the role of a model alone.
std::string stopped_by_word(const Condition& condition, StoppedBy by) {
  if (by != StoppedBy::kNone && condition.models.size() == 1) {
    return condition.models.front();
  }
  switch (by) {
    case StoppedBy::kInstruct:
      return "instruct";
    case StoppedBy::kBase:
      return "base";
    case StoppedBy::kBoth:
      return "both";
    case StoppedBy::kNone:
      return "";
  }
  return "";
}

std::string finish_word(FinishReason reason) {
  switch (reason) {
    case FinishReason::kStop:
      return "stop";
    case FinishReason::kStopString:
      return "stop_string";
    case FinishReason::kLength:
      break;
  }
  return "length";
}

}  // namespace

GenerationRecord story_record(const Condition& condition, const Story& story) {
  GenerationRecord record{
      .coordinates = {.prompt_id = {},
                      .condition = condition.name,
                      .sample = story.sample},
      .text = {},
      .token_ids = story.ids,
      .finish_reason = finish_word(story.finish_reason),
      .stopped_by = stopped_by_word(condition, story.stopped_by),
      .log_probs = {},
      .log_prob_sampled = story.log_prob_sampled,
      .entropies = {},
      .entropy_sampled = story.entropy_sampled,
      .kept = story.kept};
  if (story.finish_reason == FinishReason::kStop) {
    record.stop_token = story.ids.back();
  }
  if (condition.models.size() > 1) record.weight = story.weight;
  for (size_t m = 0; m < condition.models.size(); ++m) {
    record.log_probs[condition.models[m]] = story.log_probs[m];
    record.entropies[condition.models[m]] = story.entropies[m];
  }
  return record;
}

}  // namespace cdx
