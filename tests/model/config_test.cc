#include "model/config.h"

#include "support.h"
#include "util/errors.h"
#include "util/json.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

using test::TemporaryFolder;
using test::write_text;

// A small sound config.json.
Json sound() {
  return {{"model_type", "llama"},
          {"vocab_size", 100},
          {"hidden_size", 24},
          {"intermediate_size", 32},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 4},
          {"eos_token_id", 3}};
}

Json sound_with(const Json& changes) {
  Json config = sound();
  config.update(changes);
  return config;
}

Json sound_without(const std::string& key) {
  Json config = sound();
  config.erase(key);
  return config;
}

ModelConfig load(const Json& config, const Json& generation = nullptr) {
  const TemporaryFolder folder;
  write_text(folder / "config.json", dump_json(config));
  if (!generation.is_null()) {
    write_text(folder / "generation_config.json", dump_json(generation));
  }
  return load_model_config(folder.path());
}

std::string refusal_of(const Json& config, const Json& generation = nullptr) {
  return test::message_of<UserError>([&] { load(config, generation); });
}

// The change makes the configuration be refused with the key and `part` in the
// message.
void check_refused(const std::string& key,
                   const Json& value,
                   const std::string& part) {
  const std::string message = refusal_of(sound_with({{key, value}}));
  INFO(key << ": " << message);
  CHECK(message.find("config.json") != std::string::npos);
  CHECK(message.find(fmt::format("\"{}\"", key)) != std::string::npos);
  CHECK(message.find(part) != std::string::npos);
}

}  // namespace

TEST_CASE("keys that are absent take transformers' defaults for Llama") {
  const ModelConfig config = load(sound());
  CHECK(config.model_type == "llama");
  CHECK(config.vocab_size == 100);
  CHECK(config.hidden_size == 24);
  CHECK(config.intermediate_size == 32);
  CHECK(config.num_hidden_layers == 2);
  CHECK(config.num_attention_heads == 4);
  CHECK(config.num_key_value_heads == 4);
  CHECK(config.head_dim == 6);
  // LlamaConfig of transformers 4.57.6.
  CHECK(config.max_position_embeddings == 2048);
  CHECK((config.hidden_act == Activation::kSilu));
  CHECK(config.rms_norm_eps == 1e-6);
  CHECK(config.rope->rope_theta == 1e4);
  CHECK_FALSE(config.tie_word_embeddings);
  CHECK_FALSE(config.torch_dtype.has_value());
  CHECK(config.eos_token_ids == std::vector<int32_t>{3});
  CHECK(config.bos_token_id == 1);
  CHECK_FALSE(config.pad_token_id.has_value());
  CHECK(load(sound_without("eos_token_id")).eos_token_ids ==
        std::vector<int32_t>{2});
}

TEST_CASE("keys that are present are taken as they are") {
  const ModelConfig config = load(sound_with({{"num_key_value_heads", 2},
                                              {"head_dim", 10},
                                              {"max_position_embeddings", 77},
                                              {"rms_norm_eps", 1e-5},
                                              {"rope_theta", 500000},
                                              {"tie_word_embeddings", true},
                                              {"torch_dtype", "bfloat16"},
                                              {"bos_token_id", 0},
                                              {"pad_token_id", 99}}));
  CHECK(config.num_key_value_heads == 2);
  CHECK(config.head_dim == 10);
  CHECK(config.max_position_embeddings == 77);
  CHECK(config.rms_norm_eps == 1e-5);
  CHECK(config.rope->rope_theta == 5e5);
  CHECK(config.tie_word_embeddings);
  CHECK(config.torch_dtype == "bfloat16");
  CHECK(config.bos_token_id == 0);
  CHECK(config.pad_token_id == 99);
}

TEST_CASE("null is the same as absent") {
  Json config = sound();
  for (const char* key : {"num_key_value_heads",
                          "head_dim",
                          "rope_scaling",
                          "rope_parameters",
                          "quantization_config",
                          "torch_dtype",
                          "sliding_window",
                          "num_experts"}) {
    config[key] = nullptr;
  }
  CHECK(load(config).head_dim == 6);
  config["bos_token_id"] = nullptr;
  CHECK_FALSE(load(config).bos_token_id.has_value());
}

