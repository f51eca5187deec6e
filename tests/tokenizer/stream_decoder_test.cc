#include "support.h"
#include "tokenizer/tokenizer_support.h"

#include <random>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::TokenizerFolder;
using Ids = std::vector<int32_t>;
using Texts = std::vector<std::string>;

// What push() gives for each id, and what finish() gives.
Texts pushed(const Tokenizer& tokenizer, const Ids& ids, bool skip = false) {
  StreamDecoder decoder(tokenizer, skip);
  Texts texts;
  for (int32_t id : ids) texts.push_back(decoder.push(id));
  texts.push_back(decoder.finish());
  return texts;
}

std::string joined(const Texts& texts) {
  std::string text;
  for (const std::string& part : texts) text += part;
  return text;
}

// A tokenizer as Mistral's, of a few tokens.
std::unique_ptr<Tokenizer> with_byte_fallback() {
  return TokenizerFolder(Json::parse(R"({"added_tokens":[
      {"id":9,"content":"</s>","special":true,"normalized":false,
       "single_word":false,"lstrip":false,"rstrip":false}],
      "normalizer":null,"pre_tokenizer":null,"post_processor":null,
      "decoder":{"type":"Sequence","decoders":[
        {"type":"Replace","pattern":{"String":"▁"},"content":" "},
        {"type":"ByteFallback"},{"type":"Fuse"},
        {"type":"Strip","content":" ","start":1,"stop":0}]},
      "model":{"type":"BPE","byte_fallback":true,"merges":[],"vocab":{
        "▁":0,"a":1,"▁a":2,"<0xE2>":3,"<0x82>":4,"<0xAC>":5,"�":6}}})"))
      .load();
}

TEST_CASE("a character of several tokens comes with its last one") {
  auto tokenizer = load_tokenizer(test::kTokenizers / "cl100k");
  Ids ids = tokenizer->encode("a\U0001F600b", false);
  REQUIRE(ids.size() == 6);
  CHECK(pushed(*tokenizer, ids) ==
        Texts{"a", "", "", "", "\U0001F600", "b", ""});
  ids.resize(3);
  CHECK(pushed(*tokenizer, ids) == Texts{"a", "", "", "\uFFFD"});
}

TEST_CASE("bytes that can be no character are not held back for ever") {
  auto tokenizer = load_tokenizer(test::kTokenizers / "cl100k");
  int32_t half = tokenizer->encode("\U0001F600", false)[1];
  CHECK(pushed(*tokenizer, {half, half, half}) ==
        Texts{"", "\uFFFD", "\uFFFD", "\uFFFD"});
}

TEST_CASE("byte tokens wait until no further one follows") {
  auto tokenizer = with_byte_fallback();
  CHECK(pushed(*tokenizer, {2, 3, 4, 5, 1}) ==
        Texts{"a", "", "", "", "\u20ACa", ""});
  CHECK(pushed(*tokenizer, {3, 4, 5, 4, 1}) ==
        Texts{"", "", "", "", "\uFFFD\uFFFD\uFFFD\uFFFDa", ""});
  // A special token that is left out does not end them.
  CHECK(pushed(*tokenizer, {3, 4, 5, 9, 4, 1}, true).at(3).empty());
  CHECK(pushed(*tokenizer, {3, 4, 5, 9, 1}).at(3) == "\u20AC</s>");
}

TEST_CASE("the blank before a text is dropped once") {
  auto tokenizer = with_byte_fallback();
  CHECK(pushed(*tokenizer, {2, 2, 0, 0, 2}) ==
        Texts{"a", " a", " ", " ", " a", ""});
  CHECK(pushed(*tokenizer, {0, 0, 0, 1, 2}) ==
        Texts{"", " ", " ", "a", " a", ""});
}

TEST_CASE("all of a stream is what decoding at once gives") {
  std::mt19937 random(3);
  auto spm = with_byte_fallback();
  auto byte_level = load_tokenizer(test::kTokenizers / "gpt2");
  auto words = load_tokenizer(test::kTokenizers / "bert");
  for (const Tokenizer* tokenizer :
       {spm.get(), byte_level.get(), words.get()}) {
    for (int round = 0; round < 300; ++round) {
      Ids ids(random() % 30);
      for (int32_t& id : ids) {
        id = static_cast<int32_t>(
            random() % static_cast<uint64_t>(tokenizer->vocab_size() + 4));
      }
      for (bool skip : {false, true}) {
        CHECK(joined(pushed(*tokenizer, ids, skip)) ==
              tokenizer->decode(ids, skip));
      }
    }
  }
}

TEST_CASE("after finish() the decoder begins anew") {
  auto tokenizer = with_byte_fallback();
  StreamDecoder decoder(*tokenizer, false);
  decoder.push(2);
  decoder.push(3);
  CHECK(decoder.finish() == "\uFFFD");
  CHECK(decoder.push(2) == "a");
  CHECK(decoder.finish().empty());
}

}  // namespace
}  // namespace cdx
