#include "model/families.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

// The default of transformers' configuration classes, 4.57.
const Json kLlama = {{"hidden_act", "silu"},
                     {"max_position_embeddings", 2048},
                     {"rms_norm_eps", 1e-6},
                     {"rope_theta", 1e4},
                     {"tie_word_embeddings", false},
                     {"bos_token_id", 1}};

Json with(Json defaults, const Json& changes) {
  defaults.update(changes);
  return defaults;
}

const Json kMistral = with(
    kLlama, {{"max_position_embeddings", 131072}, {"sliding_window", 4096}});

const Json kOlmo = with(
    kLlama,
    {{"rms_norm_eps", 1e-5}, {"pad_token_id", 1}, {"bos_token_id", nullptr}});

const Json kOlmo3 = with(kOlmo, {{"sliding_window", 4096}});

const Json kQwen = with(kLlama,
                        {{"max_position_embeddings", 32768},
                         {"sliding_window", 4096},
                         {"max_window_layers", 28},
                         {"use_sliding_window", false},
                         {"bos_token_id", nullptr}});

const Json kQwen3 = with(kQwen, {{"head_dim", 128}});

// Gemma's sizes may be absent: the larger Gemma 3 leave them out.
const Json kGemma2 = {{"vocab_size", 256000},
                      {"hidden_size", 2304},
                      {"intermediate_size", 9216},
                      {"num_hidden_layers", 26},
                      {"num_attention_heads", 8},
                      {"num_key_value_heads", 4},
                      {"head_dim", 256},
                      {"hidden_activation", "gelu_pytorch_tanh"},
                      {"max_position_embeddings", 8192},
                      {"rms_norm_eps", 1e-6},
                      {"rope_theta", 1e4},
                      {"tie_word_embeddings", true},
                      {"query_pre_attn_scalar", 256},
                      {"sliding_window", 4096},
                      {"attn_logit_softcapping", 50.0},
                      {"final_logit_softcapping", 30.0},
                      {"pad_token_id", 0},
                      {"bos_token_id", 2}};

const Json kGemma3 = with(kGemma2,
                          {{"vocab_size", 262208},
                           {"max_position_embeddings", 131072},
                           {"rope_theta", 1e6},
                           {"rope_local_base_freq", 1e4},
                           {"attn_logit_softcapping", nullptr},
                           {"final_logit_softcapping", nullptr}});

const Json kGpt2 = {{"activation_function", "gelu_new"},
                    {"n_positions", 1024},
                    {"layer_norm_epsilon", 1e-5},
                    {"tie_word_embeddings", true},
                    {"bos_token_id", 50256}};

const UnsupportedKey kNoWindow = {
    "sliding_window", nullptr, "this family has no sliding windows"};
const UnsupportedKey kNoBias = {
    "attention_bias",
    false,
    "this family has no such biases: check that model_type is right"};

void read_biases(const ConfigFile& file, ModelConfig& config) {
  config.attention_bias = file.flag("attention_bias", false);
  config.attention_output_bias = config.attention_bias;
}

void read_llama(const ConfigFile& file, ModelConfig& config) {
  read_biases(file, config);
  config.mlp_bias = file.flag("mlp_bias", false);
}

// layer_types of the file beat the family's own pattern.
template <typename IsSliding>
void read_layer_types(const ConfigFile& file,
                      const IsSliding& is_sliding,
                      ModelConfig& config) {
  const auto layers = static_cast<size_t>(config.num_hidden_layers);
  for (size_t i = 0; i < layers; ++i) {
    config.layer_types[i] = is_sliding(static_cast<int64_t>(i))
                                ? LayerType::kSlidingAttention
                                : LayerType::kFullAttention;
  }
  if (!file.has("layer_types")) return;
  const Json& types = file.json().at("layer_types");
  if (!types.is_array() || types.size() != layers) {
    file.fail("layer_types",
              fmt::format("must be a list of {} (num_hidden_layers)", layers));
  }
  for (size_t i = 0; i < layers; ++i) {
    if (types[i] != "full_attention" && types[i] != "sliding_attention") {
      file.fail("layer_types",
                "holds " + dump_json(types[i]).substr(0, 60) +
                    ", but only \"full_attention\" and \"sliding_attention\" "
                    "are supported");
    }
    config.layer_types[i] = types[i] == "full_attention"
                                ? LayerType::kFullAttention
                                : LayerType::kSlidingAttention;
  }
}

constexpr int64_t kMaxWindow = int64_t{1} << 40;

void read_window(const ConfigFile& file, ModelConfig& config) {
  for (const LayerType type : config.layer_types) {
    if (type != LayerType::kSlidingAttention) continue;
    config.sliding_window = file.size("sliding_window", kMaxWindow);
    return;
  }
}

