#include "experiment/condition_json.h"

#include <limits>

namespace cdx {
namespace {

// Keys of the rule's own.
void add_rule(const MixOptions& mix, Json& json) {
  switch (mix.rule) {
    case MixRule::kLinear:
    case MixRule::kGeometric:
    case MixRule::kSignFlipped:
    case MixRule::kCfg:
      json["gamma"] = mix.gamma;
      return;
    case MixRule::kContrastive:
      json["beta"] = mix.beta;
      json["plausibility"] = mix.plausibility;
      return;
    case MixRule::kProxy:
      json["alpha"] = mix.alpha;
      return;
    case MixRule::kRouting:
      json["by"] = to_string(mix.route_by);
      json["threshold"] = mix.threshold;
      json["punctuation"] = mix.punctuation;
      json["word_boundary"] = mix.word_boundary;
      return;
    case MixRule::kSwitch:
      json["share"] = mix.share;
      json["word_boundary"] = mix.word_boundary;
      return;
  }
}

// What most conditions do without is written only where it is set.
void add_schedule(const MixOptions& mix, Json& json) {
  if (mix.weight_from > 0) {
    json["anneal"] = {{"after", mix.weight_from}};
  } else if (mix.weight_until < std::numeric_limits<int64_t>::max()) {
    json["anneal"] = {{"first", mix.weight_until}};
  }
  if (mix.entropy_above >= 0) {
    json["trigger"] = {{"entropy_above", mix.entropy_above},
                       {"softness", mix.softness}};
  }
}

}  // namespace

std::string_view to_string(MatchOn on) {
  switch (on) {
    case MatchOn::kEntropy:
      return "entropy";
    case MatchOn::kQuality:
      return "quality";
    case MatchOn::kDiversity:
      return "diversity";
  }
  return "";
}

std::vector<std::string> mix_roles(MixRule rule) {
  if (rule == MixRule::kProxy) return {"base", "expert", "antiexpert"};
  return {"base", "instruct"};
}

Json sampling_json(const SamplingOptions& sampling) {
  Json order = Json::array();
  for (const Stage stage : sampling.stages()) {
    order.push_back(to_string(stage));
  }
  return {{"preset", to_string(sampling.preset)},
          {"order", order},
          {"do_sample", sampling.do_sample},
          {"temperature", sampling.temperature},
          {"top_k", sampling.top_k},
          {"top_p", sampling.top_p},
          {"min_p", sampling.min_p},
          {"typical_p", sampling.typical_p},
          {"epsilon_cutoff", sampling.epsilon_cutoff},
          {"eta_cutoff", sampling.eta_cutoff},
          {"top_n_sigma", sampling.top_n_sigma},
          {"repetition_penalty", sampling.repetition_penalty},
          {"repetition_window", sampling.repetition_window},
          {"no_repeat_ngram_size", sampling.no_repeat_ngram_size}};
}

Json mix_json(const Condition& condition) {
  if (condition.kind != ConditionKind::kMixture) return nullptr;
  const MixOptions& mix = condition.mix;
  Json json = {{"rule", to_string(mix.rule)}};
  add_rule(mix, json);
  add_schedule(mix, json);
  json["truncate"] = {
      {"by", to_string(mix.truncate_by)},
      {"when", mix.truncate_by == TruncateBy::kMixture ? "after" : "before"},
      {"renormalise", mix.renormalise}};
  json["temperature_on"] = to_string(mix.temperature_on);
  if (!mix.temperatures.empty()) {
    const std::vector<std::string> roles = mix_roles(mix.rule);
    for (size_t m = 0; m < roles.size(); ++m) {
      json["temperatures"][roles[m]] = mix.temperatures.at(m);
    }
  }
  json["guide_prompt"] = condition.other_guide_prompt ? "other" : "own";
  return json;
}

Json end_of_text_json(const Condition& condition) {
  Json json = Json::object();
  if (condition.kind == ConditionKind::kMixture) {
    json["policy"] = to_string(condition.end.policy);
  }
  json["min_new_tokens"] = condition.end.min_new_tokens;
  json["fixed_length"] = condition.end.fixed_length;
  json["stop_strings"] = condition.end.stop_strings;
  return json;
}

Json match_json(const MatchOptions& match) {
  Json json = {{"on", to_string(match.on)}, {"target", match.target}};
  if (match.on != MatchOn::kEntropy) json["metric"] = match.metric;
  json["prompts"] = {{"file", match.prompts.file.string()},
                     {"skip", match.prompts.skip},
                     {"limit", match.prompts.limit}};
  json["samples_per_prompt"] = match.samples_per_prompt;
  json["tolerance"] = match.tolerance;
  json["temperatures"] = {match.lowest, match.highest};
  json["max_evaluations"] = match.max_evaluations;
  return json;
}

}  // namespace cdx
