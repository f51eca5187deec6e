#include "experiment/read_mix.h"

#include "experiment/example.h"
#include "support.h"
#include "util/errors.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::small_mixture;

using Names = std::vector<std::string>;

constexpr int64_t kForever = std::numeric_limits<int64_t>::max();

Condition read(const std::string& text) {
  return test::parse(test::small_experiment(text)).conditions.at(0);
}

MixOptions mix_of(const std::string& rule, const std::string& keys) {
  return read(small_mixture(rule, keys)).mix;
}

std::string error_of(const std::string& text) {
  return test::message_of<UserError>([&] { read(text); });
}

std::string error_of(const std::string& rule,
                     const std::string& keys,
                     const std::string& sampling = "{}") {
  return error_of(small_mixture(rule, keys, sampling));
}

Condition full(const std::string& name) {
  for (const Condition& one : test::parse(test::kFullExperiment).conditions) {
    if (one.name == name) return one;
  }
  return {};
}

TEST_CASE("every key of a mixture arrives in its field") {
  const Condition mixed = full("mixed");
  CHECK(mixed.kind == ConditionKind::kMixture);
  CHECK(mixed.models == Names{"base", "tuned"});
  CHECK(mixed.formats == Names{"comp", "chat"});
  CHECK(mixed.lead() == 1);
  CHECK(mixed.mix.rule == MixRule::kLinear);
  CHECK(mixed.mix.gamma == 0.3);
  CHECK(mixed.mix.weight_from == 0);
  CHECK(mixed.mix.weight_until == 20);
  CHECK(mixed.mix.entropy_above == 1.5);
  CHECK(mixed.mix.softness == 0.25);
  CHECK(mixed.mix.truncate_by == TruncateBy::kEach);
  CHECK(mixed.mix.renormalise);
  CHECK(mixed.mix.temperature_on == TemperatureOn::kMixture);
  CHECK(mixed.mix.temperatures == std::vector<double>{0.8, 1.25});
  CHECK(mixed.other_guide_prompt);
  const Condition geometric = full("geometric");
  CHECK(geometric.mix.weight_from == 8);
  CHECK(geometric.mix.weight_until == kForever);
  CHECK(geometric.mix.truncate_by == TruncateBy::kBase);
  CHECK_FALSE(geometric.other_guide_prompt);
}

TEST_CASE("every rule has its own numbers") {
  CHECK(full("geometric").mix.rule == MixRule::kGeometric);
  CHECK(full("geometric").mix.gamma == 0.25);
  CHECK(full("flipped").mix.rule == MixRule::kSignFlipped);
  CHECK(full("flipped").mix.gamma == 2);
  CHECK(full("guided").mix.rule == MixRule::kCfg);
  CHECK(full("guided").mix.gamma == -1.5);
  CHECK(full("contrastive").mix.rule == MixRule::kContrastive);
  CHECK(full("contrastive").mix.beta == 0.75);
  CHECK(full("contrastive").mix.plausibility == 0.2);
  const Condition proxy = full("proxy");
  CHECK(proxy.mix.rule == MixRule::kProxy);
  CHECK(proxy.mix.alpha == -0.5);
  CHECK(proxy.models == Names{"base", "tuned", "base"});
  CHECK(proxy.formats == Names{"comp", "chat", "comp"});
  CHECK(proxy.lead() == 1);
  const MixOptions routed = full("routed").mix;
  CHECK(routed.rule == MixRule::kRouting);
  CHECK(routed.route_by == RouteBy::kEntropy);
  CHECK(routed.threshold == 0.9);
  CHECK(routed.punctuation);
  CHECK(routed.word_boundary);
  const MixOptions switched = full("switched").mix;
  CHECK(switched.rule == MixRule::kSwitch);
  CHECK(switched.share == 0.4);
  CHECK(switched.word_boundary);
}

