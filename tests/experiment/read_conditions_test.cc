#include "experiment/read_conditions.h"

#include "experiment/example.h"
#include "support.h"
#include "util/errors.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Names = std::vector<std::string>;

ExperimentConfig config_of(const std::string& conditions) {
  return test::parse(test::small_experiment(conditions));
}

std::string error_of(const std::string& conditions) {
  return test::message_of<UserError>([&] { config_of(conditions); });
}

TEST_CASE("lists make one condition each, named g, t, p in this order") {
  const ExperimentConfig config = config_of(R"(
  - name: c
    mix: {models: {base: base, instruct: dpo}, gamma: [0.5, 1, 0.1]}
    format: {base: comp, instruct: chat}
    sampling: {top_p: [0.95], temperature: [0.8, 1.0]}
)");
  CHECK(test::condition_names(config) == Names{"c-g0.5-t0.8-p0.95",
                                               "c-g0.5-t1-p0.95",
                                               "c-g1-t0.8-p0.95",
                                               "c-g1-t1-p0.95",
                                               "c-g0.1-t0.8-p0.95",
                                               "c-g0.1-t1-p0.95"});
  const Condition& third = config.conditions[2];
  CHECK(third.kind == ConditionKind::kMixture);
  CHECK(third.models == Names{"base", "dpo"});
  CHECK(third.formats == Names{"comp", "chat"});
  CHECK(third.mix.gamma == 1.0);
  CHECK(third.sampling.temperature == 0.8);
  CHECK(third.sampling.top_p == 0.95);
}

TEST_CASE("names list every kind of number in the order of this table") {
  // The key, its suffix, two values; those of mix with what the rule needs.
  struct Number {
    std::string key, suffix, first, second;
  };
  const std::vector<Number> sampling = {
      {"temperature", "t", "0.5", "1.5"},
      {"top_k", "k", "7", "0"},
      {"top_p", "p", "0.5", "1"},
      {"min_p", "m", "0.05", "0"},
      {"typical_p", "y", "0.2", "1"},
      {"epsilon_cutoff", "e", "0.001", "0"},
      {"eta_cutoff", "n", "0.002", "0"},
      {"top_n_sigma", "s", "1.5", "0"},
      {"repetition_penalty", "r", "1.1", "1"},
      {"repetition_window", "w", "32", "0"},
      {"no_repeat_ngram_size", "x", "3", "0"}};
  std::string keys, first = "c", last = "c";
  // In the file the other way round.
  for (auto number = sampling.rbegin(); number != sampling.rend(); ++number) {
    keys += number->key + ": [" + number->first + ", " + number->second + "], ";
  }
  for (const Number& number : sampling) {
    first += "-" + number.suffix + number.first;
    last += "-" + number.suffix + number.second;
  }
  const ExperimentConfig config = config_of(
      "  - {name: c, model: base, format: comp, sampling: {" + keys + "}}");
  REQUIRE(config.conditions.size() == 2048);  // 2^11
  CHECK(config.conditions.front().name == first);
  CHECK(config.conditions.back().name == last);
  CHECK(config.conditions[1].name ==
        test::replaced(first, "-x3", "-x0"));  // the last list turns first
  const SamplingOptions& options = config.conditions.front().sampling;
  CHECK(options.temperature == 0.5);
  CHECK(options.top_k == 7);
  CHECK(options.top_p == 0.5);
  CHECK(options.min_p == 0.05);
  CHECK(options.typical_p == 0.2);
  CHECK(options.epsilon_cutoff == 0.001);
  CHECK(options.eta_cutoff == 0.002);
  CHECK(options.top_n_sigma == 1.5);
  CHECK(options.repetition_penalty == 1.1);
  CHECK(options.repetition_window == 32);
  CHECK(options.no_repeat_ngram_size == 3);
  CHECK(config.conditions.back().sampling.temperature == 1.5);
  CHECK(config.conditions.back().sampling.no_repeat_ngram_size == 0);
}

