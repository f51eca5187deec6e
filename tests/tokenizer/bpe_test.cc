#include "tokenizer/bpe.h"

#include "support.h"
#include "util/errors.h"

#include <random>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Ids = std::vector<int32_t>;
using test::message_of;

Ids encode(const Bpe& bpe, const std::string& piece) {
  Ids ids;
  bpe.encode({piece, {{0, piece.size()}}}, ids);
  return ids;
}

// a, b, c, d; then what merges make of them.
Json small_model() {
  return Json::parse(R"({"type":"BPE","vocab":{"a":0,"b":1,"c":2,"d":3,"ab":4,
      "bc":5,"abc":6,"cd":7,"aa":8},
      "merges":["b c",["a","b"],"a bc","c d","a a"]})");
}

TEST_CASE("the earliest merge wins, then the leftmost") {
  Bpe bpe(small_model(), "f");
  CHECK(encode(bpe, "abc") == Ids{6});      // b+c first, then a+bc
  CHECK(encode(bpe, "abd") == Ids{4, 3});   // a+b
  CHECK(encode(bpe, "bcd") == Ids{5, 3});   // b+c leaves d alone
  CHECK(encode(bpe, "aaa") == Ids{8, 0});   // leftmost
  CHECK(encode(bpe, "aaab") == Ids{8, 4});  // a+b before a+a
  CHECK(encode(bpe, "").empty());
}

TEST_CASE("each piece is encoded by itself") {
  Ids ids;
  Bpe(small_model(), "f").encode({"xabcab", {{1, 3}, {3, 4}, {4, 6}}}, ids);
  CHECK(ids == Ids{4, 2, 4});
}

TEST_CASE("unknown characters are dropped, replaced or fused") {
  Json model = small_model();
  CHECK(encode(Bpe(model, "f"), "a\u00E9\u4E2Db") == Ids{4});
  model["unk_token"] = "d";
  CHECK(encode(Bpe(model, "f"), "a\u00E9\u4E2Db\u00E9") == Ids{0, 3, 3, 1, 3});
  model["fuse_unk"] = true;
  CHECK(encode(Bpe(model, "f"), "a\u00E9\u4E2Db\u00E9") == Ids{0, 3, 1, 3});
}

// "é" is C3 A9, "中" E4 B8 AD. The pending unknown token goes behind the bytes
// (tokenizers 0.22.2, models/bpe/model.rs, merge_word).
TEST_CASE("unknown characters become bytes if all of theirs are tokens") {
  Json model = small_model();
  model["vocab"]["<0xC3>"] = 20;
  model["vocab"]["<0xA9>"] = 21;
  model["vocab"]["<0xE4>"] = 22;
  CHECK(encode(Bpe(model, "f"), "a\u00E9b") == Ids{4});
  model["byte_fallback"] = true;
  CHECK(encode(Bpe(model, "f"), "a\u00E9b") == Ids{0, 20, 21, 1});
  CHECK(encode(Bpe(model, "f"), "a\u4E2Db") == Ids{4});
  model["unk_token"] = "d";
  model["fuse_unk"] = true;
  CHECK(encode(Bpe(model, "f"), "a\u4E2D\u00E9\u4E2Db\u4E2D") ==
        Ids{0, 20, 21, 3, 1, 3});
}

TEST_CASE("ignore_merges takes a piece that is a token whole") {
  Json model = small_model();
  model["vocab"]["dab"] = 9;
  CHECK(encode(Bpe(model, "f"), "dab") == Ids{3, 4});
  model["ignore_merges"] = true;
  CHECK(encode(Bpe(model, "f"), "dab") == Ids{9});
  CHECK(encode(Bpe(model, "f"), "dabd") == Ids{3, 4, 3});
}

// The definition, written as it is said: look for the best pair, merge it, and
// begin again.
Ids slow_encode(const std::string& text,
                const std::vector<std::pair<std::string, std::string>>& merges,
                const Json& vocab) {
  std::vector<std::string> parts;
  for (char c : text) parts.emplace_back(1, c);
  for (;;) {
    size_t best_rank = merges.size(), best_at = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      for (size_t rank = 0; rank < best_rank; ++rank) {
        if (merges[rank] == std::pair(parts[i], parts[i + 1])) {
          best_rank = rank;
          best_at = i;
        }
      }
    }
    if (best_rank == merges.size()) break;
    parts[best_at] += parts[best_at + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(best_at) + 1);
  }
  Ids ids;
  for (const auto& part : parts) ids.push_back(vocab[part].get<int32_t>());
  return ids;
}

