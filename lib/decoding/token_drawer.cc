#include "decoding/token_drawer.h"

#include "decoding/history.h"
#include "decoding/race.h"
#include "decoding/truncation.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

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

// The weight after annealing and trigger.
double TokenDrawer::annealed(double weight, const RowInput& row) const {
  const MixOptions& mix = options_.mix;
  const auto step = static_cast<int64_t>(row.story.size());
  if (step < mix.weight_from || step >= mix.weight_until) return 0;
  if (mix.entropy_above < 0) return weight;
  const double excess = raw_[kInstruct].entropy - mix.entropy_above;
  if (mix.softness == 0) return excess > 0 ? weight : 0;
  return weight / (1 + std::exp(-excess / mix.softness));
}

TokenDrawer::Weights TokenDrawer::weights_of(const RowInput& row) const {
  const MixOptions& mix = options_.mix;
  const double gamma = annealed(mix.gamma, row);
  switch (mix.rule) {
    case MixRule::kLinear:
      return {.of_model = {gamma, 1 - gamma, 0},
              .only = gamma == 0 ? 1 : (gamma == 1 ? 0 : -1),
              .shown = gamma};
    case MixRule::kGeometric:
    case MixRule::kCfg:
      return {.of_model = {gamma, 1 - gamma, 0},
              .log_space = true,
              .only = gamma == 0 ? 1 : (gamma == 1 ? 0 : -1),
              .shown = gamma};
    case MixRule::kSignFlipped:
      return {.of_model = {gamma, 1, 0},
              .log_space = true,
              .only = gamma == 0 ? 1 : -1,
              .shown = gamma};
    case MixRule::kContrastive: {
      const double beta = annealed(mix.beta, row);
      return {.of_model = {-beta, 1 + beta, 0},
              .log_space = true,
              .only = beta == 0 ? 1 : -1,
              .shown = beta};
    }
    case MixRule::kProxy: {
      const double alpha = annealed(mix.alpha, row);
      return {.of_model = {1, alpha, -alpha},
              .log_space = true,
              .only = alpha == 0 ? 0 : -1,
              .shown = alpha};
    }
    case MixRule::kRouting:
    case MixRule::kSwitch:
      break;
  }
  const int32_t model = choose_model(row);
  return {.only = model, .shown = model == 0 ? 1.0 : 0.0};
}

int32_t TokenDrawer::choose_model(const RowInput& row) const {
  const MixOptions& mix = options_.mix;
  size_t wanted = kInstruct;
  if (mix.rule == MixRule::kSwitch) {
    if (coin(row.at) < mix.share) wanted = kBase;
  } else {
    const bool is_uncertain =
        mix.route_by == RouteBy::kMaxProbability
            ? std::exp(-raw_[kBase].log_sum) < mix.threshold
            : raw_[kBase].entropy > mix.threshold;
    const bool is_punctuation =
        mix.punctuation &&
        has_flag(most_probable(kInstruct, row), kPunctuation);
    if (is_uncertain && !is_punctuation) wanted = kBase;
  }
  const auto before = static_cast<size_t>(row.route);
  if (row.route < 0 || wanted == before || !mix.word_boundary) {
    return static_cast<int32_t>(wanted);
  }
  return may_change_to(wanted, row) ? static_cast<int32_t>(wanted) : row.route;
}

bool TokenDrawer::may_change_to(size_t m, const RowInput& row) const {
  const int32_t id = most_probable(m, row);
  return has_flag(id, kStartsWord | kPunctuation) ||
         options_.stop_ids.ends_any(id);
}

int32_t TokenDrawer::most_probable(size_t m, const RowInput& row) const {
  const std::span<const float> logits = row.logits[m];
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) -
                              logits.begin());
}

bool TokenDrawer::has_flag(int32_t id, int flags) const {
  return (options_.token_flags.at(static_cast<size_t>(id)) & flags) != 0;
}

// Σ weight · logit; a token that one of the models excludes has no score.
float TokenDrawer::score(const Weights& weights, int32_t id) const {
  double sum = 0;
  for (size_t m = 0; m < options_.models; ++m) {
    const double weight = weights.of_model[m];
    if (weight == 0) continue;
    const float logit = models_[m].logits()[static_cast<size_t>(id)];
    if (logit == kNever) return kNever;
    sum += weight * logit;
  }
  return static_cast<float>(sum);
}

