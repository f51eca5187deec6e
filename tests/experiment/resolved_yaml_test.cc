#include "experiment/example.h"
#include "support.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::kFullExperiment;
using test::parse;

TEST_CASE("a file with every key is written back byte for byte") {
  CHECK(resolved_yaml(parse(kFullExperiment)) == kFullExperiment);
}

TEST_CASE("the resolved shipped experiments read back as themselves") {
  const std::vector<std::string> known = {"distinct_1"};
  for (const std::string name : {"quickstart", "controls"}) {
    CAPTURE(name);
    const std::string text = resolved_yaml(
        load_experiment("configs/" + name + ".yaml",
                        {"measure.metrics=[distinct_1]", "report.primary=[]"},
                        known));
    CHECK(text.starts_with("name: " + name + "\n"));
    CHECK(resolved_yaml(parse_experiment(text, "r.yaml", {}, known)) == text);
  }
}

TEST_CASE("what is left out is resolved so that it reads back as itself") {
  const std::string mixture =
      ", models: {base: base, instruct: dpo}}, format: {base: comp, instruct: "
      "chat}}\n";
  const std::string text = test::small_experiment(
      "  - {name: llama, model: base, format: comp, sampling: {preset: "
      "llamacpp}}\n"
      "  - {name: linear, mix: {gamma: [0, 1e-7, 0.5]" +
      mixture + "  - {name: cfg, mix: {rule: cfg, gamma: -2" + mixture +
      "  - {name: contrastive, mix: {rule: contrastive, beta: 1" + mixture +
      "  - {name: routing, mix: {rule: routing, threshold: 0.5" + mixture +
      "  - {name: switch, mix: {rule: switch, share: 0.5" + mixture +
      "  - {name: proxy, mix: {rule: proxy, models: {base: base, expert: dpo, "
      "antiexpert: base}}, format: {base: comp, expert: chat, antiexpert: "
      "comp}}\n"
      "  - {name: after, mix: {gamma: 0.5, truncate: {when: after}" +
      mixture +
      "  - {name: old, source: old.jsonl, text: story, group: id}\n"
      "  - {name: found, model: base, format: comp, match: {on: quality, "
      "metric: "
      "length_tokens, target: linear-g1e-07}}\n"
      "measure: {metrics: [distinct_1]}\n");
  const std::string resolved = resolved_yaml(parse(text));
  CHECK(resolved_yaml(parse(resolved)) == resolved);
  CHECK(resolved.find("repetition_window: 64\n") != std::string::npos);
  CHECK(resolved.find("gamma: 1e-07\n") != std::string::npos);
  CHECK(resolved.find("alpha: 1\n") != std::string::npos);
  CHECK(resolved.find("source: old.jsonl\n    text: story\n    group: id\n") !=
        std::string::npos);
  CHECK(resolved.find("anneal") == std::string::npos);
  CHECK(resolved.find("trigger") == std::string::npos);
}

TEST_CASE("a temperature that was found is not written: it is found again") {
  ExperimentConfig config = parse(kFullExperiment);
  Condition& condition = config.conditions.back();
  REQUIRE(condition.match);
  condition.sampling.temperature = 1.375;
  CHECK(resolved_yaml(config) == kFullExperiment);
}

TEST_CASE("stop strings are written and read back") {
  ExperimentConfig config = parse(kFullExperiment);
  const std::vector<std::string> texts = {
      "\n", "a, b", "]", "no", "7", "\"'\\", " ", "# c", "\xe2\x80\xa8"};
  config.conditions[0].end.stop_strings = texts;
  CHECK(parse(resolved_yaml(config)).conditions[0].end.stop_strings == texts);
}

TEST_CASE("renamed specials are written and read back") {
  ExperimentConfig config = parse(kFullExperiment);
  auto& renamed = config.conditions.at(1).renamed_pieces;
  renamed = {{"<|slot_1|>", "[X]"}, {"a", "no"}};
  CHECK(parse(resolved_yaml(config)).conditions.at(1).renamed_pieces ==
        renamed);
}

TEST_CASE("text that YAML would read as something else is quoted") {
  ExperimentConfig config = parse(kFullExperiment);
  for (const std::string odd : {"no",
                                "Yes",
                                "true",
                                "NULL",
                                "~",
                                "010",
                                "1e3",
                                "0x1F",
                                "1_000",
                                "1:30",
                                "-",
                                ".inf",
                                "nan",
                                "2025-07-28",
                                "a: b",
                                "# c",
                                "'",
                                "\"",
                                "\\",
                                "*x",
                                "&x",
                                "!x",
                                "%x",
                                "@x",
                                "a\nb\n",
                                " a ",
                                "\t",
                                "\x01\x7f",
                                "\xc3\xa9\xe2\x80\xa8\xc2\x85",
                                "{}",
                                "[]",
                                "<<",
                                "y"}) {
    CAPTURE(odd);
    config.measure.encoder = odd;
    config.formats[0].second.text = odd + "{prompt}" + odd;
    const ExperimentConfig again = parse(resolved_yaml(config));
    CHECK(again.measure.encoder == odd);
    CHECK(again.formats[0].second.text == odd + "{prompt}" + odd);
  }
}

TEST_CASE("doubles are written with the fewest digits that give them back") {
  ExperimentConfig config = parse(kFullExperiment);
  for (const double value : {0.7, 1.0 / 3.0, 1.7e5, 1.0, 0.1 + 0.2}) {
    CAPTURE(value);
    config.conditions[0].sampling.temperature = value;
    const std::string text = resolved_yaml(config);
    CHECK(parse(text).conditions[0].sampling.temperature == value);
  }
  config.conditions[0].sampling.temperature = 0.7;
  CHECK(resolved_yaml(config).find("temperature: 0.7\n") != std::string::npos);
}

}  // namespace
}  // namespace cdx