TEST_CASE("without keys a mixture is linear, inside the instruct model's set") {
  const Condition plain = read(R"(  - name: c
    mix: {models: {base: base, instruct: dpo}, gamma: 0.5}
    format: {base: comp, instruct: chat}
)");
  CHECK(plain.mix.rule == MixRule::kLinear);
  CHECK(plain.mix.weight_from == 0);
  CHECK(plain.mix.weight_until == kForever);
  CHECK(plain.mix.entropy_above < 0);
  CHECK(plain.mix.truncate_by == TruncateBy::kInstruct);
  CHECK_FALSE(plain.mix.renormalise);
  CHECK(plain.mix.temperature_on == TemperatureOn::kModels);
  CHECK(plain.mix.temperatures.empty());
  CHECK_FALSE(plain.other_guide_prompt);
  CHECK(plain.renamed_pieces.empty());
  CHECK(plain.end.policy == EndPolicy::kMerge);
}

TEST_CASE("a rule's numbers have defaults only where there is a usual one") {
  CHECK(mix_of("proxy", "truncate: {}").alpha == 1);
  CHECK(mix_of("contrastive", "beta: 0.5").plausibility == 0.1);
  const MixOptions routed = mix_of("routing", "threshold: 0.5");
  CHECK(routed.route_by == RouteBy::kMaxProbability);
  CHECK_FALSE(routed.punctuation);
  CHECK_FALSE(routed.word_boundary);
  CHECK_FALSE(mix_of("switch", "share: 0.5").word_boundary);
  for (const std::string rule :
       {"linear", "geometric", "sign_flipped", "cfg"}) {
    CHECK(error_of(rule, "truncate: {}") ==
          "x.yaml:7: conditions[0].mix has no 'gamma'");
  }
  CHECK(error_of("contrastive", "plausibility: 0.1") ==
        "x.yaml:7: conditions[0].mix has no 'beta'");
  CHECK(error_of("routing", "by: entropy") ==
        "x.yaml:7: conditions[0].mix has no 'threshold'");
  CHECK(error_of("switch", "word_boundary: true") ==
        "x.yaml:7: conditions[0].mix has no 'share'");
}

TEST_CASE("a misspelt key of mix is told before what is missing for it") {
  CHECK(error_of("linear", "gama: 0.5") ==
        "x.yaml:10: unknown key 'gama' in conditions[0].mix; did you mean "
        "'gamma'?");
  CHECK(error_of(test::replaced(
            small_mixture("contrastive", "beta: 1"), "rule:", "rul:")) ==
        "x.yaml:8: unknown key 'rul' in conditions[0].mix; did you mean "
        "'rule'?");
  CHECK(error_of("linear", "gamma: 0.5\n      nothing_like_it: 1") ==
        "x.yaml:11: unknown key 'nothing_like_it' in conditions[0].mix; there "
        "is: rule, models, anneal, trigger, truncate, temperature_on, "
        "temperatures, guide_prompt, renamed_specials, gamma, beta, "
        "plausibility, alpha, by, threshold, punctuation, word_boundary, "
        "share");
}

TEST_CASE("a key of another rule is refused with the rule that has it") {
  const auto at = [](const std::string& key) {
    return "x.yaml:10: conditions[0].mix." + key + ": ";
  };
  CHECK(error_of("linear", "beta: 0.5\n      gamma: 0.5") ==
        at("beta") +
            "is for rule contrastive, and the rule is linear; take it out, or "
            "take another rule");
  CHECK(error_of("contrastive", "gamma: 0.5") ==
        at("gamma") +
            "is for rule linear, geometric, sign_flipped, cfg, and the rule is "
            "contrastive; take it out, or take another rule");
  CHECK(error_of("switch", "threshold: 0.5\n      share: 0.5") ==
        at("threshold") +
            "is for rule routing, and the rule is switch; take it out, or take "
            "another rule");
  CHECK(error_of("cfg", "word_boundary: true\n      gamma: 1") ==
        at("word_boundary") +
            "is for rule routing, switch, and the rule is cfg; take it out, or "
            "take another rule");
  // 9 keys under 8 rules; 13 of these pairs belong together.
  const std::vector<std::string> keys = {"gamma: 0.5",
                                         "beta: 0.5",
                                         "plausibility: 0.5",
                                         "alpha: 0.5",
                                         "by: entropy",
                                         "threshold: 0.5",
                                         "punctuation: true",
                                         "word_boundary: true",
                                         "share: 0.5"};
  int refused = 0;
  for (const MixRule rule : all_mix_rules()) {
    for (const std::string& key : keys) {
      const std::string error = error_of(std::string(to_string(rule)), key);
      refused += error.starts_with(at(key.substr(0, key.find(':'))) + "is for");
    }
  }
  CHECK(refused == 72 - 13);
}

