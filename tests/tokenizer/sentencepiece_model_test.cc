#include "tokenizer/sentencepiece_model.h"

#include "tokenizer/precompiled.h"
#include "tokenizer/sentencepiece.h"
#include "tokenizer/tokenizer_support.h"
#include "util/errors.h"

#include <cmath>
#include <cstring>
#include <functional>
#include <random>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Model = SentencePieceModel;

std::string shipped(const char* name) {
  return read_file(test::kTokenizers / name / "tokenizer.model");
}

Model shipped_model(const char* name) {
  return parse_sentencepiece_model(shipped(name), "x");
}

// What is said of a shipped model that `damage` has changed.
std::string refusal(const std::function<void(Model&)>& damage) {
  Model model = shipped_model("spm_unigram");
  damage(model);
  std::string message = test::message_of<WorldError>([&] {
    parse_sentencepiece_model(write_sentencepiece_model(model), "x");
  });
  const std::string before = "x: no sentencepiece model, or a damaged one (";
  const std::string after = "): download it again";
  if (!message.starts_with(before) || !message.ends_with(after)) return message;
  return message.substr(before.size(),
                        message.size() - before.size() - after.size());
}

// Nothing but an Error may come of loading and using this.
bool survives(const std::string& bytes) {
  test::TemporaryFolder folder;
  test::write_text(folder / "tokenizer.model", bytes);
  try {
    auto tokenizer = load_sentencepiece(folder.path());
    auto ids = tokenizer->encode("Ｏnce é\u0301 upon [INST] 一\n", true);
    tokenizer->decode(ids, false);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

TEST_CASE("a model is read and written as it is") {
  Model model = shipped_model("spm_bpe");
  CHECK(model.kind == Model::Kind::kBpe);
  CHECK(model.byte_fallback);
  CHECK(!model.normalizer.remove_extra_whitespaces);
  CHECK(model.normalizer.add_dummy_prefix);
  CHECK(model.normalizer.charsmap.empty());
  CHECK(model.pieces[0].text == "<unk>");
  CHECK(model.pieces[0].type == Model::Type::kUnknown);
  CHECK(model.pieces[3].text == "[INST]");
  CHECK(model.pieces[3].type == Model::Type::kControl);

  Model unigram = shipped_model("spm_unigram");
  CHECK(unigram.kind == Model::Kind::kUnigram);
  CHECK(!unigram.normalizer.charsmap.empty());
  CHECK(unigram.normalizer.remove_extra_whitespaces);
  CHECK(shipped_model("spm_gemma").bos_piece == "<bos>");

  const std::string once = write_sentencepiece_model(unigram);
  CHECK(write_sentencepiece_model(parse_sentencepiece_model(once, "x")) ==
        once);
  CHECK(parse_sentencepiece_model(once, "x").pieces[9].score ==
        unigram.pieces[9].score);
}

TEST_CASE("what the library would not survive is refused") {
  CHECK(refusal([](Model&) {}) == "");
  for (const std::string& text : {std::string(),
                                  std::string("\xFF"),
                                  std::string("a\0b", 3),
                                  std::string(4097, 'a')}) {
    CHECK(refusal([&](Model& m) { m.pieces[9].text = text; }) ==
          "the piece 9 is not a text");
  }
  CHECK(refusal([](Model& m) { m.pieces[9].score = NAN; }) ==
        "the piece 9 has the score nan");
  CHECK(refusal([](Model& m) { m.pieces[9].score = -INFINITY; }) ==
        "the piece 9 has the score -inf");
  CHECK(refusal([](Model& m) { m.pieces[9].type = Model::Type{7}; }) ==
        "the piece 9 has the type 7");
  CHECK(refusal([](Model& m) { m.pieces[9].text = m.pieces[1].text; }) ==
        "the piece \"<s>\" is there twice");
  CHECK(refusal([](Model& m) { m.pieces[0].type = Model::Type::kNormal; }) ==
        "it needs exactly one unknown piece");
  CHECK(refusal([](Model& m) { m.pieces.resize(4); }) ==
        "it has no pieces of text");
  CHECK(refusal([](Model& m) { m.byte_fallback = true; }) ==
        "it has 0 pieces for bytes");
  CHECK(refusal([](Model& m) { m.kind = Model::Kind{5}; }) ==
        "the model_type 5");
  CHECK(refusal([](Model& m) { m.unk_surface = std::string(1, '\xFF'); }) ==
        "the name of a special piece is not a text");
}

TEST_CASE("a table of characters that leads out of itself is refused") {
  Model model = shipped_model("spm_unigram");
  auto& charsmap = model.normalizer.charsmap;
  std::memset(charsmap.data() + 4, 0xFF, 4);
  CHECK(test::message_of<UserError>([&] {
          parse_sentencepiece_model(write_sentencepiece_model(model), "x");
        }) == "x: the precompiled_charsmap is damaged");
}

TEST_CASE("a file that is something else, or ends early, is refused") {
  const std::string good = shipped("spm_bpe");
  auto refused = [](const std::string& bytes) {
    return !test::message_of<WorldError>([&] {
              parse_sentencepiece_model(bytes, "x");
            }).empty();
  };
  CHECK(refused(""));
  CHECK(refused("{\"version\": \"1.0\"}"));
  CHECK(refused(std::string(1000, '\xFF')));
  CHECK(refused("version https://git-lfs.github.com/spec/v1\n"));
  CHECK(refused(good.substr(0, good.size() - 1)));
  CHECK(refused(good.substr(0, good.size() / 2)));
}

TEST_CASE("damaged files give an error or a tokenizer, never an abort") {
  std::mt19937 random(20250728);  // NOLINT: the same files every time
  int loaded = 0, refused = 0;
  for (const char* name : {"spm_bpe", "spm_unigram", "spm_gemma"}) {
    const std::string good = shipped(name);
    for (int i = 0; i < 100; ++i) {
      std::string bytes = good;
      for (int n = 1 + i % 4; n > 0; --n) {
        // Half of the places lie in the tables behind the pieces.
        size_t begin = n % 2 == 0 ? 0 : bytes.size() - 700;
        bytes[begin + random() % (bytes.size() - begin)] =
            static_cast<char>(random());
      }
      ++(survives(bytes) ? loaded : refused);
    }
  }
  CHECK(loaded > 30);
  CHECK(refused > 30);
}

}  // namespace cdx
