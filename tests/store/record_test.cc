#include "store/record.h"

#include "store/example.h"
#include "store/lines.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::example_record;
using test::full_record;

// NaN is like NaN.
bool alike(double a, double b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

void check_equal(const GenerationRecord& a, const GenerationRecord& b) {
  CHECK(a.coordinates.prompt_id == b.coordinates.prompt_id);
  CHECK(a.coordinates.condition == b.coordinates.condition);
  CHECK(a.coordinates.sample == b.coordinates.sample);
  CHECK(a.text == b.text);
  CHECK(a.token_ids == b.token_ids);
  CHECK(a.finish_reason == b.finish_reason);
  CHECK(a.stop_token == b.stop_token);
  CHECK(a.stopped_by == b.stopped_by);
  CHECK(a.log_probs == b.log_probs);
  CHECK(a.log_prob_sampled == b.log_prob_sampled);
  CHECK(a.stop_string == b.stop_string);
  CHECK(a.entropies == b.entropies);
  CHECK(alike(a.entropy_sampled, b.entropy_sampled));
  CHECK(alike(a.kept, b.kept));
  CHECK(alike(a.weight, b.weight));
  REQUIRE(a.tokens.has_value() == b.tokens.has_value());
  if (a.tokens) {
    CHECK(a.tokens->file == b.tokens->file);
    CHECK(a.tokens->row == b.tokens->row);
  }
  CHECK(a.seed == b.seed);
  CHECK(a.stream == b.stream);
  CHECK(a.key == b.key);
}

// The line with its CRC made right again.
std::string mended(const std::string& line) {
  return with_crc(line.substr(0, line.rfind(",\"crc\":")));
}

// Lines written by hand; crc: python3 -c 'import zlib; print("%08x" %
// zlib.crc32(BYTES_BEFORE_THE_COMMA))'.
const std::string kOlderLine =
    R"({"prompt_id":"p1","condition":"conformative-g0.5","sample":3,)"
    R"("schema":1,"text":"A \"fox\",\nan é and a \\.",)"
    R"("token_ids":[5,0,2147483647,7],"n_tokens":4,)"
    R"("finish_reason":"stop","stop_token":7,"stopped_by":"both",)"
    R"("log_probs":{"base":-12.1,"dpo":-0.3333333333333333},)"
    R"("log_prob_sampled":-2.5,)"
    R"("seed":{"seed":20250728,"stream":"conformative-g0.5",)"
    R"("key":"00c0ffee12345678"},"crc":"025cccfd"})";
const std::string kLine =
    R"({"prompt_id":"p1","condition":"conformative-g0.5","sample":3,)"
    R"("schema":1,"text":"A \"fox\",\nan é and a \\.",)"
    R"("token_ids":[5,0,2147483647,7],"n_tokens":4,)"
    R"("finish_reason":"stop_string","stop_token":null,"stopped_by":null,)"
    R"("log_probs":{"base":-12.1,"dpo":-0.3333333333333333},)"
    R"("log_prob_sampled":-2.5,"stop_string":"\n\"END\"",)"
    R"("entropies":{"base":2.5,"dpo":0.125},"entropy_sampled":1.75,)"
    R"("kept":12.5,"weight":0.3,)"
    R"("tokens":{"file":"a-r0.tokens.f32","row":4096},)"
    R"("seed":{"seed":20250728,"stream":"conformative-g0.5",)"
    R"("key":"00c0ffee12345678"},"crc":"e0b7595e"})";

TEST_CASE("a record is this line of JSON") {
  CHECK(encode_record(full_record()) == kLine);
}

TEST_CASE("what was not recorded is not written") {
  CHECK(encode_record(example_record()) == kOlderLine);
}

TEST_CASE("a record of an older version has no numbers where it lacks them") {
  const GenerationRecord record = decode_record(kOlderLine, "f:1");
  check_equal(record, example_record());
  CHECK(record.entropies.empty());
  CHECK(std::isnan(record.entropy_sampled));
  CHECK(std::isnan(record.kept));
  CHECK(std::isnan(record.weight));
  CHECK(record.stop_string.empty());
  CHECK_FALSE(record.tokens);
}

TEST_CASE("each number may be absent by itself") {
  for (double GenerationRecord::*number : {&GenerationRecord::entropy_sampled,
                                           &GenerationRecord::kept,
                                           &GenerationRecord::weight}) {
    GenerationRecord record = full_record();
    record.*number = std::nan("");
    const GenerationRecord read = decode_record(encode_record(record), "f:1");
    CHECK(std::isnan(read.*number));
    check_equal(read, record);
  }
}

