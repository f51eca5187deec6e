#include "experiment/read_match.h"

#include "experiment/example.h"
#include "support.h"
#include "util/errors.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

// The experiment's own prompts are 5 to 14 of p.txt (from 0). Condition `c`
// stands in line 7, its match in line 10; `more` follows it.
std::string experiment(const std::string& match, const std::string& more = "") {
  return test::small_experiment(
      "  - {name: target, model: base, format: comp}\n"
      "  - name: c\n    model: dpo\n    format: comp\n    match: " +
      match + "\n" + more);
}

MatchOptions match_of(const std::string& match) {
  return *test::parse(experiment(match)).conditions.at(1).match;
}

std::string error_of(const std::string& text) {
  return test::message_of<UserError>([&] { test::parse(text); });
}

// Of line 10 and `key` of the match; else all of the message.
std::string refusal(const std::string& key, const std::string& match) {
  const std::string message = error_of(experiment(match));
  const std::string where = "x.yaml:10: conditions[1].match" + key + ": ";
  return message.starts_with(where) ? message.substr(where.size()) : message;
}

// The smallest match there is and more keys.
std::string entropy(const std::string& keys) {
  return "{on: entropy, target: target, " + keys + "}";
}

TEST_CASE("every key of a match arrives in its field") {
  const ExperimentConfig config = test::parse(test::kFullExperiment);
  const MatchOptions random = *config.conditions.at(10).match;
  CHECK(random.on == MatchOn::kEntropy);
  CHECK(random.target == "mixed");
  CHECK(random.metric.empty());
  CHECK(random.prompts.file == "data/dev.csv");
  CHECK(random.prompts.skip == 1);
  CHECK(random.prompts.limit == 7);
  CHECK(random.samples_per_prompt == 3);
  CHECK(random.tolerance == 0.05);
  CHECK(random.lowest == 0.5);
  CHECK(random.highest == 2);
  CHECK(random.max_evaluations == 9);
  const MatchOptions diverse = *config.conditions.at(11).match;
  CHECK(diverse.on == MatchOn::kDiversity);
  CHECK(diverse.metric == "distinct_1");
  CHECK(match_of("{on: quality, target: target, metric: length_tokens}").on ==
        MatchOn::kQuality);
}

TEST_CASE("a match has these defaults") {
  const MatchOptions match = match_of("{on: entropy, target: target}");
  CHECK(match.samples_per_prompt == 10);
  CHECK(match.tolerance == 0.01);
  CHECK(match.lowest == 0.25);
  CHECK(match.highest == 4);
  CHECK(match.max_evaluations == 20);
}

TEST_CASE("dev prompts are the next 20 after the experiment's own") {
  const PromptOptions next = match_of("{on: entropy, target: target}").prompts;
  CHECK(next.file == "p.txt");
  CHECK(next.skip == 15);
  CHECK(next.limit == 20);
  CHECK(match_of(entropy("prompts: {limit: 3}")).prompts.skip == 15);
  // Of another file none are the experiment's own.
  const PromptOptions other =
      match_of(entropy("prompts: {file: dev.txt}")).prompts;
  CHECK(other.file == "dev.txt");
  CHECK(other.skip == 0);
  CHECK(other.limit == 20);
  CHECK(match_of(entropy("prompts: {file: p.txt}")).prompts.skip == 15);
}

TEST_CASE("dev prompts that are the experiment's own are refused") {
  const std::string own =
      "these are prompts of the experiment itself; the search needs others: "
      "set prompts.limit of the experiment, or name another file, skip or "
      "limit here";
  const auto prompts = [](const std::string& value) {
    return refusal(".prompts", entropy("prompts: " + value));
  };
  CHECK(prompts("{skip: 0, limit: 5}").empty());
  CHECK(prompts("{skip: 0, limit: 6}") == own);
  CHECK(prompts("{skip: 0, limit: 0}") == own);  // all
  CHECK(prompts("{skip: 14}") == own);
  CHECK(prompts("{skip: 15}").empty());
  CHECK(prompts("{skip: 15, limit: 0}").empty());
  CHECK(prompts("{skip: 5, file: dev.txt}").empty());
  // An experiment without a limit leaves none behind its skipped ones.
  const auto whole = [](const std::string& keys) {
    return error_of(
        test::replaced(experiment(entropy(keys)), ", limit: 10", ""));
  };
  const std::string refused = "x.yaml:10: conditions[1].match.prompts: " + own;
  CHECK(whole("tolerance: 0.1") == refused);
  CHECK(whole("prompts: {skip: 20}") == refused);
  CHECK(whole("prompts: {skip: 0, limit: 5}").empty());
}

TEST_CASE("an impossible number of a match is refused") {
  CHECK(refusal(".tolerance", entropy("tolerance: 0")) == "must be above 0");
  CHECK(refusal(".samples_per_prompt", entropy("samples_per_prompt: 0")) ==
        "must be 1 or more");
  CHECK(refusal(".max_evaluations", entropy("max_evaluations: 1")) ==
        "must be 2 or more");
  CHECK(refusal(".prompts.skip", entropy("prompts: {skip: -1}")) ==
        "must be 0 or more");
  CHECK(refusal(".prompts.limit", entropy("prompts: {limit: -1}")) ==
        "must be 0 (all) or more");
  for (const std::string range :
       {"[2, 0.5]", "[1, 1]", "[0, 2]", "[0.5]", "[0.5, 1, 2]", "[]"}) {
    CHECK(refusal(".temperatures", entropy("temperatures: " + range)) ==
          "write [lowest, highest], both 0.0001 or more");
  }
  CHECK(refusal(".temperatures[1]", entropy("temperatures: [1, hot]")) ==
        "expected a number, found 'hot'");
}

