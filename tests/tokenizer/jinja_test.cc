#include "tokenizer/jinja.h"

#include "support.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/hash.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::message_of;

// What transformers 4.57.6 with Jinja 3.1.6 makes of templates; written by
// scripts/oracle/chat_templates.py.
const Json& golden() {
  static const Json kGolden =
      parse_json_file("tests/data/tokenizer/chat_templates.json");
  return kGolden;
}

std::string render(const std::string& source,
                   const Json& variables = Json::object()) {
  const jinja::Template parsed(source, "T");
  return parsed
      .render(
          {.variables = variables, .date = golden()["date"].get<std::string>()})
      .text;
}

std::string refusal(const std::string& source,
                    const Json& variables = Json::object()) {
  return message_of<UserError>([&] { render(source, variables); });
}

// As the script keeps a text: long ones by their hash.
std::string kept(const std::string& text) {
  if (text.size() <= golden()["longest"].get<size_t>()) return text;
  return "sha256:" + sha256(text).substr(0, 16);
}

std::string without(std::string text, const std::string& part) {
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part)) {
    text.erase(at, part.size());
  }
  return text;
}

std::string repeated(const std::string& part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

TEST_CASE("every construct comes out as Jinja has it, or is refused as there") {
  int rendered = 0, refused = 0;
  for (const Json& item : golden()["constructs"]) {
    const std::string source = item["template"];
    CAPTURE(source);
    if (item.contains("text")) {
      CHECK(render(source, golden()["variables"]) ==
            item["text"].get<std::string>());
      ++rendered;
    } else {
      CHECK(refusal(source, golden()["variables"]).starts_with("T, line "));
      ++refused;
    }
  }
  CHECK(rendered >= 590);
  CHECK(refused >= 110);
}

// One template on all conversations.
void check_variant(const Json& file, const Json& variant, int& checked) {
  std::string source =
      read_file(std::filesystem::path("tests/data/tokenizer/chat_templates") /
                file["file"].get<std::string>());
  if (variant["stripped"].get<bool>()) {
    for (const char* part : {"    ", "\r", "\n"})
      source = without(source, part);
  }
  Json variables = file["special_tokens"];
  variables.update(variant["kwargs"]);
  variables["tools"] = nullptr;
  variables["documents"] = nullptr;
  size_t next = 0;
  for (const Json& messages : golden()["conversations"]) {
    for (const bool prompt : {false, true}) {
      variables["messages"] = messages;
      variables["add_generation_prompt"] = prompt;
      const Json& wanted = variant["renders"][next++];
      CAPTURE(file["file"].get<std::string>());
      CAPTURE(messages.dump());
      if (wanted.is_null()) {
        CHECK(refusal(source, variables) != "");
      } else {
        CHECK(kept(render(source, variables)) == wanted.get<std::string>());
      }
      ++checked;
    }
  }
}

TEST_CASE("chat templates come out as transformers renders them") {
  int checked = 0;
  for (const Json& file : golden()["templates"]) {
    for (const Json& variant : file["variants"]) {
      check_variant(file, variant, checked);
    }
  }
  CHECK(golden()["conversations"].size() >= 30);
  CHECK(checked == 8000);
}

TEST_CASE("what is not supported is named with its line") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{% include 'x' %}", "statement 'include' is not supported here"},
      {"{% call f() %}{% endcall %}", "statement 'call' is not supported here"},
      {"{% with a = 1 %}{% endwith %}",
       "statement 'with' is not supported here"},
      {"{{ 1 | groupby }}", "filter 'groupby' is not supported"},
      {"{{ 1 is sameas 1 }}", "test 'sameas' is not supported"},
      {"{{ ['a'] | map('nope') | list }}", "filter 'nope' is not supported"},
      {"{{ ['a'] | select('nope') | list }}", "test 'nope' is not supported"},
      {"{{ 'a'.zfill(3) }}",
       "'.zfill' of a value of type str is not supported"},
      {"{{ cycler(1) }}", "'cycler' is not supported"},
      {"{{ 2 ** 3 }}", "'**' is not supported"},
      {"{{ f(*x) }}", "'*' before an argument is not supported"},
      {"{{ '%s' % 1 }}", "formatting with % is not supported"},
      {"{% for i in x recursive %}{% endfor %}",
       "recursive loops are not supported"},
      {"{{ ('a' | safe) + 'b' }}",
       "+: text that went through the filter 'safe' can only be printed here"},
      {"{{ undefined_name.x }}", "'undefined_name' is not defined"},
      {"{{ raise_exception('roles must alternate') }}",
       "roles must alternate"}};
  for (const auto& [source, message] : cases) {
    CAPTURE(source);
    CHECK(refusal("a\nb\n" + source + "\nc") == "T, line 3: " + message);
  }
}

