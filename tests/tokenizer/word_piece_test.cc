#include "tokenizer/word_piece.h"

#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

Json small_model() {
  return Json::parse(R"({"type":"WordPiece","unk_token":"[UNK]",
      "continuing_subword_prefix":"##","max_input_chars_per_word":10,
      "vocab":{"[UNK]":0,"un":1,"##aff":2,"##able":3,"una":4,"##ff":5,
      "caf":6,"##\u00e9":7,"x":8,"##x":9,"##":10}})");
}

Ids encode(const std::string& word) {
  Ids ids;
  WordPiece(small_model(), "f").encode({word, {{0, word.size()}}}, ids);
  return ids;
}

TEST_CASE("a word is cut greedily into the longest tokens") {
  CHECK(encode("unaffable") == Ids{4, 5, 3});  // una, not un
  CHECK(encode("caf\u00E9") == Ids{6, 7});
  CHECK(encode("x") == Ids{8});
}

TEST_CASE("a word with a part that is no token is unknown as a whole") {
  CHECK(encode("unaffy") == Ids{0});
  CHECK(encode("\u00E9") == Ids{0});
}

TEST_CASE("the longest word counts characters, not bytes") {
  CHECK(encode(std::string(10, 'x')) == Ids{8, 9, 9, 9, 9, 9, 9, 9, 9, 9});
  CHECK(encode(std::string(11, 'x')) == Ids{0});
  CHECK(encode("caf\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9\u00E9") ==
        Ids{6, 7, 7, 7, 7, 7, 7, 7});
}

TEST_CASE("each piece is a word") {
  Ids ids;
  WordPiece(small_model(), "f")
      .encode({"xxuny", {{0, 1}, {1, 4}, {4, 5}}}, ids);
  CHECK(ids == Ids{8, 0, 0});
}

TEST_CASE("a model without its unknown token is refused") {
  Json model = small_model();
  model["unk_token"] = "<unk>";
  CHECK(test::message_of<UserError>([&] { WordPiece(model, "f"); }) ==
        "f: the unk_token \"<unk>\" is not in \"vocab\"");
  model = small_model();
  model["max_input_chars_per_word"] = 0;
  CHECK(test::message_of<UserError>([&] { WordPiece(model, "f"); }) ==
        "f: \"max_input_chars_per_word\" must be positive");
}

TEST_CASE("a word of a million characters takes no quadratic time") {
  Json model = {{"vocab", {{"[UNK]", 0}, {"\u00E9", 1}, {"##\u00E9", 2}}},
                {"unk_token", "[UNK]"},
                {"continuing_subword_prefix", "##"},
                {"max_input_chars_per_word", 2'000'000}};
  std::string word;
  for (int i = 0; i < 1'000'000; ++i) word += "\u00E9";
  std::vector<int32_t> ids;
  WordPiece(model, "f").encode({word, {{0, word.size()}}}, ids);
  CHECK(ids.size() == 1'000'000);
  CHECK(ids.back() == 2);
}

}  // namespace
}  // namespace cdx
