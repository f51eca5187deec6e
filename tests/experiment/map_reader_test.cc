#include "experiment/map_reader.h"

#include "support.h"
#include "util/errors.h"

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

enum class Colour { kRed, kGreen, kBlue };

std::string_view to_string(Colour colour) {
  return colour == Colour::kRed     ? "red"
         : colour == Colour::kGreen ? "green"
                                    : "blue";
}

std::string error_of(const std::string& text, Colour& colour) {
  const YamlNode node = parse_yaml(text, "x.yaml");
  MapReader reader(node, "paint");
  return test::message_of<UserError>([&] {
    reader.read_enum("colour", {Colour::kBlue, Colour::kGreen}, colour);
    reader.finish();
  });
}

TEST_CASE("an enumerator is read by its name, out of those allowed") {
  Colour colour = Colour::kRed;
  CHECK(error_of("colour: green", colour).empty());
  CHECK(colour == Colour::kGreen);
  CHECK(error_of("colour: blue", colour).empty());
  CHECK(colour == Colour::kBlue);
}

TEST_CASE("an absent key leaves the enumerator alone") {
  Colour colour = Colour::kRed;
  const YamlNode empty;
  MapReader(empty, "paint").read_enum("colour", {Colour::kBlue}, colour);
  CHECK(colour == Colour::kRed);
}

TEST_CASE("what names no allowed enumerator is refused") {
  Colour colour = Colour::kBlue;
  CHECK(
      error_of("a: 1\ncolour: red", colour) ==
      "x.yaml:2: paint.colour: 'red' is not supported (yet); supported: blue, "
      "green");
  CHECK(error_of("colour: [blue]", colour) ==
        "x.yaml:1: paint.colour: expected text, found a list");
  CHECK(error_of("colour: 2", colour) ==
        "x.yaml:1: paint.colour: expected text (in quotes if this is what is "
        "meant), found '2'");
  CHECK(error_of("color: blue", colour) ==
        "x.yaml:1: unknown key 'color' in paint; did you mean 'colour'?");
}

TEST_CASE("the keys of a map are named once each, however often asked for") {
  const YamlNode node = parse_yaml("something: 1", "x.yaml");
  MapReader reader(node, "");
  for (const char* key : {"b", "a", "b", "a"}) reader.find(key);
  CHECK(test::message_of<UserError>([&] { reader.finish(); }) ==
        "x.yaml:1: unknown key 'something'; there is: b, a");
}

TEST_CASE("where nothing can be meant the message says so") {
  CHECK(did_you_mean("x", {}) == "there is none");
}

}  // namespace
}  // namespace cdx
