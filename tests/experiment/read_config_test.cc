#include "experiment/config.h"
#include "experiment/example.h"
#include "support.h"
#include "util/errors.h"

#include <algorithm>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

using test::kFullExperiment;
using test::parse;
using test::replaced;

std::string error_of(const std::string& text,
                     const std::vector<std::string>& overrides = {}) {
  return test::message_of<UserError>([&] { parse(text, overrides); });
}

std::string error_after(const std::string& from, const std::string& to) {
  return error_of(replaced(kFullExperiment, from, to));
}

// The line of the full experiment that holds `text` first: "x.yaml:12: ".
std::string at(const std::string& text) {
  const auto end = static_cast<std::ptrdiff_t>(kFullExperiment.find(text));
  const auto line =
      std::count(kFullExperiment.begin(), kFullExperiment.begin() + end, '\n');
  return fmt::format("x.yaml:{}: ", line + 1);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST_CASE("every value of the file arrives in its field") {
  const ExperimentConfig config = parse(kFullExperiment);
  CHECK(config.name == "full");
  CHECK(config.output == "elsewhere/full");
  CHECK(config.seed == 7);
  CHECK(config.common_random_numbers);
  REQUIRE(config.models.size() == 2);
  CHECK(config.models[0].first == "base");
  CHECK(named(config.models, "tuned").path == "models/tuned");
  CHECK(named(config.models, "tuned").device.device == "cuda");
  CHECK(named(config.models, "tuned").device.dtype == "float16");
  CHECK(config.prompts.file == "data/p.csv");
  CHECK(config.prompts.skip == 2);
  CHECK(config.prompts.limit == 3);
  CHECK(config.prompts.id_field == "key");
  CHECK(config.prompts.text_field == "text");
  CHECK(config.prompts.references_field == "human");
  CHECK_FALSE(named(config.formats, "comp").chat);
  CHECK(named(config.formats, "comp").text == "A tale of {prompt}.\n");
  CHECK(named(config.formats, "chat").chat);
  CHECK(config.generation.samples_per_prompt == 4);
  CHECK(config.generation.max_new_tokens == 99);
  CHECK(config.generation.token_records);
  CHECK(config.generation.batch_size == 32);
  CHECK(config.score.models == std::vector<std::string>{"tuned", "base"});
  CHECK(config.measure.metrics ==
        std::vector<std::string>{"distinct_2", "tale_valid", "score"});
  CHECK(config.measure.encoder == "encoders/x");
  CHECK(config.measure.tale_grammar == "data/g.json");
  CHECK(config.measure.bootstrap_resamples == 500);
  CHECK(config.measure.quality_gate->name() == "tale_valid>=0.5");
  CHECK(config.measure.scores == "data/scores.csv");
  CHECK(config.measure.rarefaction);
  CHECK(config.measure.reliability);
  CHECK(config.measure.extract ==
        std::vector{ExtractRule::kRunOn, ExtractRule::kUnfinished});
}

TEST_CASE("what is left out has the documented default") {
  const ExperimentConfig config = parse(R"(
name: small
models: {m: {path: a/b}}
prompts: {file: p.txt}
formats: {f: {template: "{prompt}"}}
generation: {batch_size: auto}
conditions: [{name: c, model: m, format: f}]
)");
  CHECK(config.output == "runs/small");
  CHECK(config.seed == 0);
  CHECK_FALSE(config.common_random_numbers);
  CHECK(config.models[0].second.device.device == "auto");
  CHECK(config.prompts.skip == 0);
  CHECK(config.prompts.limit == 0);
  CHECK(config.prompts.text_field == "prompt");
  CHECK(config.generation.batch_size == 0);
  CHECK_FALSE(config.generation.token_records);
  CHECK(config.conditions[0].sampling.temperature == 1.0);
  CHECK(config.conditions[0].sampling.top_p == 1.0);
  CHECK(config.conditions[0].sampling.stages() == all_stages());
  CHECK(config.conditions[0].end.stop_strings.empty());
  CHECK_FALSE(config.conditions[0].match);
  CHECK(config.score.models.empty());
  CHECK(config.measure.encoder == "all-MiniLM-L6-v2");
  CHECK(config.report.baseline == "c");
  CHECK(config.report.compare.empty());
  CHECK(config.report.trend.empty());
}

TEST_CASE("every key, misspelt, is refused with its line and the right key") {
  const std::vector<std::string> lines = lines_of(kFullExperiment);
  const std::vector<std::string> names = {"base", "tuned", "comp", "chat"};
  int misspelt = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t start = lines[i].find_first_not_of(" -\"");
    const size_t end = lines[i].find_first_of("\":", start);
    if (end == std::string::npos) continue;
    const std::string key = lines[i].substr(start, end - start);
    // A role or a format is a name; `chat: true` is a key.
    const bool is_name =
        std::find(names.begin(), names.end(), key) != names.end() &&
        end + 1 == lines[i].size();
    if (is_name) continue;
    std::vector<std::string> changed = lines;
    changed[i].insert(end, 1, 'q');
    const std::string message = error_of(joined(changed));
    CAPTURE(lines[i]);
    CAPTURE(message);
    CHECK(message.starts_with(
        fmt::format("x.yaml:{}: unknown key '{}q'", i + 1, key)));
    CHECK(message.ends_with(fmt::format("did you mean '{}'?", key)));
    ++misspelt;
  }
  CHECK(misspelt == 460);
}

