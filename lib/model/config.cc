#include "model/config.h"

#include "model/config_file.h"
#include "model/families.h"
#include "util/errors.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

// Above every published model, and low enough for products not to overflow.
constexpr int64_t kMaxWidth = int64_t{1} << 20;
constexpr int64_t kMaxVocabulary = int64_t{1} << 24;
constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxPositions = int64_t{1} << 27;

constexpr const char* kGemma3WithVision = "gemma3";

const Family& family_of(const ConfigFile& file) {
  const std::string type = file.text("model_type");
  const auto family = std::ranges::find(families(), type, &Family::model_type);
  if (family == families().end()) {
    file.fail("model_type",
              fmt::format("is {}, a family that is not supported: use a model "
                          "of one of these: {}",
                          dump_json(Json(type)),
                          fmt::join(supported_families(), ", ")));
  }
  return *family;
}

// What would change the logits and is not computed, in any family.
void refuse_unsupported(const ConfigFile& file) {
  const std::string experts =
      "mixtures of experts are not supported: use a dense model";
  const std::array keys = {
      UnsupportedKey{"quantization_config",
                     nullptr,
                     "quantised weights are not supported: use the checkpoint "
                     "that they were made from"},
      UnsupportedKey{"num_experts", nullptr, experts},
      UnsupportedKey{"num_local_experts", nullptr, experts},
      UnsupportedKey{"n_routed_experts", nullptr, experts},
      UnsupportedKey{"num_experts_per_tok", nullptr, experts},
      UnsupportedKey{"rope_interleaved",
                     false,
                     "only the half-split form of rotary embeddings is "
                     "supported: convert the checkpoint"},
      UnsupportedKey{"partial_rotary_factor",
                     1.0,
                     "partly rotated heads are not supported"},
      UnsupportedKey{"use_bidirectional_attention",
                     false,
                     "only causal attention is supported"}};
  file.refuse(keys);
}

Activation read_activation(const ConfigFile& file, const std::string& key) {
  const std::string name = file.text(key);
  if (name == "silu" || name == "swish") return Activation::kSilu;
  if (name == "gelu") return Activation::kGelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" ||
      name == "gelu_fast") {
    return Activation::kGeluTanh;
  }
  file.fail(key,
            "is " + dump_json(Json(name)) +
                ", but only silu, gelu, gelu_new, gelu_fast and "
                "gelu_pytorch_tanh are supported");
}

std::optional<std::string> read_dtype(const ConfigFile& file) {
  const std::string key = file.has("dtype") ? "dtype" : "torch_dtype";
  if (!file.has(key)) return std::nullopt;
  const std::string dtype = file.text(key);
  for (const char* known : {"float32", "bfloat16", "float16"}) {
    if (dtype == known) return dtype;
  }
  file.fail(key,
            "is " + dump_json(Json(dtype)) +
                ", but only float32, bfloat16 and float16 are supported");
}

int32_t checked_id(const Json& id,
                   const ConfigFile& file,
                   const std::string& key,
                   int64_t vocab_size) {
  const bool is_id = id.is_number_integer() && id.get<int64_t>() >= 0 &&
                     id.get<int64_t>() < vocab_size;
  if (!is_id) {
    file.fail(key,
              fmt::format("holds {}, which is no token id from 0 to {}",
                          dump_json(id).substr(0, 60),
                          vocab_size - 1));
  }
  return id.get<int32_t>();
}

// An id or a list of ids.
void add_eos_ids(const ConfigFile& file,
                 int64_t vocab_size,
                 std::vector<int32_t>& ids) {
  const std::string key = "eos_token_id";
  if (!file.has(key)) return;
  const Json& value = file.json().at(key);
  if (!value.is_array()) {
    ids.push_back(checked_id(value, file, key, vocab_size));
    return;
  }
  for (const Json& id : value) {
    ids.push_back(checked_id(id, file, key, vocab_size));
  }
}

