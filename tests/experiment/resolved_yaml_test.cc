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

TEST_CASE("the resolved quickstart reads back as itself") {
  const std::vector<std::string> known = {"distinct_1"};
  const std::string text = resolved_yaml(load_experiment(
      "configs/quickstart.yaml", {"measure.metrics=[distinct_1]"}, known));
  CHECK(text.find("name: conformative-g0.25\n") != std::string::npos);
  CHECK(resolved_yaml(parse_experiment(text, "r.yaml", {}, known)) == text);
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
  for (const double value : {0.7, 1.0 / 3.0, 1e-7, 1.0, 0.1 + 0.2}) {
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
