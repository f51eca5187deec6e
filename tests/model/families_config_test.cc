#include "model/config.h"
#include "support.h"
#include "util/errors.h"
#include "util/json.h"

#include <cmath>
#include <filesystem>

#include <doctest/doctest.h>

// What the families' configuration classes do in transformers 4.57.6, read in
// models/*/configuration_*.py.
namespace cdx {
namespace {

using test::TemporaryFolder;
using test::write_text;

Json sound(const std::string& family, const Json& changes = Json::object()) {
  Json config = {{"model_type", family},
                 {"vocab_size", 100},
                 {"hidden_size", 24},
                 {"intermediate_size", 32},
                 {"num_hidden_layers", 8},
                 {"num_attention_heads", 4},
                 {"eos_token_id", 3}};
  config.update(changes);
  return config;
}

ModelConfig load(const Json& config) {
  const TemporaryFolder folder;
  write_text(folder / "config.json", dump_json(config));
  return load_model_config(folder.path());
}

std::string refusal_of(const Json& config) {
  return test::message_of<UserError>([&] { load(config); });
}

// "S" for a sliding layer, "f" for a full one.
std::string pattern_of(const ModelConfig& config) {
  std::string pattern;
  for (const LayerType type : config.layer_types) {
    pattern += type == LayerType::kSlidingAttention ? 'S' : 'f';
  }
  return pattern;
}

}  // namespace

TEST_CASE("each family has its own pattern of sliding layers") {
  CHECK(pattern_of(load(sound("llama"))) == "ffffffff");
  CHECK(pattern_of(load(sound("mistral"))) == "SSSSSSSS");
  CHECK(load(sound("mistral")).sliding_window == 4096);
  const ModelConfig full =
      load(sound("mistral", {{"sliding_window", nullptr}}));
  CHECK(pattern_of(full) == "ffffffff");
  CHECK(full.sliding_window == 0);
  CHECK(pattern_of(load(sound("olmo3"))) == "SSSfSSSf");
  CHECK(pattern_of(load(sound("gemma2"))) == "SfSfSfSf");
  CHECK(pattern_of(load(sound("gemma3_text"))) == "SSSSSfSS");
  CHECK(pattern_of(load(sound("gemma3_text",
                              {{"sliding_window_pattern", 3}}))) == "SSfSSfSS");
  CHECK(pattern_of(load(sound(
            "gemma3_text", {{"_sliding_window_pattern", 2}}))) == "SfSfSfSf");
}

TEST_CASE("Qwen slides only where use_sliding_window says so") {
  const Json window = {{"sliding_window", 9}, {"max_window_layers", 5}};
  for (const char* family : {"qwen2", "qwen3"}) {
    CAPTURE(family);
    const ModelConfig off = load(sound(family, window));
    CHECK(pattern_of(off) == "ffffffff");
    CHECK(off.sliding_window == 0);
    Json on = sound(family, window);
    on["use_sliding_window"] = true;
    CHECK(pattern_of(load(on)) == "fffffSSS");
    CHECK(load(on).sliding_window == 9);
    Json contradiction = sound(family, window);
    contradiction["layer_types"] =
        std::vector<std::string>(8, "sliding_attention");
    CHECK(refusal_of(contradiction).find("use_sliding_window is false") !=
          std::string::npos);
  }
}

TEST_CASE("layer_types beats every pattern and must fit") {
  std::vector<std::string> types(8, "full_attention");
  types[2] = "sliding_attention";
  for (const char* family : {"olmo3", "gemma2", "gemma3_text", "mistral"}) {
    CHECK(pattern_of(load(sound(family, {{"layer_types", types}}))) ==
          "ffSfffff");
  }
  types.pop_back();
  CHECK(refusal_of(sound("gemma2", {{"layer_types", types}}))
            .find("a list of 8 (num_hidden_layers)") != std::string::npos);
  types.push_back("chunked_attention");
  CHECK(refusal_of(sound("gemma2", {{"layer_types", types}}))
            .find("\"chunked_attention\"") != std::string::npos);
}

TEST_CASE("Gemma's scores are scaled by query_pre_attn_scalar and capped") {
  const ModelConfig two = load(sound("gemma2"));
  CHECK(two.head_dim == 256);
  CHECK(two.attention_scale == 1 / std::sqrt(256.0));
  CHECK(two.attn_logit_softcapping == 50);
  CHECK(two.final_logit_softcapping == 30);
  CHECK((two.hidden_act == Activation::kGeluTanh));
  CHECK(two.tie_word_embeddings);
  const ModelConfig big = load(sound("gemma2",
                                     {{"query_pre_attn_scalar", 144},
                                      {"attn_logit_softcapping", nullptr},
                                      {"final_logit_softcapping", 7}}));
  CHECK(big.attention_scale == 1 / std::sqrt(144.0));
  CHECK(big.attn_logit_softcapping == 0);
  CHECK(big.final_logit_softcapping == 7);
  const ModelConfig three = load(sound("gemma3_text"));
  CHECK(three.attn_logit_softcapping == 0);
  CHECK(three.final_logit_softcapping == 0);
  CHECK(three.rope->rope_theta == 1e6);
  CHECK(three.sliding_rope->rope_theta == 1e4);
}

TEST_CASE("a Gemma 3 that sees pictures has its decoder in text_config") {
  const Json config = {
      {"model_type", "gemma3"},
      {"eos_token_id", {1, 106}},
      {"torch_dtype", "bfloat16"},
      {"text_config",
       {{"hidden_size", 2560},
        {"intermediate_size", 10240},
        {"num_hidden_layers", 34},
        {"rope_scaling", {{"factor", 8.0}, {"rope_type", "linear"}}},
        {"sliding_window", 1024}}}};
  const ModelConfig four = load(config);  // as google/gemma-3-4b-it has it
  CHECK(four.model_type == "gemma3_text");
  CHECK(four.vocab_size == 262208);
  CHECK(four.num_attention_heads == 8);
  CHECK(four.num_key_value_heads == 4);
  CHECK(four.head_dim == 256);
  CHECK(four.sliding_window == 1024);
  CHECK(four.rope->factor == 8);
  CHECK(four.sliding_rope->rope_type == "default");
  CHECK(four.eos_token_ids == std::vector<int32_t>{1, 106});
  CHECK(four.torch_dtype == "bfloat16");
  CHECK(refusal_of({{"model_type", "gemma3"}})
            .find("\"text_config\" is missing") != std::string::npos);
  CHECK(refusal_of({{"model_type", "gemma3"}, {"text_config", 3}})
            .find("no JSON object") != std::string::npos);
}

TEST_CASE("biases stand where the family has them") {
  const auto biases = [](const Json& config) {
    const ModelConfig read = load(config);
    return std::vector<bool>{
        read.attention_bias, read.attention_output_bias, read.mlp_bias};
  };
  using Biases = std::vector<bool>;
  const Json all = {{"attention_bias", true}, {"mlp_bias", true}};
  CHECK(biases(sound("llama", all)) == Biases{true, true, true});
  CHECK(biases(sound("llama")) == Biases{false, false, false});
  CHECK(biases(sound("qwen2")) == Biases{true, false, false});
  CHECK(biases(sound("qwen3", all)) == Biases{true, true, false});
  CHECK(biases(sound("olmo2", all)) == Biases{true, true, false});
  CHECK(refusal_of(sound("mistral", all)).find("\"attention_bias\"") !=
        std::string::npos);
}

TEST_CASE("OLMo 1 clips, with an eps that no key changes") {
  const ModelConfig plain = load(sound("olmo", {{"rms_norm_eps", 3.0}}));
  CHECK(plain.rms_norm_eps == 1e-5);
  CHECK(plain.clip_qkv == 0);
  CHECK(load(sound("olmo", {{"clip_qkv", 8.0}})).clip_qkv == 8);
  CHECK(load(sound("olmo2", {{"rms_norm_eps", 1e-6}})).rms_norm_eps == 1e-6);
  CHECK(refusal_of(sound("olmo", {{"clip_qkv", -1.0}})).find("\"clip_qkv\"") !=
        std::string::npos);
}

TEST_CASE("GPT-2's own words are understood") {
  const Json config = {{"model_type", "gpt2"},
                       {"vocab_size", 50257},
                       {"n_embd", 768},
                       {"n_layer", 12},
                       {"n_head", 12},
                       {"n_positions", 1024},
                       {"n_ctx", 1024}};
  const ModelConfig small = load(config);  // openai-community/gpt2
  CHECK(small.hidden_size == 768);
  CHECK(small.intermediate_size == 3072);
  CHECK(small.head_dim == 64);
  CHECK(small.max_position_embeddings == 1024);
  CHECK(small.rms_norm_eps == 1e-5);
  CHECK_FALSE(small.rope.has_value());
  CHECK(small.tie_word_embeddings);
  CHECK(small.eos_token_ids == std::vector<int32_t>{50256});
  for (const char* key :
       {"scale_attn_by_inverse_layer_idx", "reorder_and_upcast_attn"}) {
    Json variant = config;
    variant[key] = true;
    CHECK(refusal_of(variant).find(key) != std::string::npos);
  }
  Json unscaled = config;
  unscaled["scale_attn_weights"] = false;
  CHECK(refusal_of(unscaled).find("scale_attn_weights") != std::string::npos);
}

TEST_CASE("transformers 5 writes the same models in other words") {
  // Written by scripts/oracle/configs_v5.py, transformers 5.24.0.
  int64_t files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("tests/data/model/config_v5")) {
    const std::string name = entry.path().stem().string();
    CAPTURE(name);
    const ModelConfig ours = load_model_config("tests/data/model/" + name);
    CHECK((load(parse_json_file(entry.path())) == ours));
    ++files;
  }
  CHECK(files == 21);
}

}  // namespace cdx