TEST_CASE("the message for a misspelt key is the documented one") {
  CHECK(error_after("temperature: 0.7", "temprature: 0.7") ==
        at("temperature: 0.7") +
            "unknown key 'temprature' in conditions[0].sampling; did you mean "
            "'temperature'?");
}

TEST_CASE("a value of the wrong type is refused with its line") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"seed: 7", "seed: 7.0"},
      {"seed: 7", "seed: '7'"},
      {"seed: 7", "seed: 010"},
      {"seed: 7", "seed: 0x10"},
      {"seed: 7", "seed: 1e3"},
      {"seed: 7", "seed: 1_000"},
      {"seed: 7", "seed: [7]"},
      {"seed: 7", "seed: 99999999999999999999"},
      {"limit: 3", "limit: three"},
      {"common_random_numbers: true", "common_random_numbers: yes"},
      {"common_random_numbers: true", "common_random_numbers: 1"},
      {"common_random_numbers: true", "common_random_numbers: 'true'"},
      {"top_p: 0.9", "top_p: high"},
      {"top_p: 0.9", "top_p: .nan"},
      {"top_p: 0.9", "top_p: nan"},
      {"top_p: 0.9", "top_p: '0.9'"},
      {"encoder: encoders/x", "encoder: false"},
      {"encoder: encoders/x", "encoder: 12"},
      {"encoder: encoders/x", "encoder: [a]"},
      {"metrics: [distinct_2, tale_valid, score]", "metrics: distinct_2"},
      {"name: full", "name: {a: b}"}};
  for (const auto& [from, to] : cases) {
    const std::string message = error_after(from, to);
    CAPTURE(to);
    CAPTURE(message);
    CHECK(message.starts_with(at(from)));
    CHECK(message.find(": expected ") != std::string::npos);
  }
  CHECK(error_after("limit: 3", "limit: three") ==
        at("limit: 3") +
            "prompts.limit: expected a whole number, found 'three'");
}

TEST_CASE("a section of the wrong kind is refused") {
  CHECK(error_of("- a\n- b\n") ==
        "x.yaml:1: the experiment file: expected a map (key: value), found a "
        "list");
  CHECK(error_of("name: a\nmodels: [x]\nprompts: p\nformats: f\n"
                 "conditions: c\n") ==
        "x.yaml:2: models: expected a map (key: value), found a list");
}

