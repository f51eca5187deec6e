#include "decoding/token_drawer.h"

#include "decoding/history.h"
#include "decoding/race.h"
#include "decoding/truncation.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cdx {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr size_t kBase = 0, kInstruct = 1;

bool is_history_stage(Stage stage) {
  return stage == Stage::kRepetitionPenalty || stage == Stage::kNoRepeatNgram;
}

bool is_truncation(Stage stage) {
  return !is_history_stage(stage) && stage != Stage::kTemperature;
}

// True if the model's own set is asked for.
bool is_cut(size_t m, TruncateBy by) {
  switch (by) {
    case TruncateBy::kInstruct:
      return m == kInstruct;
    case TruncateBy::kBase:
      return m == kBase;
    case TruncateBy::kIntersection:
    case TruncateBy::kUnion:
      return m <= kInstruct;
    case TruncateBy::kEach:
      return true;
    case TruncateBy::kMixture:
      return false;
  }
  return false;
}

// ln Σ exp over the logits of `ids`.
float log_mass(const std::vector<float>& logits,
               const std::vector<int32_t>& ids) {
  float max = kNever;
  for (const int32_t id : ids) {
    max = std::max(max, logits[static_cast<size_t>(id)]);
  }
  if (ids.size() == 1 || max == kNever) return max;
  double sum = 0;
  for (const int32_t id : ids) {
    sum += std::exp(double{logits[static_cast<size_t>(id)]} - max);
  }
  return static_cast<float>(max + std::log(sum));
}

void mask(const std::vector<int32_t>& ids, std::vector<float>& logits) {
  for (const int32_t id : ids) logits[static_cast<size_t>(id)] = kNever;
}

}  // namespace

TokenDrawer::TokenDrawer(const StepOptions& options) : options_(options) {
  const bool one = options.models == 1;
  const MixOptions& mix = options.mix;
  const bool on_models = one || mix.temperature_on == TemperatureOn::kModels;
  mixture_is_whole_ =
      !one && (mix.truncate_by == TruncateBy::kMixture ||
               mix.truncate_by == TruncateBy::kEach || !on_models);
  for (size_t m = 0; m < options.models; ++m) {
    temperatures_[m] = on_models ? options.sampling.temperature : 1;
    if (!one && !mix.temperatures.empty()) {
      temperatures_[m] = mix.temperatures.at(m);
    }
  }
  for (const Stage stage : options.sampling.stages()) {
    for (size_t m = 0; m < options.models; ++m) {
      const bool here = stage == Stage::kTemperature
                            ? temperatures_[m] != 1
                            : options.sampling.is_active(stage) &&
                                  (is_history_stage(stage) || one ||
                                   is_cut(m, mix.truncate_by));
      if (here) model_stages_[m].push_back(stage);
    }
    const bool on_mixture = stage == Stage::kTemperature
                                ? !on_models
                                : is_truncation(stage) && !one &&
                                      mix.truncate_by == TruncateBy::kMixture;
    if (on_mixture && options.sampling.is_active(stage)) {
      mixture_stages_.push_back(stage);
    }
  }
}

TokenDraw TokenDrawer::draw(const RowInput& row) {
  for (size_t m = 0; m < options_.models; ++m) prepare_model(m, row);
  Weights weights;
  if (options_.models == 1) {
    weights.only = 0;
    ids_ = models_[0].kept();
    take_weights(models_[0]);
  } else {
    weights = weights_of(row);
    mixture_is_whole_ ? weigh_mixture(weights, row) : weigh_set(weights, row);
  }
  const bool sample = options_.sampling.do_sample;
  Winner winner = race(ids_, weights_, row.at, sample);
  if (winner.total == 0) {
    fall_back_to_lead();
    winner = race(ids_, weights_, row.at, sample);
  }
  if (!(winner.total > 0)) {
    throw WorldError(
        "no token can be drawn: the mixture's probabilities are not numbers or "
        "are all zero inside the truncation set (damaged weights, or a dtype "
        "that overflows? try dtype: float32)");
  }
  return last_ = told(winner, weights, row);
}