TEST_CASE("a rule's number out of its range is refused") {
  const auto error = [](const std::string& rule, const std::string& keys) {
    const std::string message = error_of(rule, keys);
    const std::string where = "x.yaml:10: conditions[0].mix.";
    CHECK(message.starts_with(where));
    return message.substr(std::min(where.size(), message.size()));
  };
  for (const std::string rule : {"linear", "geometric"}) {
    CHECK(error(rule, "gamma: -0.1") ==
          "gamma: gamma is -0.1: the weight of the base must lie in [0, 1]");
    CHECK(error(rule, "gamma: [0.5, 1.1]") ==
          "gamma: gamma is 1.1: the weight of the base must lie in [0, 1]");
  }
  CHECK(error("sign_flipped", "gamma: -1") ==
        "gamma: gamma is -1: the base's exponent must be 0 or more");
  CHECK(mix_of("cfg", "gamma: -7.5").gamma == -7.5);
  CHECK(error("contrastive", "beta: -1") ==
        "beta: beta is -1: it must be 0 or more");
  CHECK(error("contrastive", "plausibility: 1.5\n      beta: 1") ==
        "plausibility: plausibility is 1.5: it must lie in [0, 1]; 0 is off");
  CHECK(error("routing", "threshold: -0.5") ==
        "threshold: threshold is -0.5: it must be 0 or more");
  CHECK(error("switch", "share: 1.5") ==
        "share: share is 1.5: the chance of the base must lie in [0, 1]");
}

TEST_CASE("annealing is for the first tokens or for those after them") {
  const std::string gamma = "gamma: 0.5\n      anneal: ";
  const auto anneal = [&](const std::string& value) {
    return error_of("linear", gamma + value);
  };
  CHECK(mix_of("linear", gamma + "{first: 1}").weight_until == 1);
  CHECK(mix_of("linear", gamma + "{after: 3}").weight_from == 3);
  const std::string choose =
      "x.yaml:11: conditions[0].mix.anneal: write {first: N} for a weight on "
      "the first N tokens only, or {after: N} for one on those after them";
  CHECK(anneal("{first: 3, after: 3}") == choose);
  CHECK(anneal("{}") == choose);
  CHECK(anneal("{first: 0}") ==
        "x.yaml:11: conditions[0].mix.anneal.first: must be 1 or more");
  CHECK(anneal("{after: -1}") ==
        "x.yaml:11: conditions[0].mix.anneal.after: must be 1 or more");
  CHECK(anneal("{first: 1.5}") ==
        "x.yaml:11: conditions[0].mix.anneal.first: expected a whole number, "
        "found '1.5'");
  CHECK(anneal("{frist: 3}") ==
        "x.yaml:11: unknown key 'frist' in conditions[0].mix.anneal; did you "
        "mean 'first'?");
  CHECK(anneal("20") ==
        "x.yaml:11: conditions[0].mix.anneal: expected a map (key: value), "
        "found '20'");
}

TEST_CASE("a trigger has an entropy and may be soft") {
  const std::string gamma = "gamma: 0.5\n      trigger: ";
  const auto trigger = [&](const std::string& value) {
    return error_of("linear", gamma + value);
  };
  CHECK(mix_of("linear", gamma + "{entropy_above: 0}").entropy_above == 0);
  CHECK(mix_of("linear", gamma + "{entropy_above: 0}").softness == 0);
  CHECK(trigger("{entropy_above: -0.5}") ==
        "x.yaml:11: conditions[0].mix.trigger.entropy_above: an entropy in "
        "nats is 0 or more");
  CHECK(trigger("{entropy_above: 1, softness: -1}") ==
        "x.yaml:11: conditions[0].mix.trigger.softness: softness is -1: it "
        "must be 0 (a step) or more nats");
  CHECK(trigger("{softness: 1}") ==
        "x.yaml:11: conditions[0].mix.trigger has no 'entropy_above'");
}

