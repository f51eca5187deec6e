#include "decoding/token_drawer.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>

// TokenDrawer's second half: how the models' distributions become one.
namespace cdx {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();
constexpr size_t kBase = 0, kInstruct = 1;

}  // namespace

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
  const auto kept = [&](size_t m) -> const std::vector<int32_t>& {
    return models_[m].kept();
  };
  ids_.clear();
  switch (options_.mix.truncate_by) {
    case TruncateBy::kBase:
      ids_ = kept(kBase);
      return;
    case TruncateBy::kUnion:
      std::ranges::set_union(
          kept(kBase), kept(kInstruct), std::back_inserter(ids_));
      return;
    case TruncateBy::kIntersection:
      std::ranges::set_intersection(
          kept(kBase), kept(kInstruct), std::back_inserter(ids_));
      if (!ids_.empty()) return;
      break;  // nothing in common: the instruct model's set
    case TruncateBy::kInstruct:
    case TruncateBy::kEach:
    case TruncateBy::kMixture:
      break;
  }
  ids_ = kept(kInstruct);
}

// Every token that no model excludes by itself is looked at.
void TokenDrawer::take_all() {
  ids_.resize(models_[0].p().size());
  std::iota(ids_.begin(), ids_.end(), 0);
}

void TokenDrawer::take_weights(const Distribution& from) {
  const std::span<const float> p = from.p();
  weights_.resize(ids_.size());
  for (size_t i = 0; i < ids_.size(); ++i) {
    weights_[i] = p[static_cast<size_t>(ids_[i])];
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
  weights_.resize(ids_.size());
  for (size_t i = 0; i < ids_.size(); ++i) {
    const auto at = static_cast<size_t>(ids_[i]);
    weights_[i] = scale[kInstruct] * instruct[at] + scale[kBase] * base[at];
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

}  // namespace cdx
