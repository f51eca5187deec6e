#include "experiment/examples.h"

#include "support.h"
#include "util/errors.h"

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::message_of;

std::vector<Example> read(const std::string& text) {
  const test::TemporaryFolder folder;
  test::write_text(folder / "e.jsonl", text);
  return read_examples(folder / "e.jsonl");
}

std::string refusal(const std::string& text) {
  return message_of<UserError>([&] { read(text); });
}

Prompt prompt(const std::string& id, const std::string& text) {
  return {.id = id, .text = text, .references = {}, .fields = {}};
}

const std::vector<Example> kExamples = {
    {"a", "A"}, {"b", "B"}, {"c", "C"}, {"d", "D"}};

TEST_CASE("examples are read under the names in use") {
  CHECK(read(R"({"prompt": "p", "response": "r", "more": 1})"
             "\n\n"
             R"({"instruction": "i", "output": "o"})"
             "\n"
             R"({"prompt": "p", "completion": "c"})") ==
        std::vector<Example>{{"p", "r"}, {"i", "o"}, {"p", "c"}});
}

TEST_CASE("a line that is no example is refused with its number") {
  CHECK(refusal("\n{\"prompt\": \"p\"}")
            .find("e.jsonl:2: an example has the "
                  "fields \"prompt\"") != std::string::npos);
  CHECK(refusal("[]").find("e.jsonl:1: must hold an object") !=
        std::string::npos);
  CHECK(refusal(R"({"prompt": "", "response": "r"})").find("is empty") !=
        std::string::npos);
  CHECK(refusal("{\"prompt\": \"\xff\"}").find("not valid UTF-8") !=
        std::string::npos);
}

TEST_CASE("fixed examples are the first that are not the prompt itself") {
  const FewShotOptions options{.examples = "e", .num_examples = 2};
  CHECK(pick_examples(options, kExamples, prompt("1", "x")) ==
        std::vector<Example>{{"a", "A"}, {"b", "B"}});
  CHECK(pick_examples(options, kExamples, prompt("1", "a")) ==
        std::vector<Example>{{"b", "B"}, {"c", "C"}});
}

TEST_CASE("rotating examples depend on the prompt's id alone") {
  const FewShotOptions options{
      .examples = "e", .num_examples = 2, .rotate = true};
  std::set<std::string> firsts;
  for (int i = 0; i < 40; ++i) {
    const Prompt one = prompt(std::to_string(i), "x");
    const std::vector<Example> picked = pick_examples(options, kExamples, one);
    CHECK(picked == pick_examples(options, kExamples, one));
    REQUIRE(picked.size() == 2);
    CHECK((picked[1].prompt[0] - picked[0].prompt[0] + 4) % 4 == 1);
    firsts.insert(picked[0].prompt);
  }
  CHECK(firsts.size() == 4);
}

TEST_CASE("too few examples are an error that says how many there are") {
  const FewShotOptions options{.examples = "e.jsonl", .num_examples = 4};
  CHECK(message_of<UserError>(
            [&] { pick_examples(options, kExamples, prompt("p7", "a")); }) ==
        "e.jsonl holds 3 examples for prompt 'p7' (itself not counted), "
        "num_examples is 4; add examples or lower it");
}

TEST_CASE("the hash of examples is that of their texts") {
  CHECK(hash_of_examples({}).empty());
  CHECK(hash_of_examples(kExamples).size() == 64);
  CHECK(hash_of_examples({{"a", "bc"}}) != hash_of_examples({{"ab", "c"}}));
}

}  // namespace
}  // namespace cdx