// Contrastive decoding's plausible tokens: raw logits of the expert from here.
float TokenDrawer::plausible_from() const {
  const MixOptions& mix = options_.mix;
  if (mix.rule != MixRule::kContrastive || mix.plausibility == 0) return kNever;
  return raw_[kInstruct].max + static_cast<float>(std::log(mix.plausibility));
}

void TokenDrawer::take_set() {
  const std::vector<int32_t>& instruct = models_[kInstruct].kept();
  const std::vector<int32_t>& base = models_[kBase].kept();
  ids_.clear();
  switch (options_.mix.truncate_by) {
    case TruncateBy::kBase:
      ids_ = base;
      return;
    case TruncateBy::kUnion:
      std::set_union(base.begin(),
                     base.end(),
                     instruct.begin(),
                     instruct.end(),
                     std::back_inserter(ids_));
      return;
    case TruncateBy::kIntersection:
      std::set_intersection(base.begin(),
                            base.end(),
                            instruct.begin(),
                            instruct.end(),
                            std::back_inserter(ids_));
      if (!ids_.empty()) return;
      break;  // nothing in common: the instruct model's set
    case TruncateBy::kInstruct:
    case TruncateBy::kEach:
    case TruncateBy::kMixture:
      break;
  }
  ids_ = instruct;
}

// Every token that no model excludes by itself is looked at.
void TokenDrawer::take_all() {
  ids_.resize(models_[0].p().size());
  std::iota(ids_.begin(), ids_.end(), 0);
}

void TokenDrawer::take_weights(const Distribution& from) {
  weights_.clear();
  for (const int32_t id : ids_) {
    weights_.push_back(from.p()[static_cast<size_t>(id)]);
  }
}

// Leaves the plausible tokens in the set; all of them if none is.
void TokenDrawer::keep_plausible(const RowInput& row) {
  const float from = plausible_from();
  const auto is_plausible = [&](int32_t id) {
    return row.logits[kInstruct][static_cast<size_t>(id)] >= from;
  };
  if (from == kNever || std::none_of(ids_.begin(), ids_.end(), is_plausible)) {
    return;
  }
  std::erase_if(ids_, [&](int32_t id) { return !is_plausible(id); });
}

// Mixes on the truncation set alone.
void TokenDrawer::weigh_set(const Weights& weights, const RowInput& row) {
  take_set();
  keep_plausible(row);
  if (weights.only >= 0) {
    take_weights(models_[static_cast<size_t>(weights.only)]);
  } else if (weights.log_space) {
    weigh_scores(weights);
  } else {
    weigh_probabilities(weights);
  }
}

double TokenDrawer::mass_on_set(const Distribution& model) const {
  double mass = 0;
  for (const int32_t id : ids_) mass += model.p()[static_cast<size_t>(id)];
  return mass;
}

void TokenDrawer::weigh_probabilities(const Weights& weights) {
  std::array<float, 2> scale = {
      static_cast<float>(weights.of_model[kBase]),
      static_cast<float>(weights.of_model[kInstruct])};
  if (options_.mix.renormalise) {
    for (const size_t m : {kBase, kInstruct}) {
      const double mass = mass_on_set(models_[m]);
      if (mass > 0) scale[m] = static_cast<float>(weights.of_model[m] / mass);
    }
  }
  const std::span<const float> base = models_[kBase].p();
  const std::span<const float> instruct = models_[kInstruct].p();
  weights_.clear();
  for (const int32_t id : ids_) {
    const auto at = static_cast<size_t>(id);
    weights_.push_back(scale[kInstruct] * instruct[at] +
                       scale[kBase] * base[at]);
  }
}

// Weights exp(score − max); tokens without a score leave the set.
void TokenDrawer::weigh_scores(const Weights& weights) {
  weights_.clear();
  float max = kNever;
  size_t n = 0;
  for (const int32_t id : ids_) {
    const float of_id = score(weights, id);
    if (of_id == kNever) continue;
    max = std::max(max, of_id);
    ids_[n++] = id;
    weights_.push_back(of_id);
  }
  if (n == 0) {  // the models agree on no token of the set
    weights_.assign(ids_.size(), 0);
    return;
  }
  ids_.resize(n);
  for (float& weight : weights_) weight = std::exp(weight - max);
}