TEST_CASE("the temperature that is to be found cannot be given") {
  const std::string match = "{on: entropy, target: target}";
  CHECK(error_of(experiment(match, "    sampling:\n      temperature: 1\n")) ==
        "x.yaml:12: conditions[1].sampling.temperature: the temperature is "
        "what match finds; take it out");
  CHECK(error_of(experiment(match, "    sampling: {temperature: [1, 2]}\n"))
            .starts_with("x.yaml:11: conditions[1].sampling.temperature: "));
  CHECK(error_of(experiment(match, "    sampling: {top_p: [0.5, 0.9]}\n"))
            .empty());
}

TEST_CASE("a temperature that would change nothing is not searched") {
  const std::string match = "{on: entropy, target: target}";
  CHECK(error_of(experiment(match, "    sampling: {order: [top_p]}\n")) ==
        "x.yaml:10: conditions[1].match: it finds a temperature, and "
        "sampling.order has no such stage; put it there");
  CHECK(error_of(experiment(match, "    sampling: {do_sample: false}\n")) ==
        "x.yaml:10: conditions[1].match: it finds a temperature, and "
        "sampling.do_sample: false takes the most probable token at any; take "
        "one of the two out");
  const auto mixture = [&](const std::string& on) {
    return error_of(test::small_experiment(
        "  - {name: target, model: base, format: comp}\n"
        "  - name: c\n"
        "    mix: {models: {base: base, instruct: dpo}, gamma: 0.5, "
        "temperatures: {base: 1, instruct: 2}, temperature_on: " +
        on +
        "}\n"
        "    format: {base: comp, instruct: chat}\n"
        "    match: " +
        match + "\n"));
  };
  CHECK(mixture("mixture").empty());
  CHECK(mixture("models") ==
        "x.yaml:10: conditions[1].match: it finds a temperature, and "
        "mix.temperatures gives each model its own; take that out, or write "
        "mix.temperature_on: mixture");
}

TEST_CASE("quality and diversity have a metric, entropy has none") {
  CHECK(refusal(".metric", entropy("metric: distinct_1")) ==
        "on: entropy matches the entropy of each token's distribution; a "
        "metric is for quality and diversity");
  CHECK(refusal("", "{on: diversity, target: target}") ==
        "x.yaml:10: conditions[1].match has no 'metric'");
  const auto metric = [](const std::string& name) {
    return refusal(".metric",
                   "{on: quality, target: target, metric: " + name + "}");
  };
  CHECK(metric("distinct_22") ==
        "unknown metric 'distinct_22'; did you mean 'distinct_2'?");
  CHECK(metric("tale_valid") ==
        "'tale_valid' needs measure.tale_grammar, a grammar file");
  CHECK(error_of(experiment("{on: quality, target: target, metric: tale_valid}",
                            "measure: {tale_grammar: g.json}\n"))
            .empty());
}

TEST_CASE("a match says what on and which target") {
  CHECK(refusal("", "{target: target}") ==
        "x.yaml:10: conditions[1].match has no 'on'");
  CHECK(refusal("", "{on: entropy}") ==
        "x.yaml:10: conditions[1].match has no 'target'");
  CHECK(refusal(".on", "{on: length, target: target}") ==
        "'length' is not supported (yet); supported: entropy, quality, "
        "diversity");
  CHECK(refusal("", entropy("tolerence: 0.1")) ==
        "x.yaml:10: unknown key 'tolerence' in conditions[1].match; did you "
        "mean 'tolerance'?");
  CHECK(refusal(".prompts", entropy("prompts: {fil: a}")) ==
        "x.yaml:10: unknown key 'fil' in conditions[1].match.prompts; did you "
        "mean 'file'?");
}

TEST_CASE("a target is a condition that is sampled at a given temperature") {
  const auto target = [](const std::string& name) {
    return refusal(".target", "{on: entropy, target: " + name + "}");
  };
  const std::string tail =
      "' is no condition that is sampled at a given temperature; ";
  CHECK(target("targte") == "'targte" + tail + "did you mean 'target'?");
  CHECK(target("elsewhere") == "'elsewhere" + tail + "there is: target");
  CHECK(target("c") == "'c" + tail + "there is: target");  // itself
  const std::string also =
      "  - {name: texts, source: references}\n"
      "  - {name: other, model: base, format: comp, match: {on: entropy, "
      "target: target}}\n";
  for (const std::string name : {"texts", "other"}) {
    CHECK(error_of(experiment("{on: entropy, target: " + name + "}", also)) ==
          "x.yaml:10: conditions[1].match.target: '" + name + tail +
              "there is: target");
  }
  CHECK(error_of(test::small_experiment(
            "  - {name: c, model: base, format: comp, match: {on: entropy, "
            "target: c}}\n")) ==
        "x.yaml:6: conditions[0].match.target: 'c" + tail + "there is none");
}

TEST_CASE("a target that comes later, or of a list, is found by its name") {
  CHECK(error_of(
            test::small_experiment(
                "  - {name: c, model: base, format: comp, match: {on: entropy, "
                "target: d-t0.5}}\n"
                "  - {name: d, model: base, format: comp, sampling: "
                "{temperature: "
                "[0.5, 1]}}\n"))
            .empty());
}

TEST_CASE("each condition of a list is matched") {
  const ExperimentConfig config = test::parse(experiment(
      "{on: entropy, target: target}", "    sampling: {top_p: [0.5, 0.9]}\n"));
  REQUIRE(config.conditions.size() == 3);
  CHECK(config.conditions[1].name == "c-p0.5");
  CHECK(config.conditions[1].match);
  CHECK(config.conditions[2].match);
}

}  // namespace
}  // namespace cdx
