#include "jobs.h"

#include "model_input.h"
#include "story_text.h"
#include "torch_library.h"
#include "util/errors.h"
#include "util/hash.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

// Rows a step when the file says auto: enough for near full speed of the
// matrix products of small models on a few cores; on a GPU until there is a
// memory plan.
constexpr int64_t kAutoBatchCpu = 64;
constexpr int64_t kAutoBatchCuda = 128;

bool needs_token_flags(const Condition& condition) {
  return condition.kind == ConditionKind::kMixture &&
         (condition.mix.punctuation || condition.mix.word_boundary);
}

}  // namespace

int64_t auto_batch_size(const Placement& placement) {
  return placement.device == "cuda" ? kAutoBatchCuda : kAutoBatchCpu;
}

Jobs::Jobs(const ExperimentConfig& config, int threads)
    : config_(config),
      models_(open_models(config)),
      generator_(open_story_generator(threads)) {
  for (const auto& [role, model] : models_) {
    generator_->load(role, model.folder, named(config.models, role).device);
    warn_of_slow_type(role);
  }
  for (const Condition& condition : config.conditions) {
    if (!condition.other_guide_prompt || !all_prompts_.empty()) continue;
    PromptOptions all = config.prompts;
    all.skip = all.limit = 0;
    all_prompts_ = read_prompts(all);
    if (all_prompts_.size() < 2) {
      throw UserError(fmt::format(
          "condition '{}': guide_prompt: other needs a second prompt, but {} "
          "has only one",
          condition.name,
          all.file.string()));
    }
  }
}

void Jobs::warn_of_slow_type(const std::string& role) const {
  const Placement place = generator_->placement(role);
  if (place.device != "cpu" || place.dtype == "float32") return;
  fmt::print(stderr,
             "cdx: model '{}' computes in {} on the CPU, which is many times "
             "slower there than float32 (models.{}.dtype: auto)\n",
             role,
             place.dtype,
             role);
}

Placement Jobs::placement() const {
  if (models_.empty()) return {};
  return generator_->placement(models_.begin()->first);
}

DecodingJob Jobs::make_job(const Condition& condition,
                           int64_t batch_size) const {
  const TokenSpace tokens = token_space(condition, models_);
  const Tokenizer& tokenizer =
      *models_.at(condition.models[condition.lead()]).tokenizer;
  DecodingJob job{.models = condition.models,
                  .mix = condition.mix,
                  .sampling = condition.sampling,
                  .end = condition.end,
                  .max_new_tokens = config_.generation.max_new_tokens,
                  .batch_size = batch_size,
                  .vocab_size = tokens.columns,
                  .stop_ids = tokens.stop_ids,
                  .token_flags = {},
                  .token_records = config_.generation.token_records,
                  .watch_text = {},
                  .requests = {}};
  if (needs_token_flags(condition)) {
    job.token_flags = token_flags(tokenizer, tokens.columns);
  }
  if (!condition.end.stop_strings.empty()) {
    job.watch_text = [&tokenizer, &texts = condition.end.stop_strings] {
      return watch_for(texts, tokenizer);
    };
  }
  return job;
}

// A wrong guide's prompt is the next one of the file, the last one's the first.
const Prompt& Jobs::prompt_for(const Condition& condition,
                               size_t m,
                               const Prompt& own) const {
  if (!condition.other_guide_prompt || m == condition.lead()) return own;
  const auto place = std::find_if(
      all_prompts_.begin(), all_prompts_.end(), [&](const Prompt& prompt) {
        return prompt.id == own.id;
      });
  if (place == all_prompts_.end()) return all_prompts_.front();
  return std::next(place) == all_prompts_.end() ? all_prompts_.front()
                                                : *std::next(place);
}

StoryRequest Jobs::make_request(const Condition& condition,
                                const Prompt& prompt,
                                SentPrompt& sent) const {
  StoryRequest request{
      .prompt_ids = {},
      .key =
          story_key(config_.seed, random_stream(condition, config_), prompt.id),
      .samples = {}};
  for (size_t m = 0; m < condition.models.size(); ++m) {
    sent.inputs.push_back(model_input(config_,
                                      condition,
                                      m,
                                      models_.at(condition.models[m]),
                                      prompt_for(condition, m, prompt)));
    request.prompt_ids.push_back(sent.inputs.back().token_ids);
  }
  return request;
}

ConditionFacts Jobs::facts(const Condition& condition,
                           int64_t batch_size) const {
  ConditionFacts facts{.device_kind = placement().device,
                       .batch_size = batch_size,
                       .prompts_hash = sha256_file(config_.prompts.file)};
  for (size_t m = 0; m < condition.models.size(); ++m) {
    const std::string& role = condition.models[m];
    const ExperimentModel& model = models_.at(role);
    facts.example_hashes.push_back(examples_hash(condition, m, model));
    facts.model_hashes.push_back(model.fact.weights_hash);
    facts.tokenizer_hashes.push_back(model.fact.tokenizer_hash);
    facts.dtypes.push_back(generator_->placement(role).dtype);
  }
  return facts;
}

std::string Jobs::text_of(const Condition& condition,
                          const Story& story,
                          std::string& stop_string) const {
  std::vector<int32_t> ids = story.ids;
  if (story.finish_reason == FinishReason::kStop) ids.pop_back();
  const Tokenizer& tokenizer =
      *models_.at(condition.models[condition.lead()]).tokenizer;
  std::string text = tokenizer.decode(ids, /*skip_special_tokens=*/true);
  if (story.finish_reason == FinishReason::kStopString) {
    ids.pop_back();
    // An unfinished character is shown as U+FFFD, three bytes.
    const size_t before =
        tokenizer.decode(ids, /*skip_special_tokens=*/true).size();
    stop_string =
        cut_at(condition.end.stop_strings, before < 3 ? 0 : before - 3, text);
  }
  return text;
}

}  // namespace cdx
