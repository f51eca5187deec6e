#include "experiment/read_format.h"

#include "experiment/condition.h"
#include "experiment/example.h"
#include "support.h"
#include "util/errors.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::message_of;
using test::replaced;

// Every key of a format, written as resolved_yaml() writes it.
const std::string kChat = R"(    chat: true
    user: "Tell of {prompt}."
    system: "You tell tales."
    date: "2024-07-26"
    chat_template_kwargs: {enable_thinking: false, depth: 3, scale: 1.5, note: "no", list: [a, "1"]}
    examples: data/shots.jsonl
    num_examples: 2
    rotate: true
)";
const std::string kLiteral = R"(    chat: false
    template: "Tales.\n\n{examples}Of {prompt}:"
    examples: data/shots.jsonl
    num_examples: 3
    rotate: false
    example_template: "Of {prompt}: {response}"
    separator: "\n---\n"
)";
const std::string kAffixes = R"(    chat: false
    prefix: "{prompt} is literal here: "
    suffix: "\n\n"
)";

std::string with(const std::string& format) {
  return replaced(test::kFullExperiment,
                  "    chat: false\n    template: \"A tale of {prompt}.\\n\"\n",
                  format);
}

PromptFormat format_of(const std::string& text) {
  return named(test::parse(with(text)).formats, "comp");
}

std::string error_of(const std::string& text) {
  return message_of<UserError>([&] { format_of(text); });
}

TEST_CASE("every key of a chat arrives in its field") {
  const PromptFormat format = format_of(kChat);
  CHECK(format.chat);
  CHECK(format.text == "Tell of {prompt}.");
  CHECK(format.system == "You tell tales.");
  CHECK(format.date == "2024-07-26");
  CHECK(format.chat_template_kwargs == Json{{"enable_thinking", false},
                                            {"depth", 3},
                                            {"scale", 1.5},
                                            {"note", "no"},
                                            {"list", {"a", "1"}}});
  CHECK(format.few_shot.examples == "data/shots.jsonl");
  CHECK(format.few_shot.num_examples == 2);
  CHECK(format.few_shot.rotate);
}

TEST_CASE("every key of a literal format arrives in its field") {
  const PromptFormat format = format_of(kLiteral);
  CHECK_FALSE(format.chat);
  CHECK(format.few_shot.num_examples == 3);
  CHECK(format.few_shot.example_template == "Of {prompt}: {response}");
  CHECK(format.few_shot.separator == "\n---\n");
  const PromptFormat affixes = format_of(kAffixes);
  CHECK(affixes.has_affixes);
  CHECK(affixes.prefix == "{prompt} is literal here: ");
  CHECK(affixes.suffix == "\n\n");
}

TEST_CASE("formats are written back byte for byte") {
  for (const std::string& format : {kChat, kLiteral, kAffixes}) {
    CHECK(resolved_yaml(test::parse(with(format))) == with(format));
  }
}

TEST_CASE("examples have defaults where these are plain") {
  const PromptFormat format = format_of(
      "    template: \"Of {prompt}: \"\n    examples: e.jsonl\n"
      "    num_examples: 1\n");
  CHECK(format.few_shot.example_template == "Of {prompt}: {response}");
  CHECK(format.few_shot.separator == "\n\n");
  CHECK_FALSE(format.few_shot.rotate);
}