TEST_CASE("random merges on random texts agree with the definition") {
  std::mt19937 random(7);
  auto below = [&](size_t n) { return random() % n; };
  for (int round = 0; round < 20; ++round) {
    Json vocab = {{"a", 0}, {"b", 1}, {"c", 2}};
    std::vector<std::string> tokens = {"a", "b", "c"};
    std::vector<std::pair<std::string, std::string>> merges;
    Json listed = Json::array();
    while (merges.size() < 30) {
      std::pair pair(tokens[below(tokens.size())],
                     tokens[below(tokens.size())]);
      std::string merged = pair.first + pair.second;
      if (vocab.contains(merged) || merged.size() > 8) continue;
      vocab[merged] = tokens.size();
      tokens.push_back(merged);
      merges.push_back(pair);
      listed.push_back({pair.first, pair.second});
    }
    Bpe bpe({{"vocab", vocab}, {"merges", listed}}, "f");
    for (int i = 0; i < 50; ++i) {
      std::string text;  // short or long: two ways of merging
      for (size_t n = below(60); n > 0; --n) text += "abc"[below(3)];
      CAPTURE(text);
      CHECK(encode(bpe, text) == slow_encode(text, merges, vocab));
    }
  }
}

// No merge joins b with a, c with a, or anything with d: there a long piece is
// cut in advance.
TEST_CASE("a piece that is cut in advance gives the same tokens") {
  Json model = small_model();
  std::vector<std::pair<std::string, std::string>> merges = {
      {"b", "c"}, {"a", "b"}, {"a", "bc"}, {"c", "d"}, {"a", "a"}};
  std::mt19937 random(11);
  Bpe bpe(model, "f");
  for (int i = 0; i < 300; ++i) {
    std::string text;
    for (size_t n = 17 + random() % 80; n > 0; --n)
      text += "abcd"[random() % 4];
    CAPTURE(text);
    CHECK(encode(bpe, text) == slow_encode(text, merges, model["vocab"]));
  }
}

TEST_CASE("runs of unknown characters are not cut") {
  Json model = small_model();
  model["unk_token"] = "d";
  model["fuse_unk"] = true;
  CHECK(encode(Bpe(model, "f"), "ab" + std::string(30, 'x') + "ab") ==
        Ids{4, 3, 4});
}

// The byte tokens take part in a merge: characters do not tell what may join.
TEST_CASE("merges of bytes reach over the borders of characters") {
  Json model = small_model();
  model["byte_fallback"] = true;
  model["vocab"]["<0x78>"] = 30;
  model["vocab"]["<0x78>a"] = 31;
  model["merges"].push_back({"<0x78>", "a"});
  std::string text(20, 'd');
  Ids ids(20, 3);
  ids.push_back(31);
  CHECK(encode(Bpe(model, "f"), text + "xa") == ids);
}

TEST_CASE("a piece of a million characters takes no quadratic time") {
  std::string text;
  for (int i = 0; i < 250'000; ++i) text += "aabc";
  CHECK(encode(Bpe(small_model(), "f"), text).size() == 500'000);
}

TEST_CASE("damaged merges are refused with their number") {
  auto refusal = [](const Json& merge) {
    Json model = small_model();
    model["merges"][3] = merge;
    return message_of<UserError>([&] { Bpe(model, "f"); });
  };
  for (const Json& merge :
       {Json("ab"), Json("a b c"), Json(3), Json({"a"}), Json({"a", 1})}) {
    CAPTURE(dump_json(merge));
    CHECK(refusal(merge) == "f: merge 3 is not a pair of tokens");
  }
  CHECK(refusal("d a") ==
        "f: merge 3 (\"d\" and \"a\") has a part or a result "
        "that is not in \"vocab\"");
  Json model = small_model();
  model["unk_token"] = "<unk>";
  CHECK(message_of<UserError>([&] { Bpe(model, "f"); }) ==
        "f: the unk_token \"<unk>\" is not in \"vocab\"");
}

TEST_CASE("the last of two equal merges counts") {
  MergeTable table(4);
  table.set(1, 2, {0, 7});
  table.set(2, 1, {1, 8});
  table.set(1, 2, {2, 9});
  REQUIRE(table.find(1, 2) != nullptr);
  CHECK(table.find(1, 2)->id == 9);
  CHECK(table.find(2, 1)->id == 8);
  CHECK(table.find(1, 1) == nullptr);
}

}  // namespace
}  // namespace cdx
