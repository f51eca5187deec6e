#include "tokenizer/pre_tokenizers.h"

#include "support.h"
#include "tokenizer/byte_level.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Words = std::vector<std::string>;

Words pieces_of(const Json& json, const std::string& text) {
  Pieces pieces{text, {{0, text.size()}}};
  read_pre_tokenizer(json, "f")(pieces);
  Words words;
  for (Span span : pieces.spans) words.emplace_back(part(pieces.text, span));
  return words;
}

Json split(const char* behavior, bool invert = false) {
  return {{"type", "Split"},
          {"pattern", {{"String", "-"}}},
          {"behavior", behavior},
          {"invert", invert}};
}

// The example in the documentation of the tokenizers library, class Split.
TEST_CASE("a separator is removed, isolated or joined") {
  std::string text = "the-final--countdown";
  CHECK(pieces_of(split("Removed"), text) ==
        Words{"the", "final", "countdown"});
  CHECK(pieces_of(split("Isolated"), text) ==
        Words{"the", "-", "final", "-", "-", "countdown"});
  CHECK(pieces_of(split("MergedWithPrevious"), text) ==
        Words{"the-", "final-", "-", "countdown"});
  CHECK(pieces_of(split("MergedWithNext"), text) ==
        Words{"the", "-final", "-", "-countdown"});
  CHECK(pieces_of(split("Contiguous"), text) ==
        Words{"the", "-", "final", "--", "countdown"});
}

TEST_CASE("inverted, the matches are the pieces") {
  CHECK(pieces_of(split("Removed", true), "a-b--c") == Words{"-", "-", "-"});
}

TEST_CASE("digits stand alone or together") {
  Json json = {{"type", "Digits"}, {"individual_digits", true}};
  CHECK(pieces_of(json, "call 911\u00BD") ==
        Words{"call ", "9", "1", "1", "\u00BD"});
  json["individual_digits"] = false;
  CHECK(pieces_of(json, "call 911\u00BD!") == Words{"call ", "911\u00BD", "!"});
}

TEST_CASE("ByteLevel splits by GPT-2's pattern unless told not to") {
  Json json = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  CHECK(pieces_of(json, "I'll  go\n1st") ==
        Words{"I", "'ll", "\u0120", "\u0120go", "\u010A", "1", "st"});
  json["add_prefix_space"] = true;
  CHECK(pieces_of(json, "go") == Words{"\u0120go"});
  CHECK(pieces_of(json, " go") == Words{"\u0120go"});
  json["use_regex"] = false;
  CHECK(pieces_of(json, "I'll  go") == Words{"\u0120I'll\u0120\u0120go"});
}

Json metaspace(const char* scheme, bool split) {
  return {{"type", "Metaspace"},
          {"replacement", "\u2581"},
          {"prepend_scheme", scheme},
          {"split", split}};
}

TEST_CASE("Metaspace marks blanks and the start") {
  CHECK(pieces_of(metaspace("always", true), "a  b") ==
        Words{"\u2581a", "\u2581", "\u2581b"});
  CHECK(pieces_of(metaspace("always", false), "a  b") ==
        Words{"\u2581a\u2581\u2581b"});
  CHECK(pieces_of(metaspace("never", false), "a b") == Words{"a\u2581b"});
  for (const char* text : {" a", "\u2581a"}) {
    CHECK(pieces_of(metaspace("always", true), text) == Words{"\u2581a"});
  }
}

// Each expected: tokenizers 0.22.2, Sequence([Split("-", …),
// Metaspace(first)]).
TEST_CASE("the scheme \"first\" marks the start of the text only") {
  auto after_split = [](const char* behavior) {
    return Json{
        {"type", "Sequence"},
        {"pretokenizers", {split(behavior), metaspace("first", false)}}};
  };
  CHECK(pieces_of(after_split("Isolated"), "a-a") ==
        Words{"\u2581a", "-", "a"});
  CHECK(pieces_of(after_split("Removed"), "-a") == Words{"a"});
  Json twice = after_split("Removed");
  twice["pretokenizers"].insert(twice["pretokenizers"].begin() + 1,
                                metaspace("never", false));
  CHECK(pieces_of(twice, "-a") == Words{"a"});
  Pieces later{"a", {{0, 1}}, false};
  read_pre_tokenizer(metaspace("first", false), "f")(later);
  CHECK(later.text == "a");
}

TEST_CASE("an old Metaspace has add_prefix_space alone") {
  Json json = {{"type", "Metaspace"}, {"replacement", "_"}};
  CHECK(pieces_of(json, "a") == Words{"_a"});
  json["add_prefix_space"] = false;
  CHECK(pieces_of(json, "a b") == Words{"a", "_b"});
  json["prepend_scheme"] = "first";
  CHECK(test::message_of<UserError>([&] { read_pre_tokenizer(json, "f"); }) ==
        "f: \"prepend_scheme\" is \"first\" though \"add_prefix_space\" is "
        "false");
  json = metaspace("last", true);
  CHECK(test::message_of<UserError>([&] { read_pre_tokenizer(json, "f"); }) ==
        "f: the prepend_scheme \"last\" is not supported yet");
  json["replacement"] = "ab";
  CHECK(test::message_of<UserError>([&] { read_pre_tokenizer(json, "f"); }) ==
        "f: \"replacement\" must be one character");
}

TEST_CASE("white space separates, with and without words apart") {
  std::string text = " don't\u2003stop__1\u0301!? ";
  CHECK(pieces_of({{"type", "WhitespaceSplit"}}, text) ==
        Words{"don't", "stop__1\u0301!?"});
  CHECK(pieces_of({{"type", "Whitespace"}}, text) ==
        Words{"don", "'", "t", "stop__1\u0301", "!?"});
}

TEST_CASE("punctuation is isolated or as it says") {
  CHECK(pieces_of({{"type", "Punctuation"}}, "a,.b\u3002") ==
        Words{"a", ",", ".", "b", "\u3002"});
  CHECK(pieces_of({{"type", "Punctuation"}, {"behavior", "Contiguous"}},
                  "a,.b") == Words{"a", ",.", "b"});
}

TEST_CASE("BERT's splits at white space and sets punctuation apart") {
  CHECK(pieces_of({{"type", "BertPreTokenizer"}},
                  " don't stop\u3000\u2014 a_b$ \u4E2D\u3002") ==
        Words{"don",
              "'",
              "t",
              "stop",
              "\u2014",
              "a",
              "_",
              "b",
              "$",
              "\u4E2D",
              "\u3002"});
}

TEST_CASE("a sequence applies one step to the pieces of the other") {
  Json json = {{"type", "Sequence"},
               {"pretokenizers",
                {split("Removed"),
                 {{"type", "ByteLevel"}, {"add_prefix_space", true}}}}};
  CHECK(pieces_of(json, "a b-c") == Words{"\u0120a", "\u0120b", "\u0120c"});
}

TEST_CASE("nothing and the unknown") {
  CHECK_FALSE(read_pre_tokenizer(nullptr, "f"));
  CHECK(test::message_of<UserError>([] {
          read_pre_tokenizer(split("Sideways"), "f");
        }) == "f: the split behavior \"Sideways\" is not supported yet");
}

}  // namespace
}  // namespace cdx