TokenDraw TokenDrawer::told(const Winner& winner,
                            const Weights& weights,
                            const RowInput& row) const {
  TokenDraw draw;
  draw.id = ids_[winner.place];
  const auto id = static_cast<size_t>(draw.id);
  for (size_t m = 0; m < options_.models; ++m) {
    draw.log_probs[m] = static_cast<float>(double{row.logits[m][id]} -
                                           raw_[m].max - raw_[m].log_sum);
    draw.entropies[m] = static_cast<float>(raw_[m].entropy);
  }
  draw.log_prob_sampled =
      static_cast<float>(std::log(weights_[winner.place] / winner.total));
  draw.entropy_sampled = std::max(0.0F, static_cast<float>(winner.entropy));
  draw.kept = static_cast<int32_t>(ids_.size());
  draw.weight = static_cast<float>(weights.shown);
  if (options_.models > 1 && !options_.mix.has_weight()) {
    draw.route = weights.only;
  }
  return draw;
}

void TokenDrawer::prepare_model(size_t m, const RowInput& row) {
  Distribution& model = models_[m];
  model.reset(row.logits[m]);
  raw_[m] = {.max = model.max_logit(),
             .log_sum = model.log_sum(),
             .entropy = model.entropy()};
  move_ends(m, row.story.size());
  run_stages(model_stages_[m], temperatures_[m], row, m, model);
}

// The end-of-text policy, on the logits at temperature 1.
void TokenDrawer::move_ends(size_t m, size_t step) {
  const StopIds& stops = options_.stop_ids;
  const bool guide = options_.models > 1 && m != options_.lead();
  const bool too_early =
      static_cast<int64_t>(step) < options_.end.min_new_tokens;
  const bool moves =
      guide && options_.end.policy != EndPolicy::kUnion && !stops.alike();
  if (!moves && !too_early) return;
  std::vector<float>& logits = models_[m].own_logits();
  if (moves && options_.end.policy == EndPolicy::kMerge) {
    const float end = log_mass(logits, stops.base);
    mask(stops.base, logits);
    mask(stops.instruct, logits);
    logits[static_cast<size_t>(stops.instruct.front())] = end;
  } else if (moves) {
    for (const int32_t id : stops.base) {
      if (!stops.ends_instruct(id)) logits[static_cast<size_t>(id)] = kNever;
    }
  }
  if (too_early) {
    mask(stops.base, logits);
    mask(stops.instruct, logits);
  }
  models_[m].refresh();
}

void TokenDrawer::run_stages(const std::vector<Stage>& stages,
                             double temperature,
                             const RowInput& row,
                             size_t m,
                             Distribution& distribution) const {
  const SamplingOptions& sampling = options_.sampling;
  const History history{.prompt = row.prompts[m], .story = row.story};
  for (const Stage stage : stages) {
    if (stage == Stage::kRepetitionPenalty) {
      apply_repetition_penalty(sampling.repetition_penalty,
                               sampling.repetition_window,
                               history,
                               distribution);
    } else if (stage == Stage::kNoRepeatNgram) {
      ban_repeated_ngrams(sampling.no_repeat_ngram_size, history, distribution);
    } else if (stage == Stage::kTemperature) {
      apply_temperature(temperature, distribution);
    } else {
      truncate(stage, sampling, distribution);
    }
  }
}

StepTrace TokenDrawer::trace(const RowInput& row) const {
  StepTrace trace;
  trace.at = row.at;
  trace.draw = last_;
  trace.ids = ids_;
  for (size_t m = 0; m < options_.models; ++m) {
    trace.p.emplace_back(models_[m].p().begin(), models_[m].p().end());
    std::vector<int32_t>& set = trace.sets.emplace_back();
    const std::vector<Stage>& stages = model_stages_[m];
    if (std::none_of(stages.begin(), stages.end(), is_truncation)) continue;
    models_[m].for_each_kept([&](int32_t id) { set.push_back(id); });
  }
  double total = 0;
  for (const float weight : weights_) total += weight;
  for (const float weight : weights_) trace.q.push_back(weight / total);
  for (const int32_t id : ids_) {
    trace.exponentials.push_back(exponential(row.at, id));
  }
  return trace;
}

}  // namespace cdx
