#include "support.h"
#include "tokenizer/tokenizer_support.h"
#include "util/errors.h"

#include <algorithm>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::shipped_json;
using test::TokenizerFolder;

// The paths of all values in `json`; of long lists and objects the first three.
void collect_paths(const Json& json,
                   const Json::json_pointer& here,
                   std::vector<Json::json_pointer>& out) {
  out.push_back(here);
  if (!json.is_structured()) return;
  int taken = 0;
  for (const auto& [key, value] : json.items()) {
    if (++taken > (json.size() > 20 ? 3 : 20)) break;
    Json::json_pointer next =
        json.is_array() ? here / std::stoul(key) : here / key;
    collect_paths(value, next, out);
  }
}

// True if the folder loads and encodes, false if it is refused as the user's;
// anything else escapes and fails the test.
bool works(const Json& tokenizer, const Json& config) {
  try {
    auto loaded = TokenizerFolder(tokenizer, config).load();
    loaded->decode(
        loaded->encode("The caf\u00E9 <|endoftext|> [MASK] 12", true), true);
    return true;
  } catch (const UserError&) {
    return false;
  }
}

const std::vector<Json> kValues = {nullptr,
                                   true,
                                   -1,
                                   1.5,
                                   uint64_t{1} << 63,
                                   "",
                                   "x",
                                   "(",
                                   Json::array(),
                                   {1, "a"},
                                   Json::object(),
                                   {{"type", "NFC"}}};

TEST_CASE("a value of another kind anywhere is refused or harmless") {
  int refused = 0, tried = 0;
  for (std::string name : {"gpt2", "cl100k", "prefix_space", "bert"}) {
    Json json = shipped_json(name);
    std::vector<Json::json_pointer> paths;
    collect_paths(json, Json::json_pointer(), paths);
    for (const auto& path : paths) {
      for (const Json& value : kValues) {
        Json changed = json;
        changed[path] = value;
        CAPTURE(name);
        CAPTURE(path.to_string());
        CAPTURE(dump_json(value));
        ++tried;
        refused += !works(changed, nullptr);
      }
    }
  }
  CHECK(tried > 1000);
  CHECK(refused > tried / 2);
}

// Of the tokenizers in components.jsonl, those whose names are given.
std::vector<Json> components(const std::vector<std::string>& names) {
  std::vector<Json> found;
  Json base;
  auto path = test::kTokenizers / "components.jsonl";
  for_each_line(path, [&](std::string_view text, int64_t) {
    Json line = parse_json(text, path.string());
    if (line.contains("base")) base = line["base"];
    if (std::ranges::count(names, line.value("name", "")) == 0) return;
    Json json = base;
    for (const auto& [key, value] : line["changes"].items()) {
      if (key != "model") json[key] = value;
    }
    found.push_back(json);
  });
  return found;
}

TEST_CASE("a component of another kind is refused or harmless") {
  std::vector<Json> all = components({"split-regex-removed",
                                      "punctuation-removed",
                                      "norm-replace-regex",
                                      "norm-strip",
                                      "norm-prepend",
                                      "norm-bert-accents",
                                      "llama-legacy",
                                      "metaspace-old",
                                      "metaspace-first-True",
                                      "decoder-strip",
                                      "decoder-word-piece",
                                      "post-roberta"});
  CHECK(all.size() == 12);
  int refused = 0, tried = 0;
  for (const Json& json : all) {
    for (const char* part :
         {"normalizer", "pre_tokenizer", "decoder", "post_processor"}) {
      std::vector<Json::json_pointer> paths;
      collect_paths(json[part], Json::json_pointer() / part, paths);
      for (const auto& path : paths) {
        for (const Json& value : kValues) {
          Json changed = json;
          changed[path] = value;
          CAPTURE(path.to_string());
          CAPTURE(dump_json(value));
          ++tried;
          refused += !works(changed, nullptr);
        }
      }
    }
  }
  CHECK(tried > 1000);
  CHECK(refused > tried / 2);
}

TEST_CASE("a strange tokenizer_config.json is refused or harmless") {
  Json json = shipped_json("gpt2");
  Json config =
      parse_json_file(test::kTokenizers / "gpt2" / "tokenizer_config.json");
  config["add_bos_token"] = true;
  std::vector<Json::json_pointer> paths;
  collect_paths(config, Json::json_pointer(), paths);
  int refused = 0;
  for (const auto& path : paths) {
    for (const Json& value : kValues) {
      Json changed = config;
      changed[path] = value;
      CAPTURE(path.to_string());
      CAPTURE(dump_json(value));
      refused += !works(json, changed);
    }
  }
  CHECK(refused > 50);
}

TEST_CASE("steps that each double a text are stopped") {
  const Json doubling = {
      {"type", "Replace"}, {"pattern", {{"String", "a"}}}, {"content", "aa"}};
  const Json steps = std::vector<Json>(60, doubling);
  Json normalizer = shipped_json("gpt2"), decoder = normalizer;
  normalizer["normalizer"] = {{"type", "Sequence"}, {"normalizers", steps}};
  decoder["decoder"] = {{"type", "Sequence"}, {"decoders", steps}};
  for (const Json& json : {normalizer, decoder}) {
    // Added tokens are normalised while the file is read.
    const std::string message = test::message_of<UserError>([&] {
      const auto tokenizer = TokenizerFolder(json).load();
      tokenizer->decode(tokenizer->encode("a", false), false);
    });
    CHECK(message.find("more than 64 times longer") != std::string::npos);
  }
}

TEST_CASE("a file cut short is refused") {
  std::string text = dump_json(shipped_json("bert"));
  for (size_t length = 0; length < text.size(); length += 97) {
    test::TemporaryFolder folder;
    test::write_text(folder / "tokenizer.json", text.substr(0, length));
    CAPTURE(length);
    CHECK_THROWS_AS(load_tokenizer(folder.path()), UserError);
  }
}

}  // namespace
}  // namespace cdx
