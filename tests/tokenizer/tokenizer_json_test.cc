#include "support.h"
#include "tokenizer/tokenizer_support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::kTokenizers;
using test::message_of;
using test::shipped_json;
using test::TokenizerFolder;

using Ids = std::vector<int32_t>;

TEST_CASE("ids and texts are those of transformers") {
  for (const char* name : {"gpt2", "cl100k", "prefix_space", "bert"}) {
    auto folder = kTokenizers / name;
    test::check_golden(*load_tokenizer(folder), folder / "golden.jsonl");
  }
}

TEST_CASE("tokens and ids are told apart with the added ones") {
  auto tokenizer = load_tokenizer(kTokenizers / "gpt2");
  CHECK(tokenizer->vocab_size() == 520);
  CHECK(tokenizer->token_to_id("!") == 0);
  CHECK(tokenizer->token_to_id("<|endoftext|>") == 512);
  CHECK(tokenizer->token_to_id("<|assistant|>") == 519);
  CHECK(tokenizer->token_to_id("no such token") == std::nullopt);
  CHECK(tokenizer->id_to_token(0) == "!");
  CHECK(tokenizer->id_to_token(513) == "<mask>");
  CHECK(tokenizer->id_to_token(520) == std::nullopt);
  CHECK(tokenizer->id_to_token(-1) == std::nullopt);
}

TEST_CASE("ids without a token decode to nothing") {
  auto tokenizer = load_tokenizer(kTokenizers / "gpt2");
  CHECK(tokenizer->decode({64, -5, 99999, 65}, false) == "ab");
}

TEST_CASE("half a character decodes to U+FFFD, both halves to the character") {
  auto tokenizer = load_tokenizer(kTokenizers / "cl100k");
  Ids ids = tokenizer->encode("\U0001F600", false);
  REQUIRE(ids.size() == 4);
  CHECK(tokenizer->decode(ids, false) == "\U0001F600");
  CHECK(tokenizer->decode({ids[0], ids[1]}, false) == "\uFFFD");
}

TEST_CASE(
    "the shipped models' tokenizer is lossless and knows its chat tokens") {
  auto tokenizer = load_tokenizer("data/models/fable/base");
  for (const char* text : {"Write a story about the sea.\n\nStory:\n",
                           "  caf\u00E9 \U0001F409\tx\r\n"}) {
    CHECK(tokenizer->decode(tokenizer->encode(text, true), false) == text);
  }
  for (const char* token : {"<|endoftext|>", "<|user|>", "<|assistant|>"}) {
    CAPTURE(token);
    REQUIRE(tokenizer->token_to_id(token));
    CHECK(tokenizer->encode(token, false) ==
          Ids{*tokenizer->token_to_id(token)});
  }
}

TEST_CASE("a text that is not UTF-8 is refused") {
  auto tokenizer = load_tokenizer(kTokenizers / "gpt2");
  CHECK(message_of<UserError>([&] { tokenizer->encode("a\xFF", false); }) ==
        "a text that is to be tokenized is not valid UTF-8");
}

TEST_CASE("add_bos_token and add_eos_token of the configuration win") {
  Json json = shipped_json("cl100k");
  auto ids = [&](Json config) {
    return TokenizerFolder(json, config).load()->encode("a", true);
  };
  Json config = {{"bos_token", "<|begin|>"}, {"eos_token", "<|endoftext|>"}};
  CHECK(ids(config) == Ids{401, 64});
  config["add_bos_token"] = false;
  CHECK(ids(config) == Ids{64});
  config["add_eos_token"] = true;
  CHECK(ids(config) == Ids{64, 402});
  config["add_bos_token"] = true;
  CHECK(ids(config) == Ids{401, 64, 402});
  json["post_processor"] = nullptr;
  CHECK(ids(config) == Ids{401, 64, 402});
}

// transformers 4.57.6, AutoTokenizer.
TEST_CASE("Llama's and Gemma's class set a BOS unless told not to") {
  Json json = shipped_json("cl100k");
  json["post_processor"] = nullptr;
  auto ids = [&](Json config) {
    config["bos_token"] = "<|begin|>";
    return TokenizerFolder(json, config).load()->encode("a", true);
  };
  CHECK(ids({{"tokenizer_class", "LlamaTokenizer"}}) == Ids{401, 64});
  CHECK(ids({{"tokenizer_class", "GemmaTokenizerFast"}}) == Ids{401, 64});
  CHECK(ids({{"tokenizer_class", "GPT2Tokenizer"}}) == Ids{64});
  CHECK(ids({{"tokenizer_class", "LlamaTokenizer"},
             {"add_bos_token", false}}) == Ids{64});
}