TEST_CASE("a value out of its range is refused with its line") {
  CHECK(error_after("seed: 7", "seed: -1") ==
        "x.yaml:3: seed: must be 0 or more");
  CHECK(error_after("limit: 3", "limit: -3") ==
        at("limit: 3") + "prompts.limit: must be 0 (all) or more");
  CHECK(error_after("skip: 2", "skip: -1") ==
        at("skip: 2") + "prompts.skip: must be 0 or more");
  CHECK(error_after("temperature: 0.7", "temperature: 0") ==
        at("temperature: 0.7") +
            "conditions[0].sampling.temperature: temperature is 0: it must be "
            "0.0001 or more (for the most probable token: do_sample: "
            "false)");
  CHECK(error_after("top_p: 0.8", "top_p: 1.2") ==
        at("top_p: 0.8") +
            "conditions[1].sampling.top_p: top_p is 1.2: it must lie in [0, "
            "1]; 1 keeps every token");
  CHECK(error_after("gamma: 0.3", "gamma: 1.5") ==
        at("gamma: 0.3") +
            "conditions[1].mix.gamma: gamma is 1.5: the weight of the base "
            "must lie in [0, 1]");
  CHECK(error_after("batch_size: 32", "batch_size: 8")
            .starts_with(at("batch_size: 32") + "generation.batch_size: "));
  CHECK(error_after("batch_size: 32", "batch_size: 0") ==
        at("batch_size: 32") + "generation.batch_size: write auto, not 0");
  CHECK(error_after("samples_per_prompt: 4", "samples_per_prompt: 0")
            .starts_with(at("samples_per_prompt: 4") +
                         "generation.samples_per_prompt: "));
  CHECK(error_after("bootstrap_resamples: 500", "bootstrap_resamples: 5") ==
        at("bootstrap_resamples: 500") +
            "measure.bootstrap_resamples: must be at least 100");
}

TEST_CASE("what is measured of a whole condition is read") {
  const MeasureOptions defaults = parse(kFullExperiment).measure;
  CHECK(defaults.texts_per_prompt == 0);
  CHECK_FALSE(defaults.corpus);
  CHECK(defaults.reference.empty());
  CHECK(defaults.permutations == 999);
  const auto with = [](const std::string& from, const std::string& to) {
    return parse(replaced(kFullExperiment, from, to)).measure;
  };
  const std::string texts = "texts_per_prompt: auto", corpus = "corpus: false",
                    permutations = "permutations: 999";
  CHECK(with(texts, "texts_per_prompt: 3").texts_per_prompt == 3);
  CHECK(with(corpus, "corpus: true").corpus);
  CHECK(with("corpus_intervals: false", "corpus_intervals: true")
            .corpus_intervals);
  CHECK(with(corpus, "reference: human").reference == "human");
  CHECK(with(permutations, "permutations: 0").permutations == 0);
  CHECK(error_after(texts, "texts_per_prompt: 5") ==
        at(texts) +
            "measure.texts_per_prompt: must be at most "
            "generation.samples_per_prompt, which is 4");
  CHECK(error_after(texts, "texts_per_prompt: 0") ==
        at(texts) + "measure.texts_per_prompt: must be auto, or 1 or more");
  CHECK(error_after(corpus, "reference: humans") ==
        at(corpus) +
            "measure.reference: unknown condition 'humans'; did you mean "
            "'human'?");
  CHECK(error_after(permutations, "permutations: 5") ==
        at(permutations) +
            "measure.permutations: must be 0 (not tested), or at least 99");
}

TEST_CASE("what this version does not know is refused by name") {
  CHECK(error_after("rule: linear", "rule: harmonic") ==
        at("rule: linear") +
            "conditions[1].mix.rule: 'harmonic' is not supported (yet); "
            "supported: linear, geometric, sign_flipped, cfg, contrastive, "
            "proxy, routing, switch");
  CHECK(error_after("by: each", "by: both") ==
        at("by: each") +
            "conditions[1].mix.truncate.by: 'both' is not supported (yet); "
            "supported: instruct, base, intersection, union, each, mixture");
  CHECK(error_after("when: before", "when: during") ==
        at("when: before") +
            "conditions[1].mix.truncate.when: 'during' is not supported (yet); "
            "supported: before, after");
  CHECK(error_after("preset: hf", "preset: ollama") ==
        at("preset: hf") +
            "conditions[0].sampling.preset: 'ollama' is not supported (yet); "
            "supported: hf, vllm, llamacpp");
  CHECK(error_after("temperature_on: mixture", "temperature_on: both") ==
        at("temperature_on: mixture") +
            "conditions[1].mix.temperature_on: 'both' is not supported (yet); "
            "supported: models, mixture");
  CHECK(error_after("guide_prompt: other", "guide_prompt: none") ==
        at("guide_prompt: other") +
            "conditions[1].mix.guide_prompt: 'none' is not supported (yet); "
            "supported: own, other");
  CHECK(error_after("policy: union", "policy: base") ==
        at("policy: union") +
            "conditions[1].end_of_text.policy: 'base' is not supported (yet); "
            "supported: merge, union, instruct");
  CHECK(error_after("source: references", "source: reference") ==
        at("source: references") +
            "conditions[2].source: write references, or a file of texts "
            "(.jsonl or .csv)");
  CHECK(error_after("length_floor: 40", "length_floor: 0") ==
        at("length_floor: 40") + "measure.length_floor: must be at least 1");
  CHECK(error_after("by_position: 100", "by_position: 5") ==
        at("by_position: 100") +
            "measure.by_position: must be 0 (no stretches), or at least 10 "
            "words");
  CHECK(error_after("long_text: truncate", "long_text: cut")
            .ends_with(
                "'cut' is not supported (yet); supported: windows, truncate"));
  CHECK(error_after("device: cuda", "device: mps") ==
        at("device: cuda") +
            "models.base.device: 'mps' is not supported (yet); supported: "
            "auto, cpu, cuda");
}

