#include "decoding/mix_options.h"

#include "util/errors.h"

#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

void demand(bool condition,
            std::string_view key,
            double value,
            std::string_view rule) {
  if (condition) return;
  throw UserError(fmt::format("{} is {}: {}", key, value, rule));
}

bool in_unit(double value) {
  return value >= 0 && value <= 1;
}

}  // namespace

const std::vector<MixRule>& all_mix_rules() {
  static const std::vector<MixRule> kRules = {MixRule::kLinear,
                                              MixRule::kGeometric,
                                              MixRule::kSignFlipped,
                                              MixRule::kCfg,
                                              MixRule::kContrastive,
                                              MixRule::kProxy,
                                              MixRule::kRouting,
                                              MixRule::kSwitch};
  return kRules;
}

bool has_gamma(MixRule rule) {
  return rule == MixRule::kLinear || rule == MixRule::kGeometric ||
         rule == MixRule::kSignFlipped || rule == MixRule::kCfg;
}

std::string_view to_string(MixRule rule) {
  switch (rule) {
    case MixRule::kLinear:
      return "linear";
    case MixRule::kGeometric:
      return "geometric";
    case MixRule::kSignFlipped:
      return "sign_flipped";
    case MixRule::kCfg:
      return "cfg";
    case MixRule::kContrastive:
      return "contrastive";
    case MixRule::kProxy:
      return "proxy";
    case MixRule::kRouting:
      return "routing";
    case MixRule::kSwitch:
      return "switch";
  }
  return "";
}

const std::vector<TruncateBy>& all_truncate_by() {
  static const std::vector<TruncateBy> kAll = {TruncateBy::kInstruct,
                                               TruncateBy::kBase,
                                               TruncateBy::kIntersection,
                                               TruncateBy::kUnion,
                                               TruncateBy::kEach,
                                               TruncateBy::kMixture};
  return kAll;
}

std::string_view to_string(TruncateBy by) {
  switch (by) {
    case TruncateBy::kInstruct:
      return "instruct";
    case TruncateBy::kBase:
      return "base";
    case TruncateBy::kIntersection:
      return "intersection";
    case TruncateBy::kUnion:
      return "union";
    case TruncateBy::kEach:
      return "each";
    case TruncateBy::kMixture:
      return "mixture";
  }
  return "";
}

std::string_view to_string(TemperatureOn on) {
  return on == TemperatureOn::kModels ? "models" : "mixture";
}

std::string_view to_string(RouteBy by) {
  return by == RouteBy::kMaxProbability ? "max_probability" : "entropy";
}

bool MixOptions::has_weight() const {
  return rule != MixRule::kRouting && rule != MixRule::kSwitch;
}

void MixOptions::check_weights() const {
  if (rule == MixRule::kLinear || rule == MixRule::kGeometric) {
    demand(in_unit(gamma),
           "gamma",
           gamma,
           "the weight of the base must lie in [0, 1]");
  } else if (rule == MixRule::kSignFlipped) {
    demand(gamma >= 0, "gamma", gamma, "the base's exponent must be 0 or more");
  }
  demand(std::isfinite(gamma), "gamma", gamma, "it must be a number");
  demand(
      beta >= 0 && std::isfinite(beta), "beta", beta, "it must be 0 or more");
  demand(in_unit(plausibility),
         "plausibility",
         plausibility,
         "it must lie in [0, 1]; 0 is off");
  demand(std::isfinite(alpha), "alpha", alpha, "it must be a number");
  demand(in_unit(share),
         "share",
         share,
         "the chance of the base must lie in [0, 1]");
  demand(threshold >= 0 && std::isfinite(threshold),
         "threshold",
         threshold,
         "it must be 0 or more");
}

void MixOptions::check() const {
  check_weights();
  demand(weight_from >= 0 && weight_from < weight_until,
         "anneal",
         static_cast<double>(weight_from),
         "the first token with a weight must come before the last one");
  demand(softness >= 0 && std::isfinite(softness),
         "softness",
         softness,
         "it must be 0 (a step) or more nats");
  for (const double value : temperatures) {
    demand(value >= kLowestTemperature && std::isfinite(value),
           "temperatures",
           value,
           "each must be 0.0001 or more");
  }
  if (renormalise && truncate_by == TruncateBy::kMixture) {
    throw UserError(
        "renormalise is true, but the mixture is what is truncated: there is "
        "nothing to renormalise before mixing");
  }
}

}  // namespace cdx
