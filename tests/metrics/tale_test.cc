#include "metrics/tale.h"

#include "support.h"
#include "util/errors.h"
#include "util/json.h"

#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

const TalePrompt kPrompt{"honesty", "key"};

// Agrees throughout, except as the tests below change it.
const std::string kTale =
    "Long ago, one spring, a baker called Cedric lived in a castle. "
    "Cedric was lazy and slept late. "
    "By chance, he bought a key. "
    "Then a fire ate the fields. "
    "A beggar answered with a riddle. "
    "At first the baker waited out the fire. "
    "Cedric gave the key to the beggar. "
    "It was, frankly, quite silly. "
    "Cedric never saw the castle again. "
    "The truth needs no disguise.";

const TaleGrammar& grammar() {
  static const TaleGrammar kGrammar =
      TaleGrammar::load("data/fable/grammar.json");
  return kGrammar;
}

std::string replaced(std::string text,
                     const std::string& from,
                     const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string choice(const TaleCheck& check, const std::string& slot) {
  const auto& slots = grammar().slots();
  for (size_t i = 0; i < slots.size(); ++i) {
    if (slots[i] == slot) return check.choices.at(i);
  }
  return "no such slot";
}

std::vector<Json> lines_of(const std::string& path) {
  std::ifstream file(path);
  REQUIRE(file.good());
  std::vector<Json> lines;
  for (std::string line; std::getline(file, line);) {
    lines.push_back(parse_json(line, path));
  }
  return lines;
}

// The smallest grammar, as text to be spoilt.
const std::string kSmall = R"({
  "format": 1,
  "slots": ["hero", "theme"],
  "variables": {
    "hero": {"fox": {"a": "a fox", "he": "he"},
             "hen": {"a": "a hen", "he": "she"},
             "cat": {"a": "a cat", "he": "he"}},
    "object": {"key": {"a": "a key"}, "map": {"a": "a map"}}},
  "free": {"when": ["once", "today"]},
  "parts": [
    {"choices": {"only": ["{When} {hero.a} found {object.a}."]}},
    {"slot": "theme", "choices": {
      "hope": ["So {hero.he} hoped!"], "wit": ["\"I think,\" said {hero.a}."]}}
  ]})";

TaleGrammar load_text(const std::string& text) {
  test::TemporaryFolder folder;
  test::write_text(folder / "grammar.json", text);
  return TaleGrammar::load(folder / "grammar.json");
}

TEST_CASE("a tale of the grammar is valid and its choices are read") {
  const TaleCheck check = grammar().check(kTale, kPrompt);
  CHECK(check.grammatical);
  CHECK(check.agreeing);
  CHECK(check.on_prompt);
  CHECK(check.valid());
  CHECK(choice(check, "opening") == "once");
  CHECK(choice(check, "season") == "spring");
  CHECK(choice(check, "hero") == "baker");
  CHECK(choice(check, "place") == "castle");
  CHECK(choice(check, "trait") == "lazy");
  CHECK(choice(check, "obstacle") == "fire");
  CHECK(choice(check, "helper") == "beggar");
  CHECK(choice(check, "turn") == "gave");
  CHECK(choice(check, "ending") == "sad");
}

TEST_CASE("a mention that disagrees leaves a tale grammatical only") {
  for (const auto& [from, to] : std::map<std::string, std::string>{
           {"he bought", "she bought"},
           {"the baker waited", "the wolf waited"},
           {"Cedric never", "Rollo never"},
           {"out the fire", "out the flood"},
           {"to the beggar", "to the owl"},
           {"the castle again", "the sea again"}}) {
    CAPTURE(to);
    const TaleCheck check = grammar().check(replaced(kTale, from, to), kPrompt);
    CHECK(check.grammatical);
    CHECK_FALSE(check.agreeing);
    CHECK(check.on_prompt);
    CHECK_FALSE(check.valid());
  }
}

TEST_CASE("a tale on another theme or object is not on the prompt") {
  CHECK_FALSE(grammar().check(kTale, {"hope", "key"}).on_prompt);
  CHECK_FALSE(grammar().check(kTale, {"honesty", "map"}).on_prompt);
  const std::string mixed = replaced(kTale, "the key", "the map");
  CHECK_FALSE(grammar().check(mixed, kPrompt).on_prompt);
  CHECK_FALSE(grammar().check(mixed, {"honesty", "map"}).on_prompt);
  CHECK_THROWS_AS(grammar().check(kTale, {"honesty", "spoon"}), UserError);
}

TEST_CASE("choices are read from the sentences of a broken tale") {
  const TaleCheck check = grammar().check(
      "A baker lived. An owl gave him good advice. No end, Cedric was",
      kPrompt);
  CHECK_FALSE(check.grammatical);
  CHECK_FALSE(check.agreeing);
  CHECK(choice(check, "helper") == "owl");
  CHECK(choice(check, "aid") == "advice");
  CHECK(choice(check, "hero") == kUnrecognised);
  CHECK(choice(check, "ending") == kUnrecognised);
}

