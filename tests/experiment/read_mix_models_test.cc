#include "experiment/example.h"
#include "experiment/read_mix.h"
#include "support.h"
#include "util/errors.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

// What a mixture says of its models: which they are, their temperatures, their
// prompts, their tokens.
namespace cdx {
namespace {

using test::small_mixture;

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

TEST_CASE("each model may have a temperature of its own") {
  const std::string gamma = "gamma: 0.5\n      temperatures: ";
  const auto error = [&](const std::string& value,
                         const std::string& sampling = "{}") {
    return error_of("linear", gamma + value, sampling);
  };
  CHECK(mix_of("proxy", "temperatures: {base: 2, antiexpert: 4, expert: 3}")
            .temperatures == std::vector<double>{2, 3, 4});
  CHECK(error("{base: 1}") ==
        "x.yaml:11: conditions[0].mix.temperatures has no 'instruct'");
  CHECK(error("{base: 1, instruct: 0}") ==
        "x.yaml:11: conditions[0].mix.temperatures.instruct: temperatures is "
        "0: each must be 0.0001 or more");
  CHECK(error("{base: 1, instruct: 1, expert: 1}") ==
        "x.yaml:11: unknown key 'expert' in conditions[0].mix.temperatures; "
        "there is: base, instruct");
}

TEST_CASE("temperatures that would act on nothing are refused") {
  const std::string own =
      "gamma: 0.5\n      temperatures: "
      "{base: 0.8, instruct: 1}\n      temperature_on: ";
  const std::string twice =
      "x.yaml:14: conditions[0].sampling.temperature: mix.temperatures gives "
      "each model its own; take one of the two out, or write "
      "mix.temperature_on: mixture";
  CHECK(error_of("linear", own + "models", "{temperature: 0.7}") == twice);
  CHECK(error_of("linear", own + "models", "{temperature: [0.7, 1]}") == twice);
  CHECK(error_of("linear", own + "models", "{temperature: 1}").empty());
  CHECK(error_of("linear", own + "mixture", "{temperature: 0.7}").empty());
  CHECK(error_of("linear", own + "models", "{order: [top_p]}") ==
        "x.yaml:14: conditions[0].sampling.order: mix.temperatures is set, and "
        "temperature is not in the order; put it there");
}

TEST_CASE("the base may be given another prompt, but not two guides") {
  CHECK(error_of("linear", "gamma: 0.5\n      guide_prompt: other").empty());
  CHECK(error_of("proxy", "guide_prompt: own").empty());
  CHECK(error_of("proxy", "guide_prompt: other") ==
        "x.yaml:10: conditions[0].mix.guide_prompt: rule proxy has two guides; "
        "this control is for base and instruct");
}

TEST_CASE("a mixture needs all its models, on one device") {
  CHECK(error_of("linear", "gamma: 0.5").empty());
  const auto with_models = [](const std::string& rule,
                              const std::string& models) {
    std::string text = small_mixture(rule, "temperature_on: models");
    const size_t start = text.find("models: {");
    return error_of(text.replace(
        start, text.find('\n', start) - start, "models: " + models));
  };
  CHECK(with_models("cfg", "{base: base, instruct: far}") ==
        "x.yaml:9: conditions[0].mix.models: 'base' is on cpu and 'far' on "
        "cuda: a mixture needs both on one device");
  // dpo is on auto: it is the other two that do not fit together.
  CHECK(with_models("proxy", "{base: dpo, expert: base, antiexpert: far}") ==
        "x.yaml:9: conditions[0].mix.models: 'base' is on cpu and 'far' on "
        "cuda: a mixture needs both on one device");
  CHECK(with_models("proxy", "{base: dpo, expert: far, antiexpert: far}")
            .empty());
  CHECK(with_models("linear", "{base: base}") ==
        "x.yaml:9: conditions[0].mix.models has no 'instruct'");
  CHECK(with_models("proxy", "{base: base, expert: dpo}") ==
        "x.yaml:9: conditions[0].mix.models has no 'antiexpert'");
  CHECK(with_models("proxy", "{base: base, instruct: dpo}") ==
        "x.yaml:9: conditions[0].mix.models has no 'expert'");
  CHECK(with_models("linear", "{base: bass, instruct: dpo}") ==
        "x.yaml:9: conditions[0].mix.models.base: unknown model 'bass'; did "
        "you mean 'base'?");
  CHECK(error_of(test::replaced(small_mixture("linear", "gamma: 0.5"),
                                "format: {base: comp, instruct: chat}",
                                "format: comp")) ==
        "x.yaml:11: conditions[0].format: expected a map (key: value), found "
        "'comp'");
  CHECK(error_of(test::replaced(
            small_mixture("proxy", "alpha: 1"), ", antiexpert: comp", "")) ==
        "x.yaml:11: conditions[0].format has no 'antiexpert'");
}

TEST_CASE("renamed specials are pairs of tokens") {
  const auto with = [](const std::string& renamed) {
    return small_mixture("linear",
                         "gamma: 0.5\n      renamed_specials: " + renamed);
  };
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(read(with(R"([["<|extra_id_1|>", "<functions>"], ["[X]", "no"]])"))
            .renamed_pieces ==
        Pairs{{"<|extra_id_1|>", "<functions>"}, {"[X]", "no"}});
  CHECK(error_of(with(R"([["a", "b", "c"]])")) ==
        "x.yaml:11: conditions[0].mix.renamed_specials[0]: write [the base's "
        "token, the instruct model's]");
  CHECK(error_of(with(R"(["a"])")) ==
        "x.yaml:11: conditions[0].mix.renamed_specials[0]: expected a list, "
        "found 'a' in quotes");
  CHECK(error_of(with(R"([["a", 3]])")) ==
        "x.yaml:11: conditions[0].mix.renamed_specials[0][1]: expected text "
        "(in quotes if this is what is meant), found '3'");
}

}  // namespace
}  // namespace cdx
