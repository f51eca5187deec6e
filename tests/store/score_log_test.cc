#include "store/score_log.h"

#include "store/lines.h"
#include "store/record.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <limits>
#include <string>

#include <doctest/doctest.h>

namespace cdx {
namespace {

ScoreLine line(int64_t sample, double log_prob = -181.25) {
  return {.head = head_of(StoryCoordinates{"p\"1", "dpo", sample}),
          .score = {.model = "base",
                    .format = "completion",
                    .n_tokens = 105,
                    .log_prob = log_prob,
                    .log_prob_text = -1.0 / 3.0,
                    .n_bytes = 480,
                    .inputs = "8d0f1c62a95be374",
                    .device = "cpu",
                    .dtype = "float32"}};
}

std::string text_of(int64_t sample) {
  return encode_score(line(sample)) + "\n";
}

TEST_CASE("a score is this line of JSON") {
  // Written by hand; crc: python3 -c 'import zlib; print("%08x" %
  // zlib.crc32(BYTES_BEFORE_THE_COMMA))'.
  const std::string rest =
      R"(,"schema":1,"model":"base","format":"completion",)"
      R"("tokens":"recorded","n_tokens":105,"log_prob":-181.25,)"
      R"("log_prob_text":-0.3333333333333333,"n_bytes":480,)"
      R"("inputs":"8d0f1c62a95be374","device":"cpu","dtype":"float32",)";
  CHECK(encode_score(line(3)) ==
        R"({"prompt_id":"p\"1","condition":"dpo","sample":3)" + rest +
            R"("crc":"70d6e732"})");
  ScoreLine of_file = line(3);
  of_file.head = head_of("f.jsonl", 7);
  CHECK(encode_score(of_file) ==
        R"({"input":"f.jsonl","line":7)" + rest + R"("crc":"9797ede0"})");
  const auto coordinates = read_coordinates(encode_score(line(3)));
  REQUIRE(coordinates);
  CHECK(coordinates->sample == 3);
}

TEST_CASE("decoding a score gives back what was encoded") {
  ScoreLine other = line(0, -std::numeric_limits<double>::infinity());
  other.head = head_of(StoryCoordinates{",\"schema\":", "schema", 0});
  other.score.format.clear();
  other.score.retokenised = true;
  for (const ScoreLine& one : {line(3), other}) {
    const std::string text = encode_score(one);
    const ScoreLine again = decode_score(text, "f:1");
    CHECK(again.head == one.head);
    CHECK(again.score.log_prob == one.score.log_prob);
    CHECK(again.score.retokenised == one.score.retokenised);
    CHECK(encode_score(again) == text);
  }
  CHECK_THROWS_AS(encode_score(line(0, std::nan(""))), std::invalid_argument);
}

TEST_CASE("a sound line that is no score is refused") {
  const test::TemporaryFolder folder;
  const std::string path = (folder / "a.jsonl").string();
  const auto error_of = [&](const std::string& body) {
    test::write_text(path, with_crc(body) + "\n");
    return test::message_of<UserError>([&] { ScoreLog log(path); });
  };
  CHECK(error_of(R"({"schema":2)") ==
        path +
            ":1: schema 2 is not known to this cdx, which reads schema 1 "
            "of scores");
  CHECK(error_of(R"({"schema":1,"model":"m")").starts_with(path + ":1: "));
  CHECK(error_of(R"({"schema":1,"model":"m","format":null,"tokens":"all")") ==
        path + ":1: tokens is 'all', not recorded or retokenised");
}

TEST_CASE("a log is continued where it stopped, torn at any byte") {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "scores/a.jsonl";
  {
    ScoreLog log(path);
    CHECK(log.scores().empty());
    CHECK_FALSE(std::filesystem::exists(path));
    log.append(line(0));
    log.append(line(1));
    log.sync();
  }
  const std::string whole = text_of(0) + text_of(1);
  CHECK(read_file(path) == whole);
  for (size_t length = 0; length < text_of(1).size(); ++length) {
    test::write_text(path, whole.substr(0, text_of(0).size() + length));
    ScoreLog log(path);
    CHECK(log.scores().size() == 1);
    CHECK(log.first_damage().empty());
    log.append(line(1));
    CHECK(read_file(path) == whole);
  }
}

TEST_CASE("damaged, repeated and dropped lines go when the log grows") {
  const test::TemporaryFolder folder;
  const std::filesystem::path path = folder / "a.jsonl";
  std::string damaged = text_of(1);
  damaged[20] = 'x';
  const std::string found =
      text_of(0) + damaged + text_of(2) + text_of(0) + text_of(3);
  test::write_text(path, found);
  ScoreLog log(path);
  CHECK(log.scores().size() == 3);
  CHECK(log.first_damage() == path.string() + ":2");
  log.drop(line(2).head);
  log.drop(line(9).head);
  CHECK(read_file(path) == found);
  log.append(line(4));
  CHECK(read_file(path) == text_of(0) + text_of(3) + text_of(4));
  CHECK(ScoreLog(path).scores().size() == 3);
}

}  // namespace
}  // namespace cdx