TEST_CASE("the number of each rule comes first in a name") {
  const auto names = [](const std::string& rule) {
    return test::condition_names(config_of(
        "  - {name: c, mix: {rule: " + rule +
        ", models: {base: base, instruct: dpo}}, format: {base: comp, "
        "instruct: chat}, sampling: {temperature: [0.5]}}"));
  };
  CHECK(names("linear, gamma: [0.25, 0]") ==
        Names{"c-g0.25-t0.5", "c-g0-t0.5"});
  CHECK(names("geometric, gamma: [1]") == Names{"c-g1-t0.5"});
  CHECK(names("sign_flipped, gamma: [2.5]") == Names{"c-g2.5-t0.5"});
  CHECK(names("cfg, gamma: [-1.5]") == Names{"c-g-1.5-t0.5"});
  CHECK(names("contrastive, beta: [0.5, 1]") ==
        Names{"c-b0.5-t0.5", "c-b1-t0.5"});
  CHECK(names("routing, threshold: [0.75]") == Names{"c-h0.75-t0.5"});
  CHECK(names("switch, share: [0.25]") == Names{"c-s0.25-t0.5"});
  CHECK(test::condition_names(config_of(R"(
  - name: c
    mix: {rule: proxy, models: {base: base, expert: dpo, antiexpert: base}, alpha: [1, -2]}
    format: {base: comp, expert: comp, antiexpert: comp}
    sampling: {temperature: [0.5]}
)")) == Names{"c-a1-t0.5", "c-a-2-t0.5"});
}

TEST_CASE("only keys given as lists go into the name") {
  const ExperimentConfig config = config_of(R"(
  - name: c
    model: base
    format: comp
    sampling: {top_p: 0.9, temperature: [0.7]}
)");
  CHECK(test::condition_names(config) == Names{"c-t0.7"});
  CHECK(config.conditions[0].kind == ConditionKind::kModel);
  CHECK(config.conditions[0].models == Names{"base"});
  CHECK(config.conditions[0].formats == Names{"comp"});
}

TEST_CASE("each list of three gammas is a trend, whatever its order") {
  const ExperimentConfig config = config_of(R"(
  - name: c
    mix: {models: {base: base, instruct: dpo}, gamma: [0.75, 0.25, 0.5]}
    format: {base: comp, instruct: chat}
    sampling: {temperature: [0.8, 1]}
  - name: d
    mix: {models: {base: base, instruct: dpo}, gamma: [0.75, 0.25]}
    format: {base: comp, instruct: chat}
  - name: e
    mix: {rule: cfg, models: {base: base, instruct: dpo}, gamma: [1.5, -1, 0]}
    format: {base: comp, instruct: chat}
  - name: f
    mix: {rule: contrastive, models: {base: base, instruct: dpo}, beta: [1, 2, 3]}
    format: {base: comp, instruct: chat}
    sampling: {top_p: [0.7, 0.8, 0.9]}
)");
  CHECK(config.report.trend ==
        std::vector<Names>{{"c-g0.25-t0.8", "c-g0.5-t0.8", "c-g0.75-t0.8"},
                           {"c-g0.25-t1", "c-g0.5-t1", "c-g0.75-t1"},
                           {"e-g-1", "e-g0", "e-g1.5"}});
}

TEST_CASE("names that collide are refused") {
  const std::string twice = error_of(R"(
  - {name: c, model: base, format: comp}
  - {name: c, model: dpo, format: chat}
)");
  CHECK(twice == "x.yaml:8: there are two conditions named 'c'");
  CHECK(error_of(R"(
  - {name: c-t1, model: base, format: comp}
  - {name: c, model: dpo, format: chat, sampling: {temperature: [1]}}
)") == "x.yaml:8: there are two conditions named 'c-t1'");
  CHECK(error_of(R"(
  - {name: c, model: dpo, format: chat, sampling: {temperature: [1, 1.0]}}
)") == "x.yaml:7: there are two conditions named 'c-t1'");
}

TEST_CASE("the texts of the prompt file are a condition") {
  const ExperimentConfig config =
      config_of("  - {name: h, source: references}");
  CHECK(config.conditions[0].kind == ConditionKind::kReferences);
  CHECK(config.conditions[0].models.empty());
}

TEST_CASE("the texts of another file are a condition") {
  const ExperimentConfig config = config_of(
      "  - {name: h, source: old/h.jsonl, text: story, group: id}\n"
      "  - {name: i, source: i.csv}");
  const Condition& condition = config.conditions[0];
  CHECK(condition.kind == ConditionKind::kFile);
  CHECK_FALSE(condition.is_sampled());
  CHECK(condition.models.empty());
  CHECK(condition.source.file == "old/h.jsonl");
  CHECK(condition.source.text == "story");
  CHECK(condition.source.group == "id");
  CHECK(config.conditions[1].source.text.empty());
  CHECK(error_of("  - {name: h, source: h.jsonl, sampling: {top_p: 1}}") ==
        "x.yaml:6: conditions[0].sampling: texts of a source are not sampled; "
        "remove it");
  CHECK(error_of("  - {name: h, source: references, text: story}") ==
        "x.yaml:6: conditions[0].text: is a field of a source's file, and "
        "these texts are of the prompt file; remove it");
  CHECK(error_of("  - {name: c, model: base, format: comp, text: story}")
            .starts_with("x.yaml:6: unknown key 'text' in conditions[0]"));
}

TEST_CASE("impossible combinations are refused") {
  CHECK(error_of("  - {name: c, format: comp}") ==
        "x.yaml:6: conditions[0].name: a condition needs one of model, mix and "
        "source");
  CHECK(error_of("  - {name: c, model: base, source: references}") ==
        "x.yaml:6: conditions[0].name: a condition has only one of model, mix "
        "and source");
  CHECK(error_of("  - {name: c, model: base}") ==
        "x.yaml:6: conditions[0] has no 'format'");
  CHECK(error_of("  - {name: c, model: base, format: {base: comp}}") ==
        "x.yaml:6: conditions[0].format: expected text, found a map");
  CHECK(error_of("  - {name: c, model: bse, format: comp}") ==
        "x.yaml:6: conditions[0].model: unknown model 'bse'; did you mean "
        "'base'?");
  CHECK(error_of("  - {name: c, model: base, format: hcat}") ==
        "x.yaml:6: conditions[0].format: unknown format 'hcat'; did you mean "
        "'chat'?");
  CHECK(error_of("  - {name: c, source: references, sampling: {top_p: 1}}") ==
        "x.yaml:6: conditions[0].sampling: texts of a source are not sampled; "
        "remove it");
  for (const std::string key : {"format", "end_of_text", "match"}) {
    CHECK(error_of("  - {name: c, source: references, " + key + ": {}}") ==
          "x.yaml:6: conditions[0]." + key +
              ": texts of a source are not sampled; remove it");
  }
  CHECK(error_of("  - {name: c, model: base, format: comp, sampling: {top_p: "
                 "[]}}") ==
        "x.yaml:6: conditions[0].sampling.top_p: the list is empty");
  CHECK(error_of("  - {name: c, model: base, format: comp, sampling: {top_k: "
                 "[1, 2.5]}}") ==
        "x.yaml:6: conditions[0].sampling.top_k[1]: expected a whole number, "
        "found '2.5'");
  CHECK(error_of("  - {name: c, model: base, format: comp, sampling: {top_p: "
                 "[0.5, 2]}}") ==
        "x.yaml:6: conditions[0].sampling.top_p: top_p is 2: it must lie in "
        "[0, 1]; 1 keeps every token");
  CHECK(error_of("  []") == "x.yaml:5: conditions: the list is empty");
}

}  // namespace
}  // namespace cdx