// The union of both files'; the family's own where neither names any.
std::vector<int32_t> read_eos_ids(const ConfigFile& file,
                                  const std::filesystem::path& folder,
                                  const Family& family,
                                  int64_t vocab_size) {
  std::vector<int32_t> ids;
  add_eos_ids(file, vocab_size, ids);
  bool is_named = file.json().contains("eos_token_id");
  const std::filesystem::path path = folder / "generation_config.json";
  if (std::filesystem::exists(path)) {
    const ConfigFile generation(path);
    add_eos_ids(generation, vocab_size, ids);
    is_named = is_named || generation.json().contains("eos_token_id");
  }
  if (!is_named && family.eos_token_id) {
    ids.push_back(
        checked_id(*family.eos_token_id, file, "eos_token_id", vocab_size));
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// Old checkpoints write −1, or an id past the vocabulary, for "none".
std::optional<int32_t> read_id(const ConfigFile& file,
                               const std::string& key,
                               int64_t vocab_size) {
  const std::optional<int64_t> id =
      json_optional_int(file.json(), key, file.where());
  if (!id || *id < 0 || *id >= vocab_size) return std::nullopt;
  return static_cast<int32_t>(*id);
}

void read_sizes(const ConfigFile& file, ModelConfig& config) {
  config.vocab_size = file.size("vocab_size", kMaxVocabulary);
  config.hidden_size = file.size("hidden_size", kMaxWidth);
  config.intermediate_size = file.size("intermediate_size", kMaxWidth);
  config.num_hidden_layers = file.size("num_hidden_layers", kMaxLayers);
  const int64_t heads = file.size("num_attention_heads", kMaxWidth);
  config.num_attention_heads = heads;
  config.num_key_value_heads = file.size("num_key_value_heads", heads, heads);
  if (heads % config.num_key_value_heads != 0) {
    file.fail("num_key_value_heads",
              fmt::format("is {}, which does not divide num_attention_heads "
                          "({})",
                          config.num_key_value_heads,
                          heads));
  }
  if (!file.has("head_dim") && config.hidden_size % heads != 0) {
    file.fail("hidden_size",
              fmt::format("is {}, which num_attention_heads ({}) does not "
                          "divide, and there is no head_dim",
                          config.hidden_size,
                          heads));
  }
  config.head_dim =
      file.size("head_dim", kMaxWidth, config.hidden_size / heads);
}

// GPT-2's own words for what the others have too.
void rename_keys_of_gpt2(ConfigFile& file) {
  file.rename("n_embd", "hidden_size");
  file.rename("n_layer", "num_hidden_layers");
  file.rename("n_head", "num_attention_heads");
  file.rename("n_positions", "max_position_embeddings");
  file.rename("n_inner", "intermediate_size");
  file.rename("activation_function", "hidden_act");
  file.rename("layer_norm_epsilon", "rms_norm_eps");
  if (!file.has("intermediate_size")) {
    const int64_t hidden = file.size("hidden_size", kMaxWidth / 4);
    file.set("intermediate_size", 4 * hidden);
  }
}

void read_positions(const ConfigFile& file,
                    const Family& family,
                    ModelConfig& config) {
  config.max_position_embeddings =
      file.size("max_position_embeddings", kMaxPositions);
  if (family.model_type == "gpt2") return;
  if (config.head_dim % 2 != 0) {
    file.fail("head_dim",
              fmt::format("is {}, but rotary embeddings need an even one",
                          config.head_dim));
  }
  const RopeConfigs rope =
      read_rope(file, family.sliding_rope, config.max_position_embeddings);
  config.rope = rope.full;
  config.sliding_rope = rope.sliding;
}

void read_ids(const ConfigFile& file,
              const std::filesystem::path& folder,
              const Family& family,
              ModelConfig& config) {
  config.eos_token_ids = read_eos_ids(file, folder, family, config.vocab_size);
  config.bos_token_id = read_id(file, "bos_token_id", config.vocab_size);
  config.pad_token_id = read_id(file, "pad_token_id", config.vocab_size);
}

// The decoder of a model that sees pictures too has its keys in text_config,
// its ids and type outside.
ConfigFile decoder_of(const ConfigFile& file) {
  if (!file.has("text_config")) {
    file.fail("text_config", "is missing");
  }
  Json inner = file.json().at("text_config");
  const std::string where = file.where() + ": \"text_config\"";
  ConfigFile decoder(std::move(inner), where);
  decoder.set("model_type", std::string(kGemma3WithVision) + "_text");
  for (const char* key : {"eos_token_id", "dtype", "torch_dtype"}) {
    if (file.has(key)) decoder.set(key, file.json().at(key));
  }
  return decoder;
}

}  // namespace

std::vector<std::string> supported_families() {
  std::vector<std::string> names;
  for (const Family& family : families()) names.push_back(family.model_type);
  return names;
}

ModelConfig load_model_config(const std::filesystem::path& folder) {
  check_model_folder(folder);
  ConfigFile file(folder / "config.json");
  refuse_unsupported(file);
  if (file.text("model_type") == kGemma3WithVision) file = decoder_of(file);
  const Family& family = family_of(file);
  file.add_defaults(family.defaults);
  if (family.model_type == "gpt2") rename_keys_of_gpt2(file);
  refuse_unsupported(file);
  file.refuse(family.unsupported);
  ModelConfig config;
  config.model_type = family.model_type;
  read_sizes(file, config);
  read_positions(file, family, config);
  config.hidden_act = read_activation(
      file, file.has("hidden_activation") ? "hidden_activation" : "hidden_act");
  config.rms_norm_eps = file.positive("rms_norm_eps");
  config.attention_scale = 1 / std::sqrt(static_cast<double>(config.head_dim));
  config.layer_types.assign(static_cast<size_t>(config.num_hidden_layers),
                            LayerType::kFullAttention);
  config.tie_word_embeddings = file.flag("tie_word_embeddings", false);
  config.torch_dtype = read_dtype(file);
  read_ids(file, folder, family, config);
  family.read(file, config);
  return config;
}

}  // namespace cdx
