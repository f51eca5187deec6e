#include "model/config.h"

#include "model/config_file.h"
#include "util/errors.h"

#include <algorithm>
#include <array>
#include <limits>

#include <fmt/format.h>

namespace cdx {
namespace {

// Above every published model, and low enough for products not to overflow.
constexpr int64_t kMaxWidth = int64_t{1} << 20;
constexpr int64_t kMaxVocabulary = int64_t{1} << 24;
constexpr int64_t kMaxLayers = 4096;
constexpr int64_t kMaxPositions = int64_t{1} << 27;

// What transformers assumes when config.json does not have the key.
struct Family {
  std::string model_type;
  std::string hidden_act;
  int64_t max_position_embeddings;
  double rms_norm_eps;
  double rope_theta;
  bool tie_word_embeddings;
  int32_t bos_token_id;
  int32_t eos_token_id;
};

// A family is a row here and an assembling function (llama.cc).
const std::array kFamilies = {Family{.model_type = "llama",
                                     .hidden_act = "silu",
                                     .max_position_embeddings = 2048,
                                     .rms_norm_eps = 1e-6,
                                     .rope_theta = 1e4,
                                     .tie_word_embeddings = false,
                                     .bos_token_id = 1,
                                     .eos_token_id = 2}};

std::string family_names() {
  std::string names;
  for (const Family& family : kFamilies) {
    names += (names.empty() ? "" : ", ") + family.model_type;
  }
  return names;
}

const Family& family_of(const ConfigFile& file) {
  const std::string type = file.text("model_type");
  const auto family = std::ranges::find(kFamilies, type, &Family::model_type);
  if (family == kFamilies.end()) {
    file.fail("model_type",
              fmt::format("is {}, a family that is not supported: use a model "
                          "of one of these: {}",
                          dump_json(Json(type)),
                          family_names()));
  }
  return *family;
}

// What would change the logits and is not computed.
void refuse_unsupported(const ConfigFile& file) {
  const std::string experts =
      "mixtures of experts are not supported: use a dense model";
  const std::string biases = "biases are not supported: use a model without";
  const std::array keys = {
      UnsupportedKey{"quantization_config",
                     nullptr,
                     "quantised weights are not supported: use the checkpoint "
                     "that they were made from"},
      UnsupportedKey{"attention_bias", false, biases},
      UnsupportedKey{"mlp_bias", false, biases},
      UnsupportedKey{"num_experts", nullptr, experts},
      UnsupportedKey{"num_local_experts", nullptr, experts},
      UnsupportedKey{"n_routed_experts", nullptr, experts},
      UnsupportedKey{"num_experts_per_tok", nullptr, experts},
      UnsupportedKey{"sliding_window",
                     nullptr,
                     "sliding windows are not supported in this family"},
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

void refuse_rope_scaling(const ConfigFile& file, const std::string& key) {
  const Json& rope = file.json().at(key);
  if (!rope.is_object()) file.fail(key, "is no object");
  const std::string where = file.where() + ": \"" + key + "\"";
  for (const auto& [name, value] : rope.items()) {
    if (value.is_object()) {
      file.fail(key,
                "differs between layers (" + dump_json(Json(name)) +
                    "), which is not supported in this family");
    }
  }
  for (const char* name : {"rope_type", "type"}) {
    const auto type = json_optional_string(rope, name, where);
    if (!type || *type == "default") continue;
    file.fail(key,
              "asks for " + dump_json(Json(*type)) +
                  " scaling of rotary embeddings, which is not supported: use "
                  "a model without");
  }
  const double rotated =
      json_optional_double(rope, "partial_rotary_factor", where).value_or(1.0);
  if (rotated != 1.0) {
    file.fail(key, "asks for partly rotated heads, which are not supported");
  }
}

// transformers 4 writes rope_theta and rope_scaling, transformers 5
// rope_parameters with rope_theta inside.
double read_rope_theta(const ConfigFile& file, const Family& family) {
  if (file.has("rope_scaling")) refuse_rope_scaling(file, "rope_scaling");
  double theta = file.positive("rope_theta", family.rope_theta);
  if (file.has("rope_parameters")) {
    refuse_rope_scaling(file, "rope_parameters");
    const std::string where = file.where() + ": \"rope_parameters\"";
    theta = json_optional_double(
                file.json().at("rope_parameters"), "rope_theta", where)
                .value_or(theta);
  }
  if (!(theta > 0) || theta > std::numeric_limits<float>::max()) {
    file.fail("rope_theta", fmt::format("is {}, but must be above 0", theta));
  }
  return theta;
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

std::vector<int32_t> read_eos_ids(const ConfigFile& file,
                                  const std::filesystem::path& folder,
                                  const ModelConfig& config,
                                  const Family& family) {
  std::vector<int32_t> ids;
  add_eos_ids(file, config.vocab_size, ids);
  bool is_named = file.json().contains("eos_token_id");
  const std::filesystem::path path = folder / "generation_config.json";
  if (std::filesystem::exists(path)) {
    const ConfigFile generation(path);
    add_eos_ids(generation, config.vocab_size, ids);
    is_named = is_named || generation.json().contains("eos_token_id");
  }
  if (!is_named) {
    ids.push_back(checked_id(
        family.eos_token_id, file, "eos_token_id", config.vocab_size));
  }
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

// Old checkpoints write −1, or an id past the vocabulary, for "none".
std::optional<int32_t> read_id(const ConfigFile& file,
                               const std::string& key,
                               int64_t vocab_size,
                               std::optional<int32_t> fallback) {
  if (!file.json().contains(key)) return fallback;
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
  if (config.head_dim % 2 != 0) {
    file.fail("head_dim",
              fmt::format("is {}, but rotary embeddings need an even one",
                          config.head_dim));
  }
}

}  // namespace

ModelConfig load_model_config(const std::filesystem::path& folder) {
  check_model_folder(folder);
  const ConfigFile file(folder / "config.json");
  const Family& family = family_of(file);
  refuse_unsupported(file);
  ModelConfig config;
  config.model_type = family.model_type;
  read_sizes(file, config);
  config.max_position_embeddings = file.size(
      "max_position_embeddings", kMaxPositions, family.max_position_embeddings);
  config.hidden_act = file.text("hidden_act", family.hidden_act);
  if (config.hidden_act != "silu") {
    file.fail("hidden_act",
              "is " + dump_json(Json(config.hidden_act)) +
                  ", but only \"silu\" is supported in this family");
  }
  config.rms_norm_eps = file.positive("rms_norm_eps", family.rms_norm_eps);
  config.rope_theta = read_rope_theta(file, family);
  config.tie_word_embeddings =
      file.flag("tie_word_embeddings", family.tie_word_embeddings);
  config.torch_dtype = read_dtype(file);
  config.eos_token_ids = read_eos_ids(file, folder, config, family);
  config.bos_token_id =
      read_id(file, "bos_token_id", config.vocab_size, family.bos_token_id);
  config.pad_token_id =
      read_id(file, "pad_token_id", config.vocab_size, std::nullopt);
  return config;
}

}  // namespace cdx