// Mixes over the whole vocabulary, then runs what acts on the mixture.
void TokenDrawer::weigh_mixture(const Weights& weights, const RowInput& row) {
  const bool is_one_model = weights.only >= 0 && plausible_from() == kNever;
  Distribution& mixture =
      is_one_model ? models_[static_cast<size_t>(weights.only)] : mixture_;
  if (!is_one_model) {
    weights.log_space || weights.only >= 0 ? mix_scores(weights, row)
                                           : mix_probabilities(weights);
  }
  run_stages(mixture_stages_,
             options_.sampling.temperature,
             row,
             options_.lead(),
             mixture);
  const TruncateBy by = options_.mix.truncate_by;
  if (by == TruncateBy::kMixture || by == TruncateBy::kEach) {
    ids_ = mixture.kept();
  } else {
    take_set();
  }
  take_weights(mixture);
}

void TokenDrawer::mix_probabilities(const Weights& weights) {
  const bool each = options_.mix.truncate_by == TruncateBy::kEach;
  if (options_.mix.renormalise && !each) take_set();
  buffer_.assign(models_[0].p().size(), 0);
  double total = 0;
  for (const size_t m : {kBase, kInstruct}) {
    const Distribution& model = models_[m];
    double mass = 1;
    if (options_.mix.renormalise) {
      mass = each ? model.kept_mass() : mass_on_set(model);
    }
    if (!(mass > 0)) continue;
    const auto scale = static_cast<float>(weights.of_model[m] / mass);
    const auto add = [&](int32_t id) {
      const auto at = static_cast<size_t>(id);
      const float share = scale * model.p()[at];
      buffer_[at] += share;
      total += share;
    };
    if (each) {
      model.for_each_kept(add);
    } else {
      for (size_t id = 0; id < buffer_.size(); ++id) {
        add(static_cast<int32_t>(id));
      }
    }
  }
  for (float& p : buffer_) p = static_cast<float>(p / total);
  mixture_.reset_to_probabilities(buffer_);
}

void TokenDrawer::mix_scores(const Weights& weights, const RowInput& row) {
  const float from = plausible_from();
  const bool each = options_.mix.truncate_by == TruncateBy::kEach;
  buffer_.assign(models_[0].p().size(), kNever);
  take_set();
  if (options_.mix.truncate_by == TruncateBy::kMixture) take_all();
  if (each) {
    for (size_t m = 0; m < options_.models; ++m) {
      if (weights.of_model[m] == 0) continue;
      const std::vector<int32_t>& own = models_[m].kept();
      std::erase_if(ids_, [&](int32_t id) {
        return !std::binary_search(own.begin(), own.end(), id);
      });
    }
    if (ids_.empty()) ids_ = models_[options_.lead()].kept();
  }
  bool any = false;
  for (const int32_t id : ids_) {
    const auto at = static_cast<size_t>(id);
    if (row.logits[kInstruct][at] < from) continue;
    buffer_[at] = score(weights, id);
    any = any || buffer_[at] != kNever;
  }
  if (!any) {  // the models agree on no token: the lead model's distribution
    for (const int32_t id : ids_) {
      const auto at = static_cast<size_t>(id);
      buffer_[at] = models_[options_.lead()].logits()[at];
    }
  }
  mixture_.reset(buffer_);
}

// No weight on the whole set, as when γ = 1 and the base excludes it: the limit
// of γ → 1, which is the lead model on the set.
void TokenDrawer::fall_back_to_lead() {
  take_weights(models_[options_.lead()]);
}

StepTrace TokenDrawer::trace(const RowInput& row) const {
  StepTrace trace;
  trace.at = row.at;
  trace.draw = last_;
  trace.ids = ids_;
  for (size_t m = 0; m < options_.models; ++m) {
    trace.p.emplace_back(models_[m].p().begin(), models_[m].p().end());
    std::vector<int32_t>& set = trace.sets.emplace_back();
    if (models_[m].keeps_all()) continue;
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