TEST_CASE("an impossible format is refused with the key and the reason") {
  const std::string either =
      "a format has either a template, or a prefix and suffix, or chat: true "
      "and a user";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {kAffixes + "    template: \"{prompt}\"\n", "template: " + either},
      {kAffixes + "    user: \"{prompt}\"\n", "user: " + either},
      {kChat + "    prefix: x\n", "prefix: " + either},
      {kChat + "    separator: x\n",
       "separator: in a chat the examples are turns; leave it out"},
      {kLiteral + "    system: x\n", "system: is for formats with chat: true"},
      {kAffixes + "    rotate: true\n",
       "rotate: is about examples, and there is no `examples:` file"},
      {kAffixes + "    examples: x\n    num_examples: 1\n",
       "examples: this format needs an `example_template:` with {prompt} and "
       "{response}"},
      {replaced(kLiteral, "num_examples: 3", "num_examples: 0"),
       "num_examples: must be 1 or more"},
      {replaced(kLiteral, "    num_examples: 3\n", ""),
       "examples: say how many of them with `num_examples:`"},
      {replaced(kLiteral, "Of {prompt}: {response}", "Of {prompt}"),
       "example_template: it does not hold {response}"},
      {replaced(kLiteral, "{response}", "{answer}"),
       "example_template: {answer} is not filled in, only {prompt}, {response} "
       "are"},
      {replaced(kChat, "{prompt}.", "{examples} {prompt}."),
       "user: {examples} is not filled in, only {prompt} is"},
      {replaced(kChat, "2024-07-26", "26 July"),
       "date: write year, month and day: 2024-07-26"},
      {replaced(kChat, "enable_thinking", "messages"),
       "chat_template_kwargs: 'messages' is what cdx itself gives the "
       "template"},
      {replaced(kChat, "system:", "sistem:"), "did you mean 'system'?"}};
  for (const auto& [text, message] : cases) {
    const std::string error = error_of(text);
    CAPTURE(text);
    CAPTURE(error);
    CHECK(error.starts_with("x.yaml:"));
    CHECK(error.ends_with(message));
  }
}

TEST_CASE("a text is filled with examples where they belong") {
  const std::vector<Example> examples = {{"a {prompt}", "A {response}"},
                                         {"b", "B"}};
  CHECK(fill_format(format_of(kLiteral), "c {examples}", examples) ==
        "Tales.\n\nOf a {prompt}: A {response}\n---\nOf b: B\n---\n"
        "Of c {examples}:");
  const PromptFormat before = format_of(
      "    template: \"Of {prompt}: \"\n    examples: e.jsonl\n"
      "    num_examples: 1\n");
  CHECK(fill_format(before, "c", examples) ==
        "Of a {prompt}: A {response}\n\nOf b: B\n\nOf c: ");
  CHECK(fill_format(format_of(kAffixes), "c") ==
        "{prompt} is literal here: c\n\n");
}

std::string hash_with(const std::string& format,
                      const std::string& examples_hash = "e") {
  const ExperimentConfig config = test::parse(with(format));
  const ConditionFacts facts{.model_hashes = {"w1", "w2"},
                             .tokenizer_hashes = {"t1", "t2"},
                             .dtypes = {"float32", "float32"},
                             .device_kind = "cpu",
                             .batch_size = 16,
                             .example_hashes = {examples_hash, ""}};
  return condition_hash8(config.conditions[1], config, facts);
}

TEST_CASE("each key of a format changes the condition's hash") {
  const std::vector<std::string> formats = {
      kChat,
      replaced(kChat, "    system: \"You tell tales.\"\n", ""),
      replaced(kChat, "tell tales", "tell lies"),
      replaced(kChat, "2024-07-26", "2024-07-27"),
      replaced(kChat, "enable_thinking: false", "enable_thinking: true"),
      replaced(kChat, "num_examples: 2", "num_examples: 1"),
      replaced(kChat, "rotate: true", "rotate: false"),
      kLiteral,
      replaced(kLiteral, "Of {prompt}: {response}", "On {prompt}: {response}"),
      replaced(kLiteral, "---", "***"),
      kAffixes,
      replaced(kAffixes, "literal", "plain"),
      replaced(kAffixes, "suffix: \"\\n\\n\"", "suffix: \"\\n\"")};
  std::set<std::string> hashes;
  for (const std::string& format : formats) hashes.insert(hash_with(format));
  CHECK(hashes.size() == formats.size());
  CHECK(hash_with(kChat, "e") != hash_with(kChat, "other examples"));
  CHECK(hash_with(kChat) ==
        hash_with(replaced(kChat, "data/shots.jsonl", "moved.jsonl")));
}

}  // namespace
}  // namespace cdx
