#include "tokenizer/decoders.h"

#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

Json word_piece(bool cleanup) {
  return {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", cleanup}};
}

TEST_CASE("ByteLevel joins bytes across tokens") {
  auto decode = read_decoder({{"type", "ByteLevel"}}, "f");
  CHECK(decode({"caf\u00C3", "\u00A9\u0120", "\u4E2D"}) == "caf\u00E9 \u4E2D");
  CHECK(decode({}).empty());
}

TEST_CASE("WordPiece joins words by blanks and their parts without") {
  auto decode = read_decoder(word_piece(false), "f");
  CHECK(decode({"un", "##aff", "##able", "x", ","}) == "unaffable x ,");
  CHECK(decode({"##a", "b"}) == "##a b");
}

// Expected: tokenizers 0.22.2, decoders.WordPiece(cleanup=True).
TEST_CASE("cleaning up takes blanks before punctuation away") {
  auto decode = read_decoder(word_piece(true), "f");
  CHECK(decode({"is", "this", "it", "?", "yes", ",", "it", "is", "."}) ==
        "is this it? yes, it is.");
  CHECK(decode({"i", "'m", "and", "'"}) == "i'm and '");
}

TEST_CASE("byte tokens are UTF-8 together or U+FFFD each") {
  auto decode = read_decoder({{"type", "ByteFallback"}}, "f");
  CHECK(decode({"a", "<0xE2>", "<0x82>", "<0xaC>", "b"}) == "a\u20ACb");
  CHECK(decode({"<0xE2>", "<0x82>", "b", "<0x41>"}) == "\uFFFD\uFFFDbA");
  CHECK(decode({"<0x4G>", "<0x410>", "<0x41", "<0x+5>"}) ==
        "<0x4G><0x410><0x41\x05");
}

TEST_CASE("Strip cuts each token, Fuse makes them one") {
  Json strip = {{"type", "Strip"}, {"content", "_"}, {"start", 2}, {"stop", 1}};
  std::vector<std::string_view> tokens = {"___a__", "_", "", "b_"};
  CHECK(read_decoder(strip, "f")(tokens) == "_a_b");
  Json fused = {{"type", "Sequence"},
                {"decoders", {{{"type", "Fuse"}}, strip}}};
  CHECK(read_decoder(fused, "f")(tokens) == "_a___b");
}

TEST_CASE("Metaspace drops the blank before a text unless it sets none") {
  Json json = {{"type", "Metaspace"}, {"replacement", "\u2581"}};
  CHECK(read_decoder(json, "f")({"\u2581a", "\u2581b\u2581"}) == "a b ");
  json["prepend_scheme"] = "never";
  CHECK(read_decoder(json, "f")({"\u2581a", "\u2581b"}) == " a b");
}

TEST_CASE("Replace works token by token") {
  Json json = {
      {"type", "Replace"}, {"pattern", {{"Regex", "a+"}}}, {"content", "-"}};
  CHECK(read_decoder(json, "f")({"xa", "aay"}) == "x--y");
}

TEST_CASE("without a decoder blanks stand between the tokens") {
  CHECK(read_decoder(nullptr, "f")({"a", "b", ""}) == "a b ");
}

TEST_CASE("a broken or unknown decoder is refused") {
  auto refusal = [](const Json& json) {
    return test::message_of<UserError>([&] { read_decoder(json, "f"); });
  };
  CHECK(refusal({{"type", "CTC"}}) ==
        "f: the decoder \"CTC\" is not supported yet");
  CHECK(refusal({{"type", "Metaspace"}, {"replacement", ""}}) ==
        "f: \"replacement\" must be one character");
  Json strip = {
      {"type", "Strip"}, {"content", "ab"}, {"start", 1}, {"stop", 0}};
  std::string message =
      "f: a decoder \"Strip\" needs one character as \"content\", and no "
      "negative \"start\" or \"stop\"";
  CHECK(refusal(strip) == message);
  strip["content"] = "a";
  strip["start"] = -1;
  CHECK(refusal(strip) == message);
}

}  // namespace
}  // namespace cdx
