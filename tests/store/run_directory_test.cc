#include "store/run_directory.h"

#include "support.h"
#include "util/errors.h"
#include "util/files.h"

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::TemporaryFolder;

Manifest manifest() {
  Manifest manifest;
  manifest.name = "r";
  manifest.models["base"] = {"m/base", "w-base", "t-base"};
  manifest.models["dpo"] = {"m/dpo", "w-dpo", "t-dpo"};
  manifest.prompts_file = "p.jsonl";
  manifest.prompts_hash = "abc";
  manifest.batch_size = 64;
  manifest.versions = {{"cdx", "0.1.0"}, {"git", "1234567"}};
  return manifest;
}

std::string start_error(const std::filesystem::path& path,
                        const Manifest& manifest) {
  return test::message_of<UserError>(
      [&] { RunDirectory::start(path, "config", manifest); });
}

SentPrompt sent(const std::string& id, const std::string& text) {
  return {id, text, "base", "0123abcd", {{"base", text + ":", {1, 2}}}};
}

TEST_CASE("the first process's config and manifest stay") {
  const TemporaryFolder folder;
  const auto path = folder / "runs/r";
  RunDirectory::start(path, "first\n", manifest());
  Manifest second = manifest();
  second.batch_size = 128;
  second.name = "other";
  const RunDirectory run = RunDirectory::start(path, "second\n", second);
  CHECK(read_file(run.config_file()) == "first\n");
  CHECK(run.manifest().batch_size == 64);

  const Manifest read = RunDirectory::open(path).manifest();
  CHECK(read.name == "r");
  CHECK(read.models.at("dpo").path == "m/dpo");
  CHECK(read.models.at("dpo").weights_hash == "w-dpo");
  CHECK(read.models.at("dpo").tokenizer_hash == "t-dpo");
  CHECK(read.prompts_file == "p.jsonl");
  CHECK(read.prompts_hash == "abc");
  CHECK(read.versions == manifest().versions);
}

TEST_CASE("other weights or tokenizer under a known path are refused") {
  const TemporaryFolder folder;
  RunDirectory::start(folder.path(), "config", manifest());
  Manifest changed = manifest();
  changed.models["dpo"].weights_hash = "other-weights-hash";
  CHECK(start_error(folder.path(), changed) ==
        folder.path().string() +
            ": the model in 'm/dpo' changed since this run began (hash w-dpo, "
            "now other-weight); put the old one back, or give the experiment "
            "another `output`");
  changed = manifest();
  changed.models["dpo"].tokenizer_hash = "x";
  CHECK(start_error(folder.path(), changed)
            .find("the tokenizer or chat template in 'm/dpo' changed") !=
        std::string::npos);
}

TEST_CASE("other changes of the experiment are welcome") {
  const TemporaryFolder folder;
  RunDirectory::start(folder.path(), "config", manifest());
  Manifest changed = manifest();
  changed.models["dpo"].path = "m/dpo2";
  changed.models["dpo"].weights_hash = "w2";
  changed.models["new"] = {"m/new", "w-new", "t"};
  changed.prompts_hash = "def";
  changed.versions["cdx"] = "0.2.0";
  CHECK(start_error(folder.path(), changed).empty());
}

TEST_CASE("a model that a later process brought is known from then on") {
  const TemporaryFolder folder;
  const RunDirectory run =
      RunDirectory::start(folder.path(), "config", manifest());
  Segment segment;
  segment.manifest = manifest();
  segment.manifest.models["new"] = {"m/new", "w-new", "t"};
  run.claim_segment(segment);
  Manifest changed = manifest();
  changed.models["renamed"] = {"m/new", "w-newer", "t"};
  CHECK(start_error(folder.path(), changed).find("'m/new' changed") !=
        std::string::npos);
}

TEST_CASE("another text under a known prompt id is refused") {
  const TemporaryFolder folder;
  const RunDirectory run =
      RunDirectory::start(folder.path(), "config", manifest());
  run.add_prompts({sent("p1", "a fox"), sent("p2", "an owl")});
  CHECK(test::message_of<UserError>([&] {
          run.add_prompts({sent("p3", "new"), sent("p2", "a cat")});
        }) == folder.path().string() +
                  ": prompt 'p2' had another text when this run began ('an "
                  "owl', now 'a cat'); give new texts new ids, or the "
                  "experiment another `output`");
  CHECK(run.prompts().size() == 2);
}

TEST_CASE("prompts are added once per condition and read back") {
  const TemporaryFolder folder;
  const RunDirectory run =
      RunDirectory::start(folder.path(), "config", manifest());
  CHECK(run.prompts().empty());
  run.add_prompts({sent("p1", "é \"x\"\n")});
  SentPrompt other = sent("p1", "é \"x\"\n");
  other.hash8 = "ffffffff";
  run.add_prompts({sent("p1", "é \"x\"\n"), other, sent("p2", "b")});
  const std::vector<SentPrompt> prompts =
      RunDirectory::open(folder.path()).prompts();
  REQUIRE(prompts.size() == 3);
  CHECK(prompts[0].prompt == "é \"x\"\n");
  CHECK(prompts[0].condition == "base");
  CHECK(prompts[0].hash8 == "0123abcd");
  REQUIRE(prompts[0].inputs.size() == 1);
  CHECK(prompts[0].inputs[0].model == "base");
  CHECK(prompts[0].inputs[0].text == "é \"x\"\n:");
  CHECK(prompts[0].inputs[0].token_ids == std::vector<int32_t>{1, 2});
  CHECK(prompts[1].hash8 == "ffffffff");
  CHECK(prompts[2].prompt_id == "p2");
}

