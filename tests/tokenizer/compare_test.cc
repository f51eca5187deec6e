#include "tokenizer/compare.h"

#include "tokenizer/tokenizer_support.h"
#include "util/errors.h"

#include <functional>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::TokenizerFolder;

bool has(const std::string& message, const std::string& part) {
  INFO(message);
  CHECK(message.find(part) != std::string::npos);
  return message.find(part) != std::string::npos;
}

// A byte-pair tokenizer with four pieces, a merge and three added tokens.
Json example() {
  return Json::parse(R"({
    "version": "1.0", "truncation": null, "padding": null,
    "added_tokens": [
      {"id": 4, "content": "<|end|>", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": false, "special": true},
      {"id": 5, "content": "<|extra_id_1|>", "single_word": false,
       "lstrip": false, "rstrip": false, "normalized": false, "special": false},
      {"id": 6, "content": "<|slot|>", "single_word": false,
       "lstrip": false, "rstrip": false, "normalized": false, "special": false}
    ],
    "normalizer": {"type": "NFC"},
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false,
                      "trim_offsets": true, "use_regex": true},
    "post_processor": null, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "dropout": null, "unk_token": null,
              "continuing_subword_prefix": null, "end_of_word_suffix": null,
              "fuse_unk": false, "byte_fallback": false,
              "vocab": {"a": 0, "b": 1, "ab": 2, "ba": 3},
              "merges": ["a b", "b a"]}})");
}

TokenizerIdentity identity(const Json& json) {
  const TokenizerFolder folder(json);
  return identity_of(*folder.load(), folder.path());
}

// Compares the example with the example after `change`.
PairComparison compare_changed(const std::function<void(Json&)>& change,
                               const RenamedPieces& declared = {}) {
  Json changed = example();
  change(changed);
  return compare_tokenizers(identity(example()), identity(changed), declared);
}

std::string difference(const std::function<void(Json&)>& change) {
  return compare_changed(change).difference;
}

}  // namespace

TEST_CASE("a tokenizer may be mixed with itself") {
  const PairComparison same = compare_changed([](Json&) {});
  CHECK(same.difference.empty());
  CHECK(same.renamed.empty());
  CHECK(same.shared_ids == 7);
}

TEST_CASE("what wraps a prompt and how a file spells it does not matter") {
  CHECK(difference([](Json& json) {
          json["model"]["merges"] = Json::parse(R"([["a", "b"], ["b", "a"]])");
          json["model"].erase("dropout");
          json["model"].erase("byte_fallback");
          json["model"]["end_of_word_suffix"] = "";
          json["normalizer"] = Json::parse(
              R"({"type": "Sequence", "normalizers": [{"type": "NFC"}]})");
          json["pre_tokenizer"] = Json::parse(
              R"({"trim_offsets": false, "add_prefix_space": false,
                  "type": "ByteLevel"})");
          json["added_tokens"][0]["special"] = false;
          json["decoder"] = nullptr;
        }) == "");
}

TEST_CASE("the first piece that differs is named") {
  has(difference([](Json& json) {
        json["model"]["vocab"] =
            Json::parse(R"({"a": 0, "b": 1, "ab": 3, "ba": 2})");
      }),
      R"(token 2 is "ab" in the one and "ba" in the other)");
  // Free slots may differ by declaration only, and ordinary pieces never.
  has(difference(
          [](Json& json) { json["added_tokens"][0]["content"] = "<x>"; }),
      R"(token 4 is "<|end|>" in the one and "<x>" in the other)");
  const auto rename = [](Json& json) {
    json["model"]["vocab"] =
        Json::parse(R"({"a": 0, "b": 1, "ab": 2, "c": 3})");
    json["model"]["merges"] = Json::parse(R"(["a b"])");
  };
  has(compare_changed(rename, {{"ba", "c"}}).difference,
      R"(token 3 is "ba" in the one and "c" in the other)");
}

TEST_CASE("a gap in the one and a piece in the other differ") {
  has(difference([](Json& json) { json["added_tokens"].erase(1); }),
      R"(token 5 is "<|extra_id_1|>" in the one and nothing in the other)");
}

