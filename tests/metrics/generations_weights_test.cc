#include "metrics/wording_golden.h"
#include "util/hash.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <doctest/doctest.h>

// Real generations of OLMo 2, which are not ours to pass on: CDX_TEST_DATA, or
// ../shared/data, has them; the goldens are numbers and digests.
namespace cdx {
namespace {

namespace fs = std::filesystem;

struct Stage {
  std::vector<std::string> texts;
  std::map<std::string, std::vector<std::string>> by_prompt;
};

fs::path stage_file(const std::string& stage) {
  const char* folder = std::getenv("CDX_TEST_DATA");
  return fs::path(folder != nullptr ? folder : "../shared/data") /
         "generations/olmo2-7b-alpacaeval" / (stage + ".jsonl");
}

Stage read_stage(const fs::path& path) {
  Stage stage;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const Json row = parse_json(line, path.string());
    stage.texts.push_back(row.at("response").get<std::string>());
    stage.by_prompt[row.at("prompt_id").get<std::string>()].push_back(
        stage.texts.back());
  }
  return stage;
}

std::string digest(const std::vector<std::string>& texts,
                   Words (*split)(std::string_view)) {
  std::string bytes;
  for (const std::string& text : texts) {
    for (const std::string& word : split(text)) (bytes += word) += '\0';
    bytes += '\1';
  }
  return sha256(bytes);
}

}  // namespace

TEST_CASE("Words and scores of real texts are the packages'") {
  const Json golden =
      parse_json_file("tests/data/metrics/wording_generations.json");
  for (const Json& expected : golden.at("stages")) {
    const fs::path path = stage_file(expected.at("stage").get<std::string>());
    CAPTURE(path.string());
    if (!fs::exists(path)) {
      MESSAGE("skipped: no generations in " << path.string());
      return;
    }
    const Stage stage = read_stage(path);
    for (const auto& [name, split] : test::kTokenisers) {
      CAPTURE(name);
      CHECK(digest(stage.texts, split) ==
            expected.at("words_sha256").at(name).get<std::string>());
    }
    for (const Json& set : expected.at("sets")) {
      const auto prompt = set.at("prompt_id").get<std::string>();
      CAPTURE(prompt);
      test::check_scores(stage.by_prompt.at(prompt), set);
    }
  }
}

}  // namespace cdx