TEST_CASE("a format needs {prompt} and fills in nothing else") {
  const std::string where = at("template: ") + "formats.comp.template: ";
  CHECK(error_after("A tale of {prompt}.", "A tale.") ==
        where + "it does not hold {prompt}");
  CHECK(error_after("A tale of {prompt}.", "{theme} of {prompt}.") ==
        where + "{theme} is not filled in, only {prompt} is");
  CHECK(error_after("chat: false", "chat: true") ==
        where +
            "a format has either a template, or a prefix and suffix, or chat: "
            "true and a user");
  CHECK(error_after("    chat: false\n", "").empty());
  CHECK(error_after("    template: \"A tale of {prompt}.\\n\"\n", "") ==
        at("  comp:\n") + "formats.comp has no 'template'");
}

TEST_CASE("names that cannot be folders are refused") {
  for (const std::string name : {"a/b", "..", "a b", "-x", "''", "é"}) {
    CAPTURE(name);
    CHECK(error_after("name: full", fmt::format("name: {}", name))
              .find("cannot be a name") != std::string::npos);
  }
  CHECK(
      error_after("name: one", "name: a*")
          .starts_with(at("name: one") + "conditions[0].name: 'a*' cannot be"));
  CHECK(error_after("  tuned:\n", "  my model:\n")
            .starts_with("x.yaml:10: models: 'my model' cannot be"));
}

TEST_CASE("output may hold the experiment's name and nothing else") {
  CHECK(parse(replaced(kFullExperiment, "elsewhere/full", "/a/${name}/${name}"))
            .output == "/a/full/full");
  CHECK(error_after("elsewhere/full", "a/${nam}") ==
        "x.yaml:2: output: only ${name} can be filled in");
}

TEST_CASE("an unknown metric, a repeated one, one without its grammar") {
  const std::string where = at("metrics: [");
  CHECK(error_after("[distinct_2,", "[distinct_22,") ==
        where +
            "measure.metrics[0]: unknown metric 'distinct_22'; did you mean "
            "'distinct_2'?");
  CHECK(error_after("[distinct_2,", "[tale_valid,") ==
        where + "measure.metrics[1]: 'tale_valid' is listed twice");
  CHECK(error_after("  tale_grammar: data/g.json\n", "") ==
        where +
            "measure.metrics: 'tale_valid' needs measure.tale_grammar, a "
            "grammar file");
}

TEST_CASE("a quality gate has a metric and one threshold") {
  const std::string gate = "\n    metric: tale_valid\n    at_least: 0.5";
  const auto gate_of = [&](const std::string& text) {
    return parse(replaced(kFullExperiment, gate, text))
        .measure.quality_gate->name();
  };
  CHECK(gate_of(" {metric: tale_valid}") == "tale_valid>=1");
  CHECK(gate_of(" {metric: reward, at_most: -2}") == "reward<=-2");
  const std::string where =
      at("quality_gate") + "measure.quality_gate.metric: ";
  CHECK(error_after(gate, " {metric: reward}") ==
        where + "needs one threshold: at_least or at_most");
  CHECK(error_after(gate, " {metric: tale_valid, at_least: 1, at_most: 2}") ==
        where + "needs one threshold: at_least or at_most");
  // Without scores it is one of the metrics.
  CHECK(
      error_of(
          replaced(replaced(kFullExperiment, "  scores: data/scores.csv\n", ""),
                   gate,
                   " {metric: tale_vaild, at_least: 1}"))
          .find("unknown metric 'tale_vaild'; did you mean 'tale_valid'?") !=
      std::string::npos);
}