TEST_CASE("decoding gives back what was encoded") {
  const GenerationRecord record = example_record();
  check_equal(decode_record(encode_record(record), "f:1"), record);
  check_equal(decode_record(kLine, "f:1"), full_record());
  GenerationRecord zeros = full_record();
  zeros.entropy_sampled = zeros.kept = zeros.weight = 0;
  zeros.entropies = {{"m", 0}};
  zeros.tokens = {.file = "a \"é\".f32", .row = 0};
  check_equal(decode_record(encode_record(zeros), "f:1"), zeros);

  GenerationRecord other = record;
  other.finish_reason = "length";
  other.stop_token.reset();
  other.stopped_by.clear();
  other.text.clear();
  other.token_ids.clear();
  other.log_probs = {{"m", -std::numeric_limits<double>::infinity()}};
  other.stream.clear();
  other.key = std::numeric_limits<uint64_t>::max();
  const std::string line = encode_record(other);
  CHECK(line.find(R"("stop_token":null,"stopped_by":null)") !=
        std::string::npos);
  check_equal(decode_record(line, "f:1"), other);
}

TEST_CASE("the end token is not counted as the story's") {
  GenerationRecord record = example_record();
  CHECK(record.story_tokens() == 3);
  record.stop_token.reset();
  CHECK(record.story_tokens() == 4);
  CHECK(full_record().story_tokens() == 4);  // a stop string is no token
}

TEST_CASE("a log-probability that is no number is refused") {
  GenerationRecord record = example_record();
  record.log_prob_sampled = std::nan("");
  CHECK_THROWS_AS(encode_record(record), std::invalid_argument);
  record = example_record();
  record.log_probs["dpo"] = std::nan("");
  CHECK_THROWS_AS(encode_record(record), std::invalid_argument);
  record = full_record();
  record.entropies["dpo"] = std::nan("");
  CHECK_THROWS_AS(encode_record(record), std::invalid_argument);
}

TEST_CASE("coordinates are read without parsing the rest") {
  for (const std::string id :
       {"p1", "", "a\"b", "a\\", "\\\"", "é\n\x01", ",\"condition\":\"x\""}) {
    CAPTURE(id);
    GenerationRecord record = example_record(id, 123456789012);
    record.coordinates.condition = id + "c";
    const auto coordinates = read_coordinates(encode_record(record));
    REQUIRE(coordinates);
    CHECK(coordinates->prompt_id == id);
    CHECK(coordinates->condition == id + "c");
    CHECK(coordinates->sample == 123456789012);
  }
  for (const std::string line :
       {"",
        "{",
        R"({"prompt_id":"p)",
        R"({"prompt_id":"p\)",
        R"({"prompt_id":"p","condition":"c","sample":)",
        R"({"prompt_id":"p","condition":"c","sample":3)",
        R"({"prompt_id":"p","condition":"c","sample":x,)",
        R"({"prompt_id":"\x","condition":"c","sample":3,)",
        R"({"prompt_id":3,"condition":"c","sample":3,)"}) {
    CAPTURE(line);
    CHECK_FALSE(read_coordinates(line));
  }
}

TEST_CASE("no changed bit passes the CRC") {
  const std::string line = encode_record(example_record());
  CHECK(has_valid_crc(line));
  for (size_t i = 0; i < line.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = line;
      changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
      if (has_valid_crc(changed)) FAIL("byte ", i, ", bit ", bit);
    }
    CHECK_FALSE(has_valid_crc(line.substr(0, i)));
  }
  CHECK(test::message_of<WorldError>([&] {
          decode_record(test::example_record().text, "f.jsonl:7");
        }) == "f.jsonl:7: the line is damaged (its CRC does not match)");
}

TEST_CASE("a sound line that is no record of this schema is refused") {
  const std::string line = encode_record(full_record());
  const auto error_after = [&](const std::string& from, const std::string& to) {
    std::string changed = line;
    changed.replace(changed.find(from), from.size(), to);
    return test::message_of<UserError>(
        [&] { decode_record(mended(changed), "f:1"); });
  };
  CHECK(error_after("\"schema\":1", "\"schema\":2") ==
        "f:1: schema 2 is not known to this cdx, which reads schema 1");
  CHECK(error_after("[5,0", "[-5,0") == "f:1: -5 is no token id");
  CHECK(error_after("2147483647", "2147483648") ==
        "f:1: 2147483648 is no token id");
  CHECK(error_after("[5,0", "[5.5,0") ==
        "f:1: token_ids holds something else than ids");
  CHECK(error_after("00c0ffee", "x0c0ffee").starts_with("f:1: 'x0c0ffee"));
  CHECK(error_after("\"text\":", "\"tex\":").starts_with("f:1"));
  CHECK(error_after("12.5", "\"12\"") ==
        "f:1: \"kept\" must be a number, but is a string");
  CHECK(error_after("\"row\":4096", "\"row\":4.5") ==
        "f:1: \"row\" must be an integer, but is a number");
  CHECK(error_after("\"row\":4096", "\"rows\":4096") ==
        "f:1: \"row\" is missing");
  CHECK(error_after("{\"file\":\"a-r0.tokens.f32\",\"row\":4096}", "4096") ==
        "f:1: an object with \"file\" must stand here, but it is an integer");
  CHECK(error_after("{\"base\":2.5", "{\"base\":\"high\"") ==
        "f:1: \"base\" must be a number, but is a string");
}

}  // namespace
}  // namespace cdx