TEST_CASE("a rule without a weight can neither be annealed nor triggered") {
  const std::string tail =
      " has no weight to change; it takes one model or the "
      "other";
  CHECK(error_of("switch", "anneal: {first: 3}\n      share: 0.5") ==
        "x.yaml:10: conditions[0].mix.anneal: rule switch" + tail);
  CHECK(
      error_of("routing", "trigger: {entropy_above: 1}\n      threshold: 1") ==
      "x.yaml:10: conditions[0].mix.trigger: rule routing" + tail);
}

TEST_CASE("by says whose set it is, when only agrees with it") {
  const auto by = [](const std::string& rule,
                     const std::string& number,
                     const std::string& truncate) {
    return mix_of(rule, number + "\n      truncate: " + truncate).truncate_by;
  };
  using By = TruncateBy;
  CHECK(by("linear", "gamma: 1", "{}") == By::kInstruct);
  CHECK(by("geometric", "gamma: 1", "{}") == By::kInstruct);
  CHECK(by("sign_flipped", "gamma: 1", "{}") == By::kInstruct);
  CHECK(by("cfg", "gamma: 1", "{}") == By::kMixture);
  CHECK(by("contrastive", "beta: 1", "{}") == By::kMixture);
  CHECK(by("proxy", "alpha: 1", "{}") == By::kMixture);
  CHECK(by("routing", "threshold: 1", "{}") == By::kMixture);
  CHECK(by("switch", "share: 1", "{}") == By::kMixture);
  CHECK(by("linear", "gamma: 1", "{when: after}") == By::kMixture);
  CHECK(by("linear", "gamma: 1", "{when: before}") == By::kInstruct);
  CHECK(by("linear", "gamma: 1", "{by: mixture}") == By::kMixture);
  CHECK(by("linear", "gamma: 1", "{by: mixture, when: after}") == By::kMixture);
  for (const By one : all_truncate_by()) {
    CHECK(by("cfg", "gamma: 1", "{by: " + std::string(to_string(one)) + "}") ==
          one);
  }
}

TEST_CASE("a truncation that contradicts itself is refused") {
  const auto truncate = [](const std::string& rule, const std::string& value) {
    return error_of(rule, "gamma: 0.5\n      truncate: " + value);
  };
  const std::string before =
      "x.yaml:11: conditions[0].mix.truncate.when: the set of a model is found "
      "before mixing; to truncate what comes out of it, write by: mixture";
  for (const std::string by :
       {"instruct", "base", "intersection", "union", "each"}) {
    CHECK(truncate("linear", "{by: " + by + ", when: after}") == before);
  }
  const std::string after =
      "x.yaml:11: conditions[0].mix.truncate.when: the mixture is there only "
      "after mixing: write when: after, or take a model's set (by: instruct)";
  CHECK(truncate("linear", "{by: mixture, when: before}") == after);
  CHECK(truncate("cfg", "{when: before}") == after);
  CHECK(truncate("linear", "{by: mixture, renormalise: true}") ==
        "x.yaml:11: conditions[0].mix.truncate.renormalise: renormalise is "
        "true, but the mixture is what is truncated: there is nothing to "
        "renormalise before mixing");
  CHECK(truncate("geometric", "{renormalise: true}") ==
        "x.yaml:11: conditions[0].mix.truncate.renormalise: changes nothing "
        "under rule geometric, where constants cancel; it is for linear");
  CHECK(truncate("geometric", "{renormalise: false}").empty());
  CHECK(truncate("cfg", "{byy: base, when: before}") ==
        "x.yaml:11: unknown key 'byy' in conditions[0].mix.truncate; did you "
        "mean 'by'?");
}

}  // namespace
}  // namespace cdx