TEST_CASE("each process of a shard gets a segment of its own") {
  const TemporaryFolder folder;
  const RunDirectory run =
      RunDirectory::start(folder.path(), "config", manifest());
  Segment first, second, other;
  first.manifest = second.manifest = other.manifest = manifest();
  other.shard = "1of2";
  first.config = "name: r\n";
  first.conditions = {{"base", "0123abcd"}};
  first.machine = {{"host", "n1"}, {"threads", 2}};
  run.claim_segment(first);
  run.claim_segment(second);
  run.claim_segment(other);
  CHECK(first.restart == 0);
  CHECK(second.restart == 1);
  CHECK(other.restart == 0);

  first.stopped = utc_now();
  first.rates = {{"tokens", 100}};
  first.matches = {{"hot", {{"temperature", 1.375}, {"evaluations", 4}}}};
  run.update_segment(first);
  const std::vector<Segment> segments = run.segments();
  REQUIRE(segments.size() == 3);
  CHECK(segments[0].config == "name: r\n");
  CHECK(segments[0].conditions == first.conditions);
  CHECK(segments[0].machine == first.machine);
  CHECK(segments[0].rates == first.rates);
  CHECK(segments[0].matches == first.matches);
  CHECK(segments[1].matches == Json::object());
  CHECK(segments[0].stopped == first.stopped);
  CHECK(segments[0].started == first.started);
  CHECK(segments[0].manifest.models.size() == 2);
  CHECK(std::filesystem::exists(folder / "segments/0of1-1.json"));
  CHECK(std::filesystem::exists(folder / "segments/1of2-0.json"));
}

TEST_CASE("a segment of an older version has no matches") {
  Segment segment;
  segment.manifest = manifest();
  segment.matches = {{"hot", {{"temperature", 1.375}}}};
  Json json = to_json(segment);
  CHECK(segment_from_json(json, "s").matches == segment.matches);
  json.erase("matches");
  CHECK(segment_from_json(json, "s").matches == Json::object());
}

TEST_CASE("segments come in the order of their starts") {
  const TemporaryFolder folder;
  const RunDirectory run =
      RunDirectory::start(folder.path(), "config", manifest());
  Segment late, early;
  late.shard = "a";
  early.shard = "b";
  run.claim_segment(late);
  run.claim_segment(early);
  late.started = "2025-07-29T00:00:00.000Z";
  early.started = "2025-07-28T23:59:59.999Z";
  run.update_segment(late);
  run.update_segment(early);
  CHECK(run.segments().back().shard == "a");
}

TEST_CASE("the parts of a run lie where the documentation says") {
  const TemporaryFolder folder;
  const RunDirectory run =
      RunDirectory::start(folder / "r", "config", manifest());
  const auto path = folder / "r";
  CHECK(run.generations("c-g0.5", "0123abcd") ==
        path / "generations/c-g0.5-0123abcd");
  CHECK(run.scores("base", "c", "0123abcd") ==
        path / "scores/base/c-0123abcd.jsonl");
  CHECK(run.embeddings("all-MiniLM-L6-v2") ==
        path / "embeddings/all-MiniLM-L6-v2");
  CHECK(run.embeddings("../a/b") == path / "embeddings/_._a_b");
  CHECK(run.matches() == path / "matches");
  CHECK(run.metrics() == path / "metrics");
  CHECK(run.report() == path / "report");
}

TEST_CASE("time is written in UTC and sorts") {
  const std::string now = utc_now();
  CHECK(now.size() == std::string("2025-07-28T12:34:56.789Z").size());
  CHECK(now[10] == 'T');
  CHECK(now[19] == '.');
  CHECK(now.back() == 'Z');
  CHECK(now <= utc_now());
}

TEST_CASE("a folder that is no run, or cannot be one, is one clear sentence") {
  const TemporaryFolder folder;
  CHECK(
      test::message_of<UserError>([&] { RunDirectory::open(folder / "r"); }) ==
      (folder / "r").string() + ": not a run: it holds no manifest.json");
  test::write_text(folder / "file", "");
  const std::string message = test::message_of<WorldError>(
      [&] { RunDirectory::start(folder / "file/r", "config", manifest()); });
  CHECK(message.find((folder / "file/r").string()) != std::string::npos);
  test::write_text(folder / "manifest.json", "{\"schema\": 9}");
  CHECK(test::message_of<UserError>([&] { RunDirectory::open(folder.path()); })
            .ends_with("manifest.json: schema 9 is not known to this cdx, "
                       "which reads schema 1"));
}

}  // namespace
}  // namespace cdx
