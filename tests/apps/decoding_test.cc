#include "program.h"
#include "store/generation_log.h"
#include "store/run_directory.h"
#include "support.h"
#include "util/files.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include <doctest/doctest.h>

// Options of decoding, from the experiment file to what the run leaves.
namespace cdx {
namespace {

namespace fs = std::filesystem;

struct Run {
  test::TemporaryFolder folder;
  fs::path config = folder / "experiment.yaml";
  fs::path output = folder / "run";

  explicit Run(const std::string& conditions, const std::string& more = "") {
    test::write_text(config,
                     R"(name: small
output: )" + output.string() +
                         R"(
seed: 7
models:
  base: {path: data/models/fable/base}
  sft: {path: data/models/fable/sft}
  dpo: {path: data/models/fable/dpo}
prompts: {file: data/prompts/fable.jsonl, limit: 3}
formats:
  completion: {template: "A fable about {prompt}.\nStory:\n"}
  chat: {chat: true, user: "Write a short fable about {prompt}."}
generation: {samples_per_prompt: 6, max_new_tokens: 120, batch_size: 18)" +
                         more + R"(}
conditions:
)" + conditions + R"(
measure: {metrics: [length_tokens]}
)");
  }

  test::Result generate(const std::string& more = "") const {
    return test::cdx("generate " + config.string() + " " + more);
  }

  fs::path generations(const std::string& condition) const {
    for (const auto& entry : fs::directory_iterator(output / "generations")) {
      const std::string name = entry.path().filename().string();
      if (name.substr(0, name.size() - 9) == condition) return entry.path();
    }
    return {};
  }

  std::vector<GenerationRecord> stories(const std::string& condition) const {
    return read_generations(generations(condition)).records;
  }
};

constexpr char kMixture[] = R"(
  - name: mixed
    mix: {models: {base: base, instruct: dpo}, gamma: 0.5}
    format: {base: completion, instruct: chat}
    sampling: {top_p: 0.95})";

}  // namespace

TEST_CASE("each token's numbers lie where its story's record says") {
  const Run run(kMixture, ", token_records: true");
  REQUIRE(run.generate().status == 0);
  const std::vector<GenerationRecord> stories = run.stories("mixed");
  REQUIRE(stories.size() == 18);
  for (const GenerationRecord& story : stories) {
    REQUIRE(story.tokens);
    const auto n = static_cast<int64_t>(story.token_ids.size());
    const TokenRecords records =
        read_token_records(run.generations("mixed"), *story.tokens, n);
    CHECK(records.columns == std::vector<std::string>{"log_prob_base",
                                                      "log_prob_dpo",
                                                      "log_prob_sampled",
                                                      "entropy_base",
                                                      "entropy_dpo",
                                                      "entropy_sampled",
                                                      "kept",
                                                      "weight"});
    std::vector<double> sums(8, 0);
    for (size_t i = 0; i < records.values.size(); ++i) {
      sums[i % 8] += records.values[i];
    }
    CHECK(sums[0] == doctest::Approx(story.log_probs.at("base")));
    CHECK(sums[1] == doctest::Approx(story.log_probs.at("dpo")));
    CHECK(sums[2] == doctest::Approx(story.log_prob_sampled));
    const auto tokens = static_cast<double>(n);
    CHECK(sums[5] / tokens == doctest::Approx(story.entropy_sampled));
    CHECK(sums[6] / tokens == doctest::Approx(story.kept));
    CHECK(story.weight == 0.5);
  }
}

TEST_CASE("--explain shows the token that the run drew, and writes nothing") {
  const Run run(kMixture);
  REQUIRE(run.generate().status == 0);
  const std::vector<GenerationRecord> stories = run.stories("mixed");
  const GenerationRecord& story = stories.at(7);
  for (const size_t step : {size_t{0}, size_t{5}, story.token_ids.size() - 1}) {
    CAPTURE(step);
    const test::Result result = run.generate(
        "--explain " + story.coordinates.prompt_id + "/" +
        std::to_string(story.coordinates.sample) + "/" + std::to_string(step));
    CHECK(result.status == 0);
    const size_t drawn = result.out.find("<- drawn");
    REQUIRE(drawn != std::string::npos);
    const size_t line = result.out.rfind('\n', drawn) + 1;
    CHECK(std::stoi(result.out.substr(line)) == story.token_ids[step]);
  }
  const test::Result late =
      run.generate("--explain " + story.coordinates.prompt_id + "/" +
                   std::to_string(story.coordinates.sample) + "/5000");
  CHECK(late.status == 2);
  CHECK(late.out.find("this story has " +
                      std::to_string(story.token_ids.size()) + " tokens") !=
        std::string::npos);
  fs::remove_all(run.output);
  CHECK(run.generate("--explain loyalty-clock/0/0").status == 0);
  CHECK(!fs::exists(run.output));
}

TEST_CASE("--explain says what there is when it is asked for something else") {
  const Run run(std::string(kMixture) + R"(
  - {name: dpo, model: dpo, format: chat})");
  const auto message = [&](const std::string& arguments) {
    const test::Result result = run.generate(arguments);
    CHECK(result.status == 2);
    return result.out;
  };
  CHECK(message("--explain loyalty-clock/0").find("PROMPT/SAMPLE/STEP") !=
        std::string::npos);
  CHECK(message("--explain x").find("PROMPT/SAMPLE/STEP") != std::string::npos);
  CHECK(message("--explain loyalty-clok/0/0")
            .find("did you mean 'loyalty-clock'?") != std::string::npos);
  CHECK(message("--explain loyalty-clock/0/0 --condition mixd")
            .find("did you mean 'mixed'?") != std::string::npos);
}