TEST_CASE("a token with a role is special even if its flags say otherwise") {
  Json json = shipped_json("cl100k");
  json["added_tokens"][1]["special"] = false;
  CHECK(TokenizerFolder(json).load()->decode({64, 402}, true) ==
        "a<|endoftext|>");
  Json config = {{"eos_token", {{"content", "<|endoftext|>"}}}};
  CHECK(TokenizerFolder(json, config).load()->decode({64, 402}, true) == "a");
  // of the model's own vocabulary, too
  config = {{"additional_special_tokens", {"b"}}};
  CHECK(TokenizerFolder(json, config).load()->decode({64, 65}, true) == "a");
}

// What is said about cl100k's tokenizer.json after `change`, without the path.
template <typename F>
std::string refusal(F&& change, const Json& config = {}) {
  Json json = shipped_json("cl100k");
  change(json);
  TokenizerFolder folder(json, config);
  std::string message = message_of<UserError>([&] { folder.load(); });
  std::string path = folder.path().string() + "/";
  REQUIRE(message.starts_with(path));
  return message.substr(path.size());
}

TEST_CASE("what is not supported is refused by its name") {
  auto with_type = [](const char* part, const char* type) {
    return refusal([=](Json& json) { json[part] = {{"type", type}}; });
  };
  CHECK(with_type("model", "WordLevel") ==
        "tokenizer.json: the model \"WordLevel\" is not supported yet");
  CHECK(with_type("normalizer", "Nmt") ==
        "tokenizer.json: the normalizer \"Nmt\" is not supported yet");
  CHECK(with_type("pre_tokenizer", "UnicodeScripts") ==
        "tokenizer.json: the pre_tokenizer \"UnicodeScripts\" is not supported "
        "yet");
  CHECK(with_type("post_processor", "Padding") ==
        "tokenizer.json: the post_processor \"Padding\" is not supported yet");
  CHECK(with_type("decoder", "BPEDecoder") ==
        "tokenizer.json: the decoder \"BPEDecoder\" is not supported yet");
  for (const char* key :
       {"continuing_subword_prefix", "dropout", "end_of_word_suffix"}) {
    CHECK(refusal([=](Json& json) {
            Json value = "</w>";
            if (key == std::string("dropout")) value = 0.1;
            json["model"][key] = value;
          }) == "tokenizer.json: BPE with \"" + std::string(key) +
                    "\" is not supported yet");
  }
}

TEST_CASE("contradictions between tokens are refused") {
  CHECK(refusal([](Json& json) { json["model"]["vocab"]["b"] = 64; }) ==
        "tokenizer.json: the tokens \"a\" and \"b\" have the same id 64");
  CHECK(refusal([](Json& json) { json["model"]["vocab"]["b"] = -1; }) ==
        "tokenizer.json: the token \"b\" has no valid id");
  CHECK(refusal([](Json& json) { json["added_tokens"][0]["id"] = 64; }) ==
        "tokenizer.json: the added token \"<|begin|>\" with id 64 contradicts "
        "another token");
  CHECK(refusal([](Json& json) { json["added_tokens"][0]["content"] = "a"; }) ==
        "tokenizer.json: the added token \"a\" with id 401 contradicts another "
        "token");
  CHECK(refusal([](Json& json) {
          json["added_tokens"][0]["content"] = "<|endoftext|>";
        }) ==
        "tokenizer.json: the added token \"<|endoftext|>\" with id 402 "
        "contradicts another token");
  CHECK(refusal([](Json& json) { json["added_tokens"][0]["id"] = 1 << 30; }) ==
        "tokenizer.json: an added token has the id 1073741824");
  CHECK(refusal([](Json& json) { json["added_tokens"][0]["content"] = ""; }) ==
        "tokenizer.json: the added token 401 is empty");
  CHECK(refusal([](Json& json) {
          json["post_processor"]["processors"][1]["special_tokens"]["<|begin|>"]
              ["ids"] = {77777};
        }) ==
        "tokenizer.json: the post_processor adds the id 77777, which has "
        "no token");
  Json config = Json::parse(R"({"added_tokens_decoder":{"7":{"content":"<|x|>",
      "special":true,"normalized":false,"single_word":false,"lstrip":false,
      "rstrip":false}}})");
  CHECK(refusal([](Json&) {}, config) ==
        "tokenizer_config.json: the added token \"<|x|>\" with id 7 "
        "contradicts another token");
}

TEST_CASE("a folder without a tokenizer is refused") {
  test::TemporaryFolder folder;
  CHECK(message_of<UserError>([&] { load_tokenizer(folder.path()); }) ==
        "no tokenizer.json and no tokenizer.model in " +
            folder.path().string());
}

}  // namespace
}  // namespace cdx