TEST_CASE("sentences out of order, missing or ill spaced are no tale") {
  const size_t last = kTale.rfind(" The truth");
  CHECK_FALSE(grammar().check(kTale.substr(0, last), kPrompt).grammatical);
  CHECK_FALSE(grammar().check(kTale + " " + kTale, kPrompt).grammatical);
  CHECK_FALSE(grammar().check(kTale + " The", kPrompt).grammatical);
  CHECK_FALSE(
      grammar().check(replaced(kTale, ". By", ".  By"), kPrompt).grammatical);
  CHECK_FALSE(
      grammar().check(replaced(kTale, ". By", ".By"), kPrompt).grammatical);
  CHECK(grammar().check("\n" + kTale + " \n", kPrompt).valid());
  CHECK_FALSE(grammar().check("", kPrompt).grammatical);
}

TEST_CASE("the checker agrees with the Python parser on models' stories") {
  // scripts/fable/make_checks.py wrote the file.
  std::map<std::string, int> seen;
  for (const Json& line : lines_of("tests/data/fable/checks.jsonl")) {
    const std::string text = line.at("text").get<std::string>();
    CAPTURE(text);
    const TaleCheck check =
        grammar().check(text,
                        {line.at("theme").get<std::string>(),
                         line.at("object").get<std::string>()});
    CHECK(check.grammatical == line.at("grammatical").get<bool>());
    CHECK(check.agreeing == line.at("agreeing").get<bool>());
    CHECK(check.on_prompt == line.at("on_prompt").get<bool>());
    CHECK(check.valid() == line.at("valid").get<bool>());
    for (const std::string& slot : grammar().slots()) {
      CHECK(choice(check, slot) == line.at("choices").at(slot));
    }
    ++seen[check.valid() ? "valid" : check.grammatical ? "parsed" : "broken"];
  }
  CHECK(seen["valid"] > 50);
  CHECK(seen["parsed"] > 5);
  CHECK(seen["broken"] > 50);
}

TEST_CASE("every shipped reference is a valid tale on its prompt") {
  std::map<std::string, std::set<std::string>> choices;
  for (const Json& line : lines_of("data/prompts/fable.jsonl")) {
    const TalePrompt prompt{line.at("theme").get<std::string>(),
                            line.at("object").get<std::string>()};
    REQUIRE(line.at("references").size() >= 10);
    for (const Json& reference : line.at("references")) {
      const TaleCheck check =
          grammar().check(reference.get<std::string>(), prompt);
      CAPTURE(reference.get<std::string>());
      CHECK(check.valid());
      for (const std::string& slot : grammar().slots()) {
        choices[slot].insert(choice(check, slot));
      }
    }
  }
  for (const std::string& slot : grammar().slots()) {
    CAPTURE(slot);
    const auto& values = grammar().values(slot);
    CHECK(choices[slot] == std::set<std::string>(values.begin(), values.end()));
  }
}

TEST_CASE("a small grammar is read with its quotation marks and pronouns") {
  const TaleGrammar small = load_text(kSmall);
  CHECK(small.check("Once a fox found a key. So he hoped!", {"hope", "key"})
            .valid());
  CHECK(small
            .check("Today a cat found a map. \"I think,\" said a cat.",
                   {"wit", "map"})
            .valid());
  CHECK_FALSE(
      small.check("Once a hen found a key. So he hoped!", {"hope", "key"})
          .agreeing);
}

TEST_CASE("what is wrong in a grammar is named with file and key") {
  struct Damage {
    std::string from, to, named;
  };
  for (const Damage& damage : std::vector<Damage>{
           {"\"format\": 1", "\"format\": 2", "format"},
           {"\"slots\"", "\"slot\"", "slots"},
           {"[\"hero\", \"theme\"]", "[\"villain\"]", "villain"},
           {"\"he\": \"she\"", "\"she\": \"she\"", "variables.hero"},
           {"\"a hen\"", "7", "variables.hero.hen"},
           {"\"a hen\"", "\"a foxglove\"", "a fox"},
           {"\"a hen\"", "\"a hen.\"", "variables.hero.hen"},
           {"\"today\"", "\"once more\"", "free.when"},
           {"{hero.he}", "{hero.him}", "him"},
           {"{hero.he}", "{villain.he}", "villain"},
           {"{hero.he}", "{hero.he", "parts[1].choices.hope"},
           {"hoped!", "hoped. Yes!", "parts[1].choices.hope"},
           {"hoped!", "hoped", "parts[1].choices.hope"},
           {"\"object\": {", "\"thing\": {", "object"},
           {"\"slot\": \"theme\"", "\"slot\": \"moral\"", "theme"},
           {"\"slot\": \"theme\"", "\"slot\": \"hero\"", "twice"},
           {"[\"So {hero.he} hoped!\"]", "[]", "hope"},
           {"\"format\": 1", "\"format\" 1", "JSON"}}) {
    CAPTURE(damage.to);
    const std::string message = test::message_of<UserError>(
        [&] { load_text(replaced(kSmall, damage.from, damage.to)); });
    CHECK(message.find("grammar.json") != std::string::npos);
    CHECK(message.find(damage.named) != std::string::npos);
  }
}

}  // namespace
}  // namespace cdx