TEST_CASE("stop strings end a story and are cut off it") {
  const Run run(R"(
  - name: stopped
    model: base
    format: completion
    end_of_text: {stop_strings: [". At", "lived"], min_new_tokens: 12})");
  REQUIRE(run.generate().status == 0);
  int stopped = 0;
  for (const GenerationRecord& story : run.stories("stopped")) {
    CHECK(story.token_ids.size() >= 12);
    if (story.finish_reason != "stop_string") {
      CHECK(story.stop_string.empty());
      continue;
    }
    ++stopped;
    CHECK(!story.stop_token);
    CHECK(story.stopped_by.empty());
    CHECK((story.stop_string == ". At" || story.stop_string == "lived"));
    CHECK(!story.text.ends_with(story.stop_string));
  }
  CHECK(stopped >= 3);
}

TEST_CASE("three models make a proxy-tuned one, and gamma 0 the same stories") {
  const Run run(R"(
  - name: proxy
    mix: {rule: proxy, models: {base: base, expert: dpo, antiexpert: base}, alpha: 1}
    format: {base: completion, expert: chat, antiexpert: completion}
    sampling: {top_p: 0.95}
  - name: flipped
    mix: {rule: sign_flipped, models: {base: base, instruct: dpo}, gamma: 0}
    format: {base: completion, instruct: chat}
    sampling: {top_p: 0.95, temperature: 0.9}
  - {name: dpo, model: dpo, format: chat, sampling: {top_p: 0.95, temperature: 0.9}})");
  REQUIRE(run.generate("--set common_random_numbers=true").status == 0);
  // Base and antiexpert cancel: the expert alone, whose text it is.
  for (const GenerationRecord& story : run.stories("proxy")) {
    CHECK(story.log_probs.size() == 2);  // by role
    CHECK(story.weight == 1);
  }
  const auto flipped = run.stories("flipped"), dpo = run.stories("dpo");
  REQUIRE(flipped.size() == 18);
  for (size_t i = 0; i < flipped.size(); ++i) {
    CHECK(flipped[i].token_ids == dpo[i].token_ids);
    CHECK(flipped[i].log_prob_sampled == dpo[i].log_prob_sampled);
  }
}

TEST_CASE("a wrong guide is sent the next prompt of the file") {
  const Run run(R"(
  - name: wrong
    mix: {models: {base: base, instruct: dpo}, gamma: 0.5, guide_prompt: other}
    format: {base: completion, instruct: chat})");
  REQUIRE(run.generate().status == 0);
  const std::vector<SentPrompt> sent = RunDirectory::open(run.output).prompts();
  REQUIRE(sent.size() == 3);
  const auto about = [](const SentPrompt::Input& input) {
    return input.text.substr(input.text.find("about ") + 6, 5);
  };
  CHECK(about(sent[0].inputs[0]) == about(sent[1].inputs[1]));
  CHECK(about(sent[0].inputs[1]) != about(sent[1].inputs[1]));
  // The third is not the last of the file: its guide gets the fourth's.
  CHECK(about(sent[2].inputs[0]) != about(sent[0].inputs[1]));
}

TEST_CASE("a temperature is matched, recorded, and found again for nothing") {
  const Run run(std::string(kMixture) + R"(
  - name: matched
    model: dpo
    format: chat
    sampling: {top_p: 0.95}
    match: {on: entropy, target: mixed, prompts: {limit: 4}, samples_per_prompt: 8, tolerance: 0.05})");
  const test::Result first = run.generate();
  CAPTURE(first.out);
  REQUIRE(first.status == 0);
  const Json found =
      RunDirectory::open(run.output).segments().back().matches.at("matched");
  const auto value = [&](const char* key) {
    return found.at(key).get<double>();
  };
  CHECK(std::abs(value("reached") - value("target")) <= 0.05 * value("target"));
  CHECK(value("temperature") > 1);  // mixing raises the entropy
  CHECK(value("tolerance") == 0.05);
  const auto logs = [&] {
    return std::distance(fs::directory_iterator(run.output / "matches"), {});
  };
  const auto before = logs();
  const test::Result again = run.generate();
  CHECK(again.status == 0);
  CHECK(logs() == before);
  CHECK(
      RunDirectory::open(run.output).segments().back().matches.at("matched") ==
      found);
  CHECK(run.stories("matched").size() == 18);
}

TEST_CASE("a target out of reach is told with how near one comes") {
  const Run run(std::string(kMixture) + R"(
  - name: matched
    model: dpo
    format: chat
    sampling: {top_k: 1}
    match: {on: diversity, metric: distinct_2, target: mixed, prompts: {limit: 2}, samples_per_prompt: 2, temperatures: [0.5, 1.2]})");
  const test::Result result = run.generate();
  CHECK(result.status == 2);
  CHECK(result.out.find("condition 'matched': match: even at temperature 1.2, "
                        "the end of the range, distinct_2 is") !=
        std::string::npos);
  CHECK(result.out.find("widen match.temperatures") != std::string::npos);

  // What is matched are the stories as they are.
  std::string config = read_file(run.config);
  config.replace(config.find("]}\n", config.find("measure:")),
                 2,
                 "], extract: [unfinished]}");
  test::write_text(run.config, config);
  fs::remove_all(run.output);
  CHECK(run.generate().out == result.out);
}

}  // namespace cdx
