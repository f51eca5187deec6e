#include "tokenizer/sentencepiece.h"

#include "tokenizer/sentencepiece_engine.h"
#include "tokenizer/tokenizer_support.h"
#include "util/errors.h"

#include <doctest/doctest.h>

// scripts/oracle/sentencepiece_models.py made the models and their goldens.
namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

void check(const char* name) {
  auto folder = test::kTokenizers / name;
  test::check_golden(*load_tokenizer(folder), folder / "golden.jsonl");
}

// spm_bpe's model with other files beside it.
class Folder {
 public:
  Folder() {
    std::filesystem::copy(test::kTokenizers / "spm_bpe/tokenizer.model",
                          folder_.path());
  }
  Folder& with(const char* name, std::string_view text) {
    test::write_text(folder_ / name, text);
    return *this;
  }
  std::unique_ptr<Tokenizer> load() const {
    return load_tokenizer(folder_.path());
  }
  std::string path() const { return folder_.path().string(); }

 private:
  test::TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("BPE with byte fallback, as Llama 2: ids and texts") {
  check("spm_bpe");
}

TEST_CASE("the same with one blank for the whole text (legacy: false)") {
  check("spm_bpe_once");
}

TEST_CASE("BPE without a blank at the front, as Gemma: ids and texts") {
  check("spm_gemma");
}

TEST_CASE("Unigram with a table of characters: ids and texts") {
  check("spm_unigram");
}

TEST_CASE("a text cut into words has the ids of the whole text") {
  SentencePieceModel model = parse_sentencepiece_model(
      read_file(test::kTokenizers / "spm_bpe/tokenizer.model"), "x");
  const SentencePieceEngine cutting(model, "x");
  // A piece with a blank inside forbids it; its score is too low to be used.
  model.pieces.push_back({"q\u2581q", -1e6, SentencePieceModel::Type::kNormal});
  const SentencePieceEngine whole(model, "x");
  std::string text =
      "  Once upon a time,   the\nsea \u2581said\u2581 \u2581 no";
  for (int i = 0; i < 10; ++i) text += text.substr(0, 200) + "  ";
  for (size_t size = 0; size <= text.size(); ++size) {
    if (size < text.size() && (text[size] & 0xC0) == 0x80) continue;
    Ids ours, theirs;
    cutting.encode(std::string_view(text).substr(0, size), ours);
    whole.encode(std::string_view(text).substr(0, size), theirs);
    REQUIRE(ours == theirs);
  }
}

TEST_CASE("bos and eos are added as tokenizer_config.json says") {
  const Ids plain = Folder().load()->encode("the sea", false);
  auto encoded = [](const char* config) {
    return Folder()
        .with("tokenizer_config.json", config)
        .load()
        ->encode("the sea", true);
  };
  auto around = [&](Ids ids, const Ids& after) {
    ids.insert(ids.end(), plain.begin(), plain.end());
    ids.insert(ids.end(), after.begin(), after.end());
    return ids;
  };
  CHECK(Folder().load()->encode("the sea", true) == around({1}, {}));
  CHECK(encoded("{}") == around({1}, {}));
  CHECK(encoded(R"({"add_bos_token": false})") == plain);
  CHECK(encoded(R"({"add_eos_token": true})") == around({1}, {2}));
  CHECK(encoded(R"({"bos_token": "</s>"})") == around({2}, {}));
  CHECK(encoded(R"({"bos_token": null})") == plain);
}

TEST_CASE("added tokens come from the older files where no newer one has any") {
  Folder folder;
  folder.with("added_tokens.json", R"({"<sep>": 700})")
      .with("special_tokens_map.json", R"({"pad_token": "<pad>", "bos_token":
          {"content": "[INST]", "single_word": false, "lstrip": false,
           "rstrip": false, "normalized": true, "special": true}})");
  auto tokenizer = folder.load();
  CHECK(tokenizer->vocab_size() == 622);
  CHECK(tokenizer->token_to_id("<sep>") == 700);
  CHECK(tokenizer->token_to_id("<pad>") == 701);  // the next free one
  CHECK(tokenizer->id_to_token(700) == "<sep>");
  CHECK(tokenizer->id_to_token(4) == "[/INST]");
  CHECK(!tokenizer->id_to_token(699));
  CHECK(!tokenizer->token_to_id("nothing"));
  Ids ids = tokenizer->encode("[INST]<sep><pad>", true);
  CHECK(ids == Ids{3, 3, 700, 701});
  CHECK(tokenizer->decode(ids, true) == "<sep>");
  // A newer file is the only one that counts then.
  folder.with("tokenizer_config.json", R"({"added_tokens_decoder": {"650":
      {"content": "<new>", "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": true, "special": false}}})");
  tokenizer = folder.load();
  CHECK(!tokenizer->token_to_id("<sep>"));
  CHECK(tokenizer->encode("<new>", true) == Ids{1, 650});
}

TEST_CASE(
    "control pieces are found in a text only when they are added tokens") {
  auto found = [](const Tokenizer& tokenizer) {
    Ids ids = tokenizer.encode("[INST]", false);
    return ids == Ids{3};
  };
  CHECK(!found(*Folder().load()));
  CHECK(found(*load_tokenizer(test::kTokenizers / "spm_bpe")));
}

TEST_CASE("contradicting added tokens are refused") {
  Folder folder;
  folder.with("added_tokens.json", R"({"<a>": 700, "<b>": 700})");
  CHECK(test::message_of<UserError>([&] { folder.load(); }) ==
        folder.path() +
            ": the added tokens \"<a>\" with id 700 and \"<b>\" with id 700 "
            "contradict one another");
  folder.with("added_tokens.json", R"({"<a>": -1})");
  CHECK(test::message_of<UserError>([&] { folder.load(); }) ==
        folder.path() + "/added_tokens.json: \"<a>\" has the id -1");
  folder.with("added_tokens.json", "[]");
  CHECK(test::message_of<UserError>([&] { folder.load(); }) ==
        folder.path() + "/added_tokens.json: no JSON object");
}

}  // namespace cdx
