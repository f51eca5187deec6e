#include "tokenizer/unigram.h"

#include "tokenizer/tokenizer_support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

Json small_model() {
  return parse_json(R"({"type": "Unigram", "unk_id": 0, "vocab": [
      ["<unk>", 0], ["a", -1], ["b", -2], ["ab", -2.5], ["abc", -9],
      ["<0xC3>", -9], ["<0xA9>", -9]]})",
                    "x");
}

Ids ids_of(const Json& model, const std::string& text) {
  Ids ids;
  Unigram(model, "x").encode({text, {{0, text.size()}}}, ids);
  return ids;
}

std::string refusal(const Json& model) {
  return test::message_of<UserError>([&] { Unigram(model, "x.json"); });
}

}  // namespace

TEST_CASE("Unigram with a table of characters, as T5: ids and texts") {
  auto folder = test::kTokenizers / "unigram";
  test::check_golden(*load_tokenizer(folder), folder / "golden.jsonl");
}

TEST_CASE("Unigram with byte_fallback: ids and texts") {
  auto folder = test::kTokenizers / "unigram_bytes";
  test::check_golden(*load_tokenizer(folder), folder / "golden.jsonl");
}

TEST_CASE("the tokens with the largest sum of log-probabilities are taken") {
  CHECK(ids_of(small_model(), "ab") == Ids{3});  // -2.5, not -1 - 2
  CHECK(ids_of(small_model(), "ba") == Ids{2, 1});
  CHECK(ids_of(small_model(), "aab") == Ids{1, 3});
  Json model = small_model();
  model["vocab"][3][1] = -3.5;
  CHECK(ids_of(model, "ab") == Ids{1, 2});
}

TEST_CASE("an unknown character costs ten more than the rarest token") {
  // Unknown is -9 - 10. Either "pqr" and an unknown "s", or "p", "q" and "rs".
  auto model = [](double q) {
    Json json = parse_json(R"({"unk_id": 0, "vocab": [["<unk>", 0],
        ["pqr", 0], ["p", -9], ["q", 0], ["rs", -5]]})",
                           "x");
    json["vocab"][3][1] = q;
    return json;
  };
  CHECK(ids_of(model(-4.5), "pqrs") == Ids{2, 3, 4});  // -18.5 against -19
  CHECK(ids_of(model(-5.5), "pqrs") == Ids{1, 0});     // -19.5
}

TEST_CASE("neighbouring unknown characters are one unknown token") {
  CHECK(ids_of(small_model(), "axyb") == Ids{1, 0, 2});
  CHECK(ids_of(small_model(), "xax") == Ids{0, 1, 0});
}

TEST_CASE("unknown characters become bytes when all of theirs have tokens") {
  Json model = small_model();
  CHECK(ids_of(model, "aé") == Ids{1, 0});
  model["byte_fallback"] = true;
  CHECK(ids_of(model, "aé") == Ids{1, 5, 6});
  CHECK(ids_of(model, "éé") == Ids{5, 6, 5, 6});
  CHECK(ids_of(model, "éx") == Ids{0});
}

TEST_CASE("without an unknown token an unknown character is an error") {
  Json model = small_model();
  model["unk_id"] = nullptr;
  CHECK(ids_of(model, "ab") == Ids{3});
  CHECK(test::message_of<UserError>([&] { ids_of(model, "axb"); }) ==
        "the tokenizer has no token for \"x\", and no unknown token");
}

TEST_CASE("a damaged Unigram model is refused") {
  Json model = small_model();
  model["unk_id"] = 7;
  CHECK(refusal(model) == "x.json: the unk_id 7 is not in \"vocab\"");
  model = small_model();
  model["vocab"][2] = {"b", "c"};
  CHECK(refusal(model) ==
        "x.json: entry 2 of \"vocab\" is not a token and its log-probability");
  model["vocab"][2] = {"a", -2};
  CHECK(refusal(model) == "x.json: the token \"a\" has two ids, 1 and 2");
  model["vocab"] = Json::array();
  CHECK(refusal(model) == "x.json: a vocabulary of 0 tokens");
}

TEST_CASE("all strings that a text starts with are found") {
  const UnigramTrie trie({"a", "abc", "", "b", "ab\xFF"});
  auto found = [&](std::string_view text) {
    std::vector<std::pair<size_t, int32_t>> all;
    trie.each_prefix(text, [&](size_t length, int32_t value) {
      all.emplace_back(length, value);
    });
    return all;
  };
  using All = std::vector<std::pair<size_t, int32_t>>;
  CHECK(found("abcd") == All{{1, 0}, {3, 1}});
  CHECK(found("ab\xFF") == All{{1, 0}, {3, 4}});
  CHECK(found("b") == All{{1, 3}});
  CHECK(found("c").empty());
  CHECK(found("").empty());
}

}  // namespace cdx