TEST_CASE("slots that OLMo 3 names and declared ones may be renamed") {
  const PairComparison known = compare_changed(
      [](Json& json) { json["added_tokens"][1]["content"] = "<functions>"; });
  CHECK(known.difference == "");
  REQUIRE(known.renamed.size() == 1);
  CHECK(known.renamed[0].id == 5);
  CHECK(known.renamed[0].base == "<|extra_id_1|>");
  CHECK(known.renamed[0].instruct == "<functions>");
  const auto rename = [](Json& json) {
    json["added_tokens"][2]["content"] = "<mine>";
  };
  CHECK(compare_changed(rename).difference != "");
  CHECK(compare_changed(rename, {{"<|slot|>", "<mine>"}}).difference == "");
  CHECK(compare_changed(rename, {{"<|slot|>", "<other>"}}).difference != "");
}

TEST_CASE("ids that only one of the two has are padding") {
  const PairComparison shorter =
      compare_changed([](Json& json) { json["added_tokens"].erase(2); });
  CHECK(shorter.difference == "");
  CHECK(shorter.shared_ids == 6);
}

TEST_CASE("merges, model options, normaliser and pre-tokenizer must agree") {
  has(difference([](Json& json) {
        json["model"]["merges"] = Json::parse(R"(["b a", "a b"])");
      }),
      R"(merge 0 is "a b" in the one and "b a" in the other)");
  has(difference([](Json& json) {
        json["model"]["merges"] = Json::parse(R"(["a b"])");
      }),
      "the one has 2 merges and the other 1");
  has(difference([](Json& json) { json["model"]["ignore_merges"] = true; }),
      R"(the model's options is {} in the one and {"ignore_merges":true})");
  has(difference([](Json& json) { json["normalizer"] = nullptr; }),
      R"(the normalizer is {"type":"NFC"} in the one and null in the other)");
  has(difference(
          [](Json& json) { json["pre_tokenizer"]["use_regex"] = false; }),
      "the pre_tokenizer is ");
}

TEST_CASE("Metaspace is the same as Prepend and Replace in the normaliser") {
  Json legacy = example(), newer = example();
  legacy["normalizer"] = Json::parse(R"({"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "▁"},
      {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]})");
  legacy["pre_tokenizer"] = nullptr;
  newer["normalizer"] = nullptr;
  newer["pre_tokenizer"] = Json::parse(R"({"type": "Metaspace",
      "replacement": "▁", "prepend_scheme": "first", "split": false})");
  CHECK(compare_tokenizers(identity(legacy), identity(newer), {}).difference ==
        "");
  newer["pre_tokenizer"]["prepend_scheme"] = "never";
  CHECK(compare_tokenizers(identity(legacy), identity(newer), {}).difference !=
        "");
}

TEST_CASE("the shipped models may be mixed, other tokenizers not with them") {
  const auto shipped = [](const std::filesystem::path& folder) {
    return identity_of(*load_tokenizer(folder), folder);
  };
  const TokenizerIdentity base = shipped("data/models/fable/base");
  const TokenizerIdentity dpo = shipped("data/models/fable/dpo");
  CHECK(compare_tokenizers(base, dpo, {}).difference == "");
  const TokenizerIdentity gpt2 = shipped("tests/data/tokenizer/gpt2");
  has(compare_tokenizers(base, gpt2, {}).difference, "token 0 is ");
}

TEST_CASE("sentencepiece models are compared by their own rules") {
  const auto shipped = [](const char* name) {
    const std::filesystem::path folder = test::kTokenizers / name;
    return identity_of(*load_tokenizer(folder), folder);
  };
  const TokenizerIdentity bpe = shipped("spm_bpe");
  CHECK(bpe.kind == "sentencepiece");
  CHECK(compare_tokenizers(bpe, bpe, {}).difference == "");
  TokenizerIdentity other = bpe;
  other.rules[7] = "score -1, type 1";
  has(compare_tokenizers(bpe, other, {}).difference, "the score of token 7 is");
  other = shipped("spm_unigram");
  other.pieces = bpe.pieces;
  other.rules = bpe.rules;
  has(compare_tokenizers(bpe, other, {}).difference, "model's options is ");
  TokenizerIdentity json = bpe;
  json.kind = "BPE";
  has(compare_tokenizers(bpe, json, {}).difference, "cannot be compared");
}

TEST_CASE("ids beyond a gap are counted") {
  Json json = example();
  json["added_tokens"][2]["id"] = 40;
  const TokenizerFolder folder(json);
  const auto tokenizer = folder.load();
  CHECK(tokenizer->vocab_size() == 7);
  CHECK(id_end(*tokenizer) == 41);
}

}  // namespace cdx
