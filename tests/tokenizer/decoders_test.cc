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

TEST_CASE("a missing or unknown decoder is refused") {
  CHECK(test::message_of<UserError>([] { read_decoder(nullptr, "f"); }) ==
        "f: the decoder \"null\" is not supported yet");
}

}  // namespace
}  // namespace cdx