TEST_CASE("both spellings of transformers are read, real folders included") {
  const Json five = {
      {"dtype", "float16"},
      {"rope_parameters", {{"rope_theta", 250.0}, {"rope_type", "default"}}}};
  CHECK(load(sound_with(five)).torch_dtype == "float16");
  CHECK(load(sound_with(five)).rope->rope_theta == 250);
  const Json four = {{"rope_scaling", {{"type", "default"}}},
                     {"rope_theta", 300.0}};
  CHECK(load(sound_with(four)).rope->rope_theta == 300);
  // Written by scripts/oracle/models.py.
  const ModelConfig v4 = load_model_config("tests/data/model/tiny-llama");
  CHECK(v4.torch_dtype == "float32");
  CHECK(v4.eos_token_ids == std::vector<int32_t>{2, 5});
  const ModelConfig v5 = load_model_config("tests/data/model/tiny-llama-tied");
  CHECK(v5.torch_dtype == "float32");
  CHECK(v5.rope->rope_theta == 500);
  CHECK(v5.head_dim == 10);
  CHECK(v5.tie_word_embeddings);
}

TEST_CASE("end tokens are the union of both files'") {
  using Ids = std::vector<int32_t>;
  const Json generation = {{"eos_token_id", {7, 3, 5}}};
  CHECK(load(sound(), generation).eos_token_ids == Ids{3, 5, 7});
  CHECK(
      load(sound_with({{"eos_token_id", nullptr}}), generation).eos_token_ids ==
      Ids{3, 5, 7});
  CHECK(load(sound_without("eos_token_id"), generation).eos_token_ids ==
        Ids{3, 5, 7});
  CHECK(load(sound_with({{"eos_token_id", {9, 9}}})).eos_token_ids == Ids{9});
  CHECK(load(sound_with({{"eos_token_id", nullptr}})).eos_token_ids.empty());
}

TEST_CASE("ids outside the vocabulary are refused as end tokens") {
  check_refused("eos_token_id", 100, "no token id from 0 to 99");
  check_refused("eos_token_id", -1, "no token id");
  check_refused("eos_token_id", {1, "2"}, "no token id");
  check_refused("eos_token_id", 1.5, "no token id");
  check_refused("eos_token_id", uint64_t{1} << 63, "no token id");
  const std::string message = refusal_of(sound(), {{"eos_token_id", 100}});
  CHECK(message.find("generation_config.json") != std::string::npos);
  // Old Llama folders write −1 or the vocabulary's size for no padding.
  CHECK_FALSE(load(sound_with({{"pad_token_id", -1}})).pad_token_id);
  CHECK_FALSE(load(sound_with({{"pad_token_id", 100}})).pad_token_id);
}

TEST_CASE("sizes that are missing or cannot be are refused by name") {
  for (const char* key : {"vocab_size",
                          "hidden_size",
                          "intermediate_size",
                          "num_hidden_layers",
                          "num_attention_heads"}) {
    CAPTURE(key);
    const std::string missing = refusal_of(sound_without(key));
    CHECK(missing.find(fmt::format("\"{}\" is missing", key)) !=
          std::string::npos);
    check_refused(key, 0, "must be from 1 to");
    check_refused(key, -8, "must be from 1 to");
    check_refused(key, int64_t{1} << 62, "must be from 1 to");
    check_refused(key, 2.5, "must be an integer");
    check_refused(key, "24", "must be an integer");
  }
  check_refused("num_key_value_heads", 3, "does not divide");
  check_refused("num_key_value_heads", 8, "must be from 1 to 4");
  check_refused("hidden_size", 26, "there is no head_dim");
  check_refused("head_dim", 5, "need an even one");
  check_refused("head_dim", 0, "must be from 1 to");
  check_refused("max_position_embeddings", 0, "must be from 1 to");
  check_refused("rms_norm_eps", 0.0, "must be above 0");
  check_refused("rms_norm_eps", "1e-6", "must be a number");
  check_refused("rope_theta", -1e4, "must be above 0");
  CHECK(refusal_of(sound_with({{"rope_parameters", {{"rope_theta", 0.0}}}}))
            .find("\"rope_parameters\" has a rope_theta of 0, but it must be "
                  "above 0") != std::string::npos);
  check_refused("rope_parameters", {{"rope_theta", "1e4"}}, "rope_theta");
  check_refused("tie_word_embeddings", "no", "must be true or false");
}