TEST_CASE("metrics that an experiment cannot give are refused at once") {
  const auto refusal = [](const std::string& metric) {
    const std::string text = replaced(kFullExperiment,
                                      "[distinct_2, tale_valid, score]",
                                      "[" + metric + ", tale_valid, score]");
    return test::message_of<UserError>([&] {
      parse_experiment(
          text, "x.yaml", {}, {metric, "tale_valid", "score", "length_tokens"});
    });
  };
  CHECK(refusal("mauve").ends_with(
      "'mauve' holds the texts of a condition against those of another: name "
      "that one in measure.reference"));
  CHECK(refusal("distinct_classes")
            .find("only cdx measure --input … --classes FILE brings in") !=
        std::string::npos);
}

TEST_CASE("a rule of extraction is a known one, named once") {
  const std::string listed = "extract: [run_on, unfinished]";
  CHECK(error_after("[run_on, unfinished]", "[run_on, tittle]") ==
        at(listed) +
            "measure.extract[1]: unknown rule 'tittle'; did you mean 'title'?");
  CHECK(error_after("[run_on, unfinished]", "[title, title]") ==
        at(listed) + "measure.extract[1]: 'title' is listed twice");
}

TEST_CASE("a model to score under is one that a condition uses, once") {
  const std::string listed = "models: [tuned, base]";
  CHECK(error_after("[tuned, base]", "[tuned, bse]") ==
        at(listed) + "score.models: unknown model 'bse'; did you mean 'base'?");
  CHECK(error_after("[tuned, base]", "[base, base]") ==
        at(listed) + "score.models: 'base' is listed twice");
  const std::string unused =
      replaced(kFullExperiment, "  base:\n", "  spare: {path: a}\n  base:\n");
  CHECK(error_of(replaced(unused, "[tuned, base]", "[tuned, spare]"))
            .ends_with(": score.models: no condition uses model 'spare', so "
                       "that no format says how it is sent a prompt; add a "
                       "condition"));
}

TEST_CASE("overrides go through the same checks") {
  const ExperimentConfig config = parse(kFullExperiment,
                                        {"seed=8",
                                         "conditions.one.sampling.top_p=0.5",
                                         "conditions.1.mix.gamma=0.125",
                                         "measure.metrics=[tale_valid]"});
  CHECK(config.seed == 8);
  CHECK(config.conditions[0].sampling.top_p == 0.5);
  CHECK(config.conditions[1].mix.gamma == 0.125);
  CHECK(config.measure.metrics ==
        std::vector<std::string>{"tale_valid", "score"});
  CHECK(error_of(kFullExperiment, {"generation.batch_sise=32"}) ==
        "--set generation.batch_sise: unknown key 'batch_sise' in generation; "
        "did you mean 'batch_size'?");
  CHECK(error_of(kFullExperiment, {"conditions.one.sampling.top_p=2"})
            .starts_with("--set conditions.one.sampling.top_p: "));
  CHECK(error_of(kFullExperiment, {"prompts.limit=many"}) ==
        "--set prompts.limit: prompts.limit: expected a whole number, found "
        "'many'");
}

TEST_CASE("a missing file is one clear sentence") {
  CHECK(test::message_of<UserError>([] {
          load_experiment("no/such.yaml", {}, {});
        }).find("no/such.yaml") != std::string::npos);
}

TEST_CASE("the quickstart has the conditions that the README shows") {
  const ExperimentConfig config =
      load_experiment("configs/quickstart.yaml",
                      {"measure.metrics=[distinct_1]", "report.primary=[]"},
                      test::kMetricNames);
  CHECK(test::condition_names(config) ==
        std::vector<std::string>{"base",
                                 "sft",
                                 "dpo",
                                 "conformative-g0.25",
                                 "conformative-g0.5",
                                 "conformative-g0.75"});
  CHECK(config.prompts.limit == 40);
  CHECK(config.generation.samples_per_prompt == 10);
  for (const Condition& condition : config.conditions) {
    CHECK(condition.sampling.temperature == 1.0);
    CHECK(condition.sampling.top_p == 0.95);
  }
  CHECK(config.conditions[3].models == std::vector<std::string>{"base", "dpo"});
  CHECK(config.report.compare.size() == 9);
  CHECK(config.report.trend.size() == 1);
}

}  // namespace
}  // namespace cdx
