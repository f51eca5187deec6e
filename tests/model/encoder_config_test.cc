#include "model/encoder_config.h"

#include "support.h"
#include "util/errors.h"
#include "util/json.h"

#include <doctest/doctest.h>

namespace cdx {
namespace {

using test::TemporaryFolder;
using test::write_text;

// Its JSON files were written by scripts/oracle/models.py.
const std::filesystem::path kSound = "tests/data/model/tiny-bert";

Json read(const std::string& file) {
  return parse_json_file(kSound / file);
}

// Refusal of the sound folder with one file replaced.
std::string refusal_of(const std::string& file, const Json& content) {
  const TemporaryFolder folder;
  std::filesystem::copy(kSound,
                        folder.path(),
                        std::filesystem::copy_options::recursive |
                            std::filesystem::copy_options::overwrite_existing);
  write_text(folder / file, dump_json(content));
  return test::message_of<UserError>(
      [&] { load_sentence_encoder_config(folder.path()); });
}

void check_refused(const std::string& file,
                   const Json& changes,
                   const std::string& part) {
  Json content = read(file);
  content.update(changes);
  const std::string message = refusal_of(file, content);
  INFO(message);
  CHECK(message.find(file) != std::string::npos);
  CHECK(message.find(part) != std::string::npos);
}

void check_modules_refused(const Json& modules, const std::string& part) {
  const std::string message = refusal_of("modules.json", modules);
  INFO(message);
  CHECK(message.find("modules.json") != std::string::npos);
  CHECK(message.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("a folder of sentence-transformers gives the encoder's sizes") {
  const SentenceEncoderConfig config = load_sentence_encoder_config(kSound);
  CHECK(config.max_seq_length == 32);
  CHECK(config.bert.vocab_size == 50);
  CHECK(config.bert.hidden_size == 18);
  CHECK(config.bert.intermediate_size == 26);
  CHECK(config.bert.num_hidden_layers == 2);
  CHECK(config.bert.num_attention_heads == 3);
  CHECK(config.bert.max_position_embeddings == 40);
  CHECK(config.bert.type_vocab_size == 2);
  CHECK(config.bert.layer_norm_eps == 1e-12);
}

TEST_CASE("other modules than Transformer, Pooling, Normalize are refused") {
  const Json sound = read("modules.json");
  Json modules = sound;
  modules.erase(2);
  check_modules_refused(modules, "\"Transformer, Pooling\"");
  modules = sound;
  modules.push_back({{"type", "x.Dense"}, {"path", "3_Dense"}});
  check_modules_refused(modules, "\"Transformer, Pooling, Normalize, Dense\"");
  modules = sound;
  modules[0]["path"] = "0_Transformer";
  check_modules_refused(modules, "in the folder itself");
  modules = sound;
  for (const char* path : {"..", "../other", "/etc", "a/b"}) {
    modules[1]["path"] = path;
    check_modules_refused(modules, "not a plain folder name");
  }
  check_modules_refused({{"a", 1}}, "no list of modules");
  check_modules_refused({{{"path", ""}}}, "\"type\" is missing");
}

TEST_CASE("other poolings than the mean are refused") {
  const std::string file = "1_Pooling/config.json";
  check_refused(file, {{"pooling_mode_mean_tokens", false}}, "only the mean");
  for (const char* mode : {"cls_token", "max_tokens", "mean_sqrt_len_tokens"}) {
    check_refused(file,
                  {{std::string("pooling_mode_") + mode, true}},
                  "only the mean of all tokens");
  }
  check_refused(file, {{"word_embedding_dimension", 384}}, "hidden_size is 18");
  const auto with_mode = [&](const char* mode) {
    return refusal_of(file,
                      {{"embedding_dimension", 18}, {"pooling_mode", mode}});
  };
  // As sentence-transformers 5.7.0 writes it.
  CHECK(with_mode("mean").empty());
  CHECK(with_mode("cls").find("only the mean") != std::string::npos);
  CHECK(refusal_of(file, {{"embedding_dimension", 18}}).find("only the mean") !=
        std::string::npos);
}

TEST_CASE("MPNet's table of positions begins with two rows for padding") {
  const SentenceEncoderConfig config =
      load_sentence_encoder_config("tests/data/model/tiny-mpnet");
  CHECK((config.bert.kind == BertKind::kMpnet));
  CHECK(config.bert.max_position_embeddings == 202);
  CHECK(config.max_seq_length == 200);
}

TEST_CASE("a causal model is a text encoder too") {
  const TextEncoderFacts gpt2 =
      text_encoder_facts("tests/data/model/tiny-gpt2");
  CHECK(gpt2.hidden_size == 24);
  CHECK_FALSE(gpt2.is_sentence_encoder);
  CHECK(gpt2.empty_text_id == 1);  // its bos_token_id
  const TextEncoderFacts bert = text_encoder_facts(kSound);
  CHECK(bert.hidden_size == 18);
  CHECK(bert.is_sentence_encoder);
}

TEST_CASE("other encoders than BERT with absolute positions are refused") {
  const std::string file = "config.json";
  check_refused(
      file, {{"model_type", "roberta"}}, "only \"bert\" and \"mpnet\"");
  check_refused(
      file, {{"position_embedding_type", "relative_key"}}, "absolute");
  check_refused(file, {{"hidden_act", "relu"}}, "gelu");
  check_refused(file, {{"is_decoder", true}}, "both ways");
  check_refused(file, {{"num_attention_heads", 4}}, "does not divide");
  check_refused(file, {{"hidden_size", 0}}, "must be from 1 to");
  check_refused(file, {{"layer_norm_eps", -1.0}}, "must be above 0");
  check_refused(
      file, {{"quantization_config", {{"bits", 4}}}}, "quantised weights");
}

TEST_CASE("texts may not be longer than the table of positions") {
  check_refused("sentence_bert_config.json",
                {{"max_seq_length", 41}},
                "must be from 1 to 40");
  check_refused(
      "sentence_bert_config.json", {{"max_seq_length", nullptr}}, "integer");
}

TEST_CASE("a folder of another kind is refused") {
  const auto refusal = [](const std::filesystem::path& folder) {
    return test::message_of<UserError>(
        [&] { load_sentence_encoder_config(folder); });
  };
  CHECK(refusal("no/such/encoder").find("no such model folder") !=
        std::string::npos);
  CHECK(refusal("tests/data/model/tiny-llama").find("sentence-transformers") !=
        std::string::npos);
}

}  // namespace cdx