TEST_CASE("other families and what changes the logits are refused by name") {
  check_refused("model_type", "mixtral", "one of these: llama, mistral");
  check_refused("model_type", "Llama", "one of these: llama");
  check_refused("hidden_act", "relu", "only silu, gelu");
  check_refused("torch_dtype", "float8_e4m3fn", "only float32, bfloat16");
  check_refused("dtype", "int8", "only float32, bfloat16");
  check_refused(
      "quantization_config", {{"quant_method", "gptq"}}, "quantised weights");
  for (const char* key : {"num_experts",
                          "num_local_experts",
                          "n_routed_experts",
                          "num_experts_per_tok"}) {
    check_refused(key, 8, "experts");
  }
  check_refused("sliding_window", 4096, "no sliding windows");
  check_refused("rope_interleaved", true, "half-split");
  check_refused("partial_rotary_factor", 0.5, "partly rotated");
  check_refused("use_bidirectional_attention", true, "causal");
  CHECK(load(sound_with({{"attention_bias", false},
                         {"partial_rotary_factor", 1},
                         {"rope_interleaved", false}}))
            .head_dim == 6);
}

TEST_CASE("scalings of rotary embeddings that are unknown are refused") {
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    for (const char* type : {"dynamic", "longrope", "proportional"}) {
      const std::string part = fmt::format("\"{}\" scaling", type);
      check_refused(key, {{"rope_type", type}, {"factor", 8.0}}, part);
      check_refused(key, {{"type", type}, {"factor", 8.0}}, part);
    }
    check_refused(key, {{"type", "linear"}}, "has no \"factor\"");
    check_refused(key, {{"type", "yarn"}, {"factor", -1}}, "above 0");
    check_refused(
        key, {{"rope_type", "llama3"}, {"factor", 8}}, "low_freq_factor");
    check_refused(key,
                  {{"rope_type", "llama3"},
                   {"factor", 8},
                   {"low_freq_factor", 4},
                   {"high_freq_factor", 4},
                   {"original_max_position_embeddings", 16}},
                  "high_freq_factor above");
    check_refused(key,
                  {{"full_attention", {{"rope_theta", 1e4}}},
                   {"sliding_attention", {{"rope_theta", 1e4}}}},
                  "differs between layers");
    check_refused(key, {{"partial_rotary_factor", 0.25}}, "partly rotated");
    check_refused(key, 8, "is no object");
  }
}

TEST_CASE("folders that hold no model say so") {
  const TemporaryFolder folder;
  const auto refusal = [&] {
    return test::message_of<UserError>(
        [&] { load_model_config(folder.path()); });
  };
  CHECK(refusal().find("config.json: no such file") != std::string::npos);
  write_text(folder / "config.json", "[1]");
  CHECK(refusal().find("holds no JSON object") != std::string::npos);
  write_text(folder / "config.json", "{\"model_type\": \"llama\"");
  CHECK(refusal().find("not valid JSON") != std::string::npos);
  write_text(folder / "config.json", "{}");
  CHECK(refusal().find("\"model_type\" is missing") != std::string::npos);
  write_text(folder / "adapter_config.json", "{}");
  CHECK(refusal().find("adapter") != std::string::npos);
  CHECK(test::message_of<UserError>([] {
          load_model_config("no/such/model");
        }).find("no/such/model: no such model folder") == 0);
}

}  // namespace cdx
