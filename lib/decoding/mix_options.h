#pragma once

#include "decoding/sampling_options.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

// How the distributions of several models become one. `a` is the instruct model
// (the expert, the tuned one), `b` the base (the guide, the amateur); z logits,
// p probabilities.
namespace cdx {

enum class MixRule {
  kLinear,       // (1−γ)·p_a + γ·p_b: conformative decoding, our reading
  kGeometric,    // p_a^(1−γ)·p_b^γ; DeRa's λ is 1−γ
  kSignFlipped,  // p_a·p_b^γ: contrastive decoding with the sign flipped
  kCfg,          // z_a + γ·(z_b − z_a), any γ: classifier-free guidance
  // (1+β)·z_a − β·z_b where p_a >= plausibility·max p_a, p_a raw: before
  // penalties, temperature and end tokens. Everywhere if no token of the set
  // is.
  kContrastive,
  kProxy,    // z_base + α·(z_expert − z_antiexpert): DExperts, proxy-tuning
  kRouting,  // each token from one model, chosen by the base's certainty
  kSwitch,   // each token from one model, chosen by a coin
};

// The rules in the order above, and their names in experiment files.
const std::vector<MixRule>& all_mix_rules();
std::string_view to_string(MixRule rule);
bool has_gamma(MixRule rule);

// Whose truncation set limits the mixture.
enum class TruncateBy {
  kInstruct,      // found on p_a before mixing
  kBase,          // found on p_b before mixing
  kIntersection,  // of both
  kUnion,         // of both
  kEach,          // each distribution is cut by its own set, then mixed
  kMixture,       // found on the mixture
};
const std::vector<TruncateBy>& all_truncate_by();
std::string_view to_string(TruncateBy by);

// Where sampling.temperature acts.
enum class TemperatureOn { kModels, kMixture };
std::string_view to_string(TemperatureOn on);

enum class RouteBy { kMaxProbability, kEntropy };
std::string_view to_string(RouteBy by);

struct MixOptions {
  MixRule rule = MixRule::kLinear;

  // Of linear and geometric: weight of the base, in [0, 1]. Of sign_flipped:
  // its exponent, >= 0. Of cfg: any.
  double gamma = 0;
  double beta = 0.5;          // of contrastive; >= 0
  double plausibility = 0.1;  // of contrastive; in [0, 1], 0: off
  double alpha = 1;           // of proxy; any
  double share = 0.5;         // of switch: chance of the base, in [0, 1]

  // Of routing: the base where it is uncertain, that is where max p_b is below
  // the threshold (max_probability), or its entropy in nats above (entropy).
  RouteBy route_by = RouteBy::kMaxProbability;
  double threshold = 0.5;
  // The instruct model wherever its most probable token is punctuation.
  bool punctuation = false;
  // Of routing and switch: the model changes only where the one that would take
  // over most probably begins a word (or writes punctuation, or ends).
  bool word_boundary = false;

  // Annealing: the weight (gamma, beta, alpha) acts on the story's tokens
  // [weight_from, weight_until) and is 0 elsewhere.
  int64_t weight_from = 0;
  int64_t weight_until = std::numeric_limits<int64_t>::max();
  // Trigger: the weight is multiplied by 1[H > h], H the instruct model's
  // entropy in nats; or by 1/(1 + exp((h − H)/softness)) with softness > 0.
  // Negative: no trigger.
  double entropy_above = -1;
  double softness = 0;

  TruncateBy truncate_by = TruncateBy::kInstruct;
  // Each distribution is divided by its mass on the set before it is weighted
  // (matters for linear only).
  bool renormalise = false;
  TemperatureOn temperature_on = TemperatureOn::kModels;
  // Each model's own temperature, in the order of the models, in place of
  // sampling.temperature where that acts on models; empty: none.
  std::vector<double> temperatures;

  // False for routing and switch, whose weights are 0 and 1.
  bool has_weight() const;

  // Throws UserError naming the option and its range, or options that cannot
  // go together.
  void check() const;

 private:
  void check_weights() const;
};

}  // namespace cdx
