#include "util/json.h"

#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::message_of;

std::string parse_error(std::string_view text) {
  return message_of<UserError>([&] { parse_json(text, "a.json:7"); });
}

TEST_CASE("a document is read with the order of its keys") {
  std::string text =
      R"({"z":[1,-2,0.5,"x\u00e9",null,true],"a":{"b":[]},"m":{}})";
  CHECK(dump_json(parse_json(text, "")) ==
        "{\"z\":[1,-2,0.5,\"x\xC3\xA9\",null,true],\"a\":{\"b\":[]},\"m\":{}}");
  CHECK(parse_json(" 3 ", "") == Json(3));
}

TEST_CASE("broken JSON is refused with place and position") {
  CHECK(parse_error("{\"a\": }")
            .starts_with(
                "a.json:7: not valid JSON: parse error at line 1, column 7"));
  for (const char* text :
       {"", "{", "[1,]", "{\"a\":1}x", "nan", "[1e999]", "\"\xFF\"", "'a'"}) {
    CAPTURE(text);
    CHECK(parse_error(text).starts_with("a.json:7: not valid JSON: "));
  }
}

TEST_CASE("the numbers that JSON lacks are named") {
  for (const char* text : {"{\"a\":NaN}", "[1,Infinity]", "[-Infinity]"}) {
    CAPTURE(text);
    CHECK(parse_error(text).ends_with(
        "; JSON has no NaN and no Infinity: write null"));
  }
}

TEST_CASE("a message stays short when the damage is long") {
  CHECK(parse_error("\"" + std::string(100'000, 'x')).size() < 300);
}

TEST_CASE("duplicate keys are refused in small and in large objects") {
  CHECK(parse_error(R"({"a":1,"b":{"a":2,"c":1,"c":2}})") ==
        "a.json:7: not valid JSON: the key \"c\" appears twice in one object");
  for (int repeated : {0, 10, 16, 17, 99}) {
    std::string text = "{";
    for (int i = 0; i < 100; ++i) text += "\"k" + std::to_string(i) + "\":0,";
    text += "\"k" + std::to_string(repeated) + "\":0}";
    CAPTURE(repeated);
    CHECK(parse_error(text).ends_with("\"k" + std::to_string(repeated) +
                                      "\" appears twice in one object"));
  }
}

TEST_CASE("the same key in different objects is fine") {
  CHECK(parse_json(R"([{"a":1},{"a":{"a":2}}])", "").size() == 2);
}

TEST_CASE("nesting is limited to 64 levels") {
  CHECK_NOTHROW(parse_json(std::string(64, '[') + std::string(64, ']'), ""));
  CHECK(parse_error(std::string(65, '[') + std::string(65, ']')) ==
        "a.json:7: not valid JSON: nested deeper than 64 levels");
  CHECK(parse_error(std::string(1'000'000, '[')) != "");
}

TEST_CASE("a large object is read in linear time") {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) {
    text += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  }
  text.back() = '}';
  CHECK(parse_json(text, "").size() == 200'000);
}

TEST_CASE("members are read with the type asked for") {
  Json o = parse_json(
      R"({"s":"x","i":-3,"d":0.5,"b":true,"n":null,"u":18446744073709551615})",
      "");
  CHECK(json_string(o, "s", "f") == "x");
  CHECK(json_int(o, "i", "f") == -3);
  CHECK(json_double(o, "d", "f") == 0.5);
  CHECK(json_double(o, "i", "f") == -3.0);
  CHECK(json_bool(o, "b", "f"));
  CHECK(json_optional_int(o, "i", "f") == -3);
  CHECK(json_optional_string(o, "n", "f") == std::nullopt);
  CHECK(json_optional_bool(o, "absent", "f") == std::nullopt);
  CHECK(json_optional_double(o, "d", "f") == 0.5);
}

TEST_CASE("a wrong type is refused with both types named") {
  Json o = parse_json(
      R"({"s":"x","d":1.0,"b":true,"n":null,"u":18446744073709551615,"l":[]})",
      "");
  auto message = [](auto call) { return message_of<UserError>(call); };
  CHECK(message([&] { json_int(o, "d", "f:1"); }) ==
        "f:1: \"d\" must be an integer, but is a number");
  CHECK(message([&] { json_int(o, "b", "f"); }) ==
        "f: \"b\" must be an integer, but is a boolean");
  CHECK(message([&] { json_int(o, "u", "f"); }) == "f: \"u\" is too large");
  CHECK(message([&] { json_string(o, "n", "f"); }) ==
        "f: \"n\" must be a string, but is null");
  CHECK(message([&] { json_bool(o, "s", "f"); }) ==
        "f: \"s\" must be true or false, but is a string");
  CHECK(message([&] { json_double(o, "l", "f"); }) ==
        "f: \"l\" must be a number, but is a list");
  CHECK(message([&] { json_list(o, "s", "f"); }) ==
        "f: \"s\" must be a list, but is a string");
  CHECK(message([&] { json_optional_int(o, "s", "f"); }) ==
        "f: \"s\" must be an integer, but is a string");
  CHECK(message([&] { json_at(o, "q", "f"); }) == "f: \"q\" is missing");
  CHECK(message([&] { json_at(o["l"], "q", "f"); }) ==
        "f: an object with \"q\" must stand here, but it is a list");
}

TEST_CASE("invalid UTF-8 is replaced when written") {
  CHECK(dump_json(Json("a\xFFz\n")) == "\"a\xEF\xBF\xBDz\\n\"");
}

TEST_CASE("a message about a file names it") {
  test::TemporaryFolder folder;
  test::write_text(folder / "c.json", "{");
  CHECK(message_of<UserError>([&] {
          parse_json_file(folder / "c.json");
        }).starts_with((folder / "c.json").string() + ": not valid JSON"));
}

}  // namespace
}  // namespace cdx