TEST_CASE("a template cannot work, grow or nest without end") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}", "too deep"},
      {"{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}"
       "{% endfor %}",
       "works without end"},
      {"{{ 'abc' * 99999999 }}", "a text of more than 16 MiB"},
      {"{% for a in range(999) %}{{ 'abcdefghij' * 9999 }}{% endfor %}",
       "a text of more than 16 MiB"},
      {"{% set x = namespace(l=[]) %}{% for a in range(999) %}"
       "{% set x.l = [x.l] %}{% endfor %}",
       "nest deeper than 100 levels"},
      {"{% set x = namespace(l=[1]) %}{% for a in range(99) %}"
       "{% set x.l = [x.l, x.l] %}{% endfor %}",
       "more than 1000000 values in one"},
      {"{{ [0] * 999999 }}", "a list of more than 100000 elements"},
      {"{{ range(999999) }}", "more than 100000 numbers"},
      {"{{ 'a' | replace('', 'b' * 9999999) }}", "more than 16 MiB"},
      {"{{ 9223372036854775807 + 1 }}", "beyond 64 bits"},
      {"{{ " + repeated("(", 999) + "1" + repeated(")", 999) + " }}",
       "nests too deep"},
      {"{{ 1" + repeated(" + 1", 9999) + " }}", "nests too deep"},
      {"{{ a" + repeated(".a", 9999) + " }}", "nests too deep"},
      {repeated("{% if true %}", 999) + repeated("{% endif %}", 999),
       "nest too deep"}};
  for (const auto& [source, message] : cases) {
    CAPTURE(source.substr(0, 60));
    const std::string refused = refusal(source);
    CAPTURE(refused);
    CHECK(refused.find(message) != std::string::npos);
  }
  CHECK(refusal(std::string((1 << 20) + 1, 'a')) == "T has more than 1 MiB");
  CHECK(refusal("\xff") == "T is not valid UTF-8");
}

TEST_CASE("a loop that a namespace keeps can be asked after its end") {
  CHECK(
      render("{% set n = namespace() %}{% for i in [1, 2] if i %}"
             "{% set n.l = loop %}{% endfor %}{{ n.l.index }}{{ n.l.last }}") ==
      "2True");
}

TEST_CASE("today's date is what was pinned, and nothing without a pin") {
  const jinja::Template dated("{{ strftime_now('%d %b %Y') }}", "T");
  const jinja::Rendering rendering =
      dated.render({.variables = Json::object(), .date = "2024-02-29"});
  CHECK(rendering.text == "29 Feb 2024");
  CHECK(rendering.date_was_asked);
  CHECK(message_of<UserError>([&] {
          dated.render({.variables = Json::object(), .date = std::nullopt});
        }) ==
        "T, line 1: the template asks for today's date, which would make the "
        "prompt another one tomorrow; pin it in the format, such as `date: "
        "2024-07-26`");
  CHECK(message_of<UserError>([&] {
          dated.render({.variables = Json::object(), .date = "2023-02-29"});
        }).find("'2023-02-29' is no date") != std::string::npos);
  CHECK_FALSE(jinja::Template("x", "T")
                  .render({.variables = Json::object(), .date = std::nullopt})
                  .date_was_asked);
}

}  // namespace
}  // namespace cdx
