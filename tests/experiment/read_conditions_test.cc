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

std::string experiment(const std::string& conditions) {
  return R"(name: e
models: {base: {path: b, device: cpu}, dpo: {path: d}, far: {path: f, device: cuda}}
prompts: {file: p.txt}
formats: {comp: {template: "{prompt}"}, chat: {chat: true, user: "{prompt}"}}
conditions:
)" + conditions;
}

ExperimentConfig config_of(const std::string& conditions) {
  return test::parse(experiment(conditions));
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

TEST_CASE("renamed specials are pairs of tokens") {
  const auto with = [](const std::string& renamed) {
    return R"(
  - name: c
    mix: {models: {base: base, instruct: dpo}, gamma: 0.5, renamed_specials: )" +
           renamed + R"(}
    format: {base: comp, instruct: chat}
)";
  };
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  const ExperimentConfig config =
      config_of(with(R"([["<|extra_id_1|>", "<functions>"], ["[X]", "no"]])"));
  CHECK(config.conditions[0].renamed_pieces ==
        Pairs{{"<|extra_id_1|>", "<functions>"}, {"[X]", "no"}});
  CHECK(error_of(with(R"([["a", "b", "c"]])"))
            .find("renamed_specials[0]: write [the base's token") !=
        std::string::npos);
  CHECK(error_of(with(R"(["a"])")) != "");
  CHECK(error_of(with(R"([["a", 3]])")) != "");
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
)");
  CHECK(config.report.trend ==
        std::vector<Names>{{"c-g0.25-t0.8", "c-g0.5-t0.8", "c-g0.75-t0.8"},
                           {"c-g0.25-t1", "c-g0.5-t1", "c-g0.75-t1"}});
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
  CHECK(error_of("  - {name: c, model: base, format: comp, sampling: {top_p: "
                 "[]}}") ==
        "x.yaml:6: conditions[0].sampling.top_p: the list is empty");
  CHECK(error_of("  []") == "x.yaml:5: conditions: the list is empty");
}

TEST_CASE("a mixture needs both halves, on one device") {
  const std::string tail =
      ", gamma: 0.5}, format: {base: comp, instruct: chat}}";
  CHECK(
      error_of("  - {name: c, mix: {models: {base: base, instruct: dpo}" + tail)
          .empty());
  CHECK(error_of("  - {name: c, mix: {models: {base: base, instruct: far}" +
                 tail) ==
        "x.yaml:6: conditions[0].mix.models: 'base' is on cpu and 'far' on "
        "cuda: a mixture needs both on one device");
  CHECK(error_of("  - {name: c, mix: {models: {base: base}" + tail) ==
        "x.yaml:6: conditions[0].mix.models has no 'instruct'");
  CHECK(error_of("  - {name: c, mix: {models: {base: base, instruct: dpo}}, "
                 "format: {base: comp, instruct: chat}}") ==
        "x.yaml:6: conditions[0].mix has no 'gamma'");
  CHECK(error_of("  - {name: c, mix: {models: {base: base, instruct: dpo}, "
                 "gamma: 0.5}, format: comp}") ==
        "x.yaml:6: conditions[0].format: expected a map (key: value), found "
        "'comp'");
}

}  // namespace
}  // namespace cdx