void read_mistral(const ConfigFile& file, ModelConfig& config) {
  const bool slides = file.has("sliding_window");
  read_layer_types(
      file, [&](int64_t) { return slides; }, config);
  read_window(file, config);
}

void read_qwen_window(const ConfigFile& file, ModelConfig& config) {
  const bool slides =
      file.flag("use_sliding_window", false) && file.has("sliding_window");
  const int64_t first =
      json_int(file.json(), "max_window_layers", file.where());
  read_layer_types(
      file, [&](int64_t i) { return slides && i >= first; }, config);
  if (!file.flag("use_sliding_window", false) &&
      std::ranges::find(config.layer_types, LayerType::kSlidingAttention) !=
          config.layer_types.end()) {
    file.fail("layer_types",
              "holds \"sliding_attention\" while use_sliding_window is false");
  }
  read_window(file, config);
}

// Qwen2's biases are in the code, not in a key.
void read_qwen2(const ConfigFile& file, ModelConfig& config) {
  config.attention_bias = true;
  read_qwen_window(file, config);
}

void read_qwen3(const ConfigFile& file, ModelConfig& config) {
  read_biases(file, config);
  read_qwen_window(file, config);
}

void read_olmo(const ConfigFile& file, ModelConfig& config) {
  read_biases(file, config);
  config.rms_norm_eps = 1e-5;  // in the code, not in a key
  if (file.has("clip_qkv")) config.clip_qkv = file.positive("clip_qkv");
}

void read_olmo2(const ConfigFile& file, ModelConfig& config) {
  read_biases(file, config);
}

void read_olmo3(const ConfigFile& file, ModelConfig& config) {
  read_biases(file, config);
  read_layer_types(
      file, [](int64_t i) { return (i + 1) % 4 != 0; }, config);
  read_window(file, config);
}

void read_softcaps(const ConfigFile& file, ModelConfig& config) {
  const auto read = [&](const char* key) {
    return file.has(key) ? file.positive(key) : 0.0;
  };
  config.attn_logit_softcapping = read("attn_logit_softcapping");
  config.final_logit_softcapping = read("final_logit_softcapping");
}

void read_gemma(const ConfigFile& file, ModelConfig& config) {
  read_biases(file, config);
  read_softcaps(file, config);
  config.attention_scale =
      1 / std::sqrt(file.positive("query_pre_attn_scalar"));
}

void read_gemma2(const ConfigFile& file, ModelConfig& config) {
  read_gemma(file, config);
  read_layer_types(
      file, [](int64_t i) { return i % 2 == 0; }, config);
  read_window(file, config);
}

void read_gemma3(const ConfigFile& file, ModelConfig& config) {
  read_gemma(file, config);
  const char* key = file.has("_sliding_window_pattern")
                        ? "_sliding_window_pattern"
                        : "sliding_window_pattern";
  const int64_t pattern = file.size(key, kMaxWindow, 6);
  read_layer_types(
      file, [&](int64_t i) { return (i + 1) % pattern != 0; }, config);
  read_window(file, config);
}

void read_gpt2(const ConfigFile& file, ModelConfig& config) {
  if (!file.flag("scale_attn_weights", true)) {
    file.fail("scale_attn_weights", "is false, which is not supported");
  }
  config.attention_bias = true;
  config.attention_output_bias = true;
  config.mlp_bias = true;
}

constexpr int32_t kOlmoEos = 50279;

std::vector<Family> make_families() {
  const std::string scores =
      "this variant of the attention scores is not supported";
  return {
      {"llama", kLlama, 2, SlidingRope::kSame, {kNoWindow}, read_llama},
      {"mistral", kMistral, 2, SlidingRope::kSame, {kNoBias}, read_mistral},
      {"olmo", kOlmo, kOlmoEos, SlidingRope::kSame, {kNoWindow}, read_olmo},
      {"olmo2", kOlmo, kOlmoEos, SlidingRope::kSame, {kNoWindow}, read_olmo2},
      {"olmo3", kOlmo3, kOlmoEos, SlidingRope::kUnscaled, {}, read_olmo3},
      {"gemma2", kGemma2, 1, SlidingRope::kSame, {}, read_gemma2},
      {"gemma3_text", kGemma3, 1, SlidingRope::kLocal, {}, read_gemma3},
      {"qwen2", kQwen, {}, SlidingRope::kSame, {}, read_qwen2},
      {"qwen3", kQwen3, {}, SlidingRope::kSame, {}, read_qwen3},
      {"gpt2",
       kGpt2,
       50256,
       SlidingRope::kSame,
       {{"scale_attn_by_inverse_layer_idx", false, scores},
        {"reorder_and_upcast_attn", false, scores},
        {"add_cross_attention", false, "only decoders are supported"}},
       read_gpt2}};
}

}  // namespace

const std::vector<Family>& families() {
  static const std::vector<Family> kFamilies = make_families();
  return kFamilies;
}

}  // namespace cdx
