#include "store/generation_log.h"

#include "store/example.h"
#include "support.h"
#include "util/errors.h"

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::example_record;
using test::TemporaryFolder;

std::string line_of(const std::string& prompt_id, int64_t sample) {
  return encode_record(example_record(prompt_id, sample)) + "\n";
}

std::vector<int64_t> samples_in(const Generations& generations) {
  std::vector<int64_t> samples;
  for (const GenerationRecord& record : generations.records) {
    samples.push_back(record.coordinates.sample);
  }
  return samples;
}

TEST_CASE("what two writers append is read back, sorted, each story once") {
  const TemporaryFolder folder;
  const auto log = folder / "generations/c-12345678";
  GenerationWriter first(log, "a");
  GenerationWriter second(log, "b");
  first.append(example_record("p2", 0));
  second.append(example_record("p1", 10));
  first.append(example_record("p1", 9));
  second.append(example_record("p2", 0));
  first.sync();
  second.sync();

  const Generations read = read_generations(log);
  CHECK(samples_in(read) == std::vector<int64_t>{9, 10, 0});
  CHECK(encode_record(read.records[0]) ==
        encode_record(example_record("p1", 9)));
  CHECK(read.problems.duplicates == 1);
  CHECK(read.problems.warning().empty());

  const DoneSamples done = done_samples(log);
  CHECK(done.count == 3);
  CHECK(done.samples.at("p1") == std::set<int64_t>{9, 10});
  CHECK(done.samples.at("p2") == std::set<int64_t>{0});
  CHECK(done.problems.duplicates == 1);
}

TEST_CASE("nothing is there before the first story") {
  const TemporaryFolder folder;
  GenerationWriter writer(folder / "log", "a");
  writer.sync();
  CHECK_FALSE(std::filesystem::exists(folder / "log"));
  CHECK(read_generations(folder / "log").records.empty());
  CHECK(done_samples(folder / "log").count == 0);
}

TEST_CASE("a line torn at any byte is left out and its story is not done") {
  const TemporaryFolder folder;
  const std::string whole = line_of("p1", 0);
  const std::string torn = line_of("p1", 1);
  for (size_t length = 1; length < torn.size(); ++length) {
    test::write_text(folder / "a.jsonl", whole + torn.substr(0, length));
    const DoneSamples done = done_samples(folder.path());
    CHECK(done.count == 1);
    CHECK(done.problems.torn == 1);
    CHECK(done.problems.damaged == 0);
    const Generations read = read_generations(folder.path());
    CHECK(samples_in(read) == std::vector<int64_t>{0});
    CHECK(read.problems.torn == 1);
    CHECK(read.problems.warning().empty());
  }
  test::write_text(folder / "a.jsonl", whole + torn);
  CHECK(done_samples(folder.path()).count == 2);
}

TEST_CASE("readers leave a torn file as it is, the next writer makes its own") {
  const TemporaryFolder folder;
  const std::string torn = line_of("p1", 0) + "{\"prompt_id\":\"p1\"";
  test::write_text(folder / "a.jsonl", torn);
  GenerationWriter writer(folder.path(), "b");
  writer.append(example_record("p1", 1));
  writer.sync();
  CHECK(done_samples(folder.path()).count == 2);
  CHECK(std::filesystem::file_size(folder / "a.jsonl") == torn.size());
}

TEST_CASE("a damaged line in the middle is counted and named once") {
  const TemporaryFolder folder;
  std::string text = line_of("p1", 0) + line_of("p1", 1) + line_of("p1", 2);
  text[line_of("p1", 0).size() + 60] ^= 1;
  test::write_text(folder / "a.jsonl", text);
  const Generations read = read_generations(folder.path());
  CHECK(samples_in(read) == std::vector<int64_t>{0, 2});
  CHECK(read.problems.damaged == 1);
  CHECK(read.problems.warning() ==
        "1 damaged lines left out, their stories count as missing (first: " +
            (folder / "a.jsonl").string() + ":2)");
  CHECK(done_samples(folder.path()).samples.at("p1") ==
        std::set<int64_t>{0, 2});
}

TEST_CASE("a whole last line with a bad CRC is dropped") {
  const TemporaryFolder folder;
  std::string text = line_of("p1", 0) + line_of("p1", 1);
  text[text.size() - 5] ^= 1;
  test::write_text(folder / "a.jsonl", text);
  const DoneSamples done = done_samples(folder.path());
  CHECK(done.count == 1);
  CHECK(done.problems.torn == 1);
}

TEST_CASE("of a story drawn twice with different tokens the first counts") {
  const TemporaryFolder folder;
  GenerationRecord other = example_record("p1", 0);
  other.token_ids[0] = 6;
  test::write_text(folder / "a.jsonl", line_of("p1", 0));
  test::write_text(folder / "b.jsonl", encode_record(other) + "\n");
  const Generations read = read_generations(folder.path());
  REQUIRE(read.records.size() == 1);
  CHECK(read.records[0].token_ids[0] == 5);
  CHECK(read.problems.conflicts == 1);
  CHECK(read.problems.warning().find("different tokens, the first counts") !=
        std::string::npos);
  CHECK(read.problems.warning().find("b.jsonl:1") != std::string::npos);
}

TEST_CASE("a resumed run asks for what is missing and for nothing else") {
  const TemporaryFolder folder;
  GenerationWriter writer(folder.path(), "a");
  for (const int64_t sample : {0, 1, 3}) {
    writer.append(example_record("p1", sample));
  }
  const DoneSamples done = done_samples(folder.path());
  std::vector<int64_t> missing;
  for (int64_t sample = 0; sample < 5; ++sample) {
    if (done.samples.at("p1").count(sample) == 0) missing.push_back(sample);
  }
  CHECK(missing == std::vector<int64_t>{2, 4});
}

TEST_CASE("two processes never write to one file") {
  const TemporaryFolder folder;
  GenerationWriter first(folder.path(), "same");
  GenerationWriter second(folder.path(), "same");
  first.append(example_record("p1", 0));
  CHECK_THROWS_AS(second.append(example_record("p1", 1)), WorldError);
  const std::string name = unique_process_name("1of4", 2);
  CHECK(name.starts_with("1of4-r2-"));
  CHECK(name.find('/') == std::string::npos);
}

TEST_CASE("a folder that cannot be written is one clear sentence") {
  const TemporaryFolder folder;
  test::write_text(folder / "file", "");  // root writes everywhere but here
  GenerationWriter writer(folder / "file/log", "a");
  const std::string message =
      test::message_of<WorldError>([&] { writer.append(example_record()); });
  CHECK(message.find((folder / "file").string()) != std::string::npos);
  CHECK(message.find("ot a directory") != std::string::npos);
}

}  // namespace
}  // namespace cdx
