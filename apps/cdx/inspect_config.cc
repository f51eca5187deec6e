#include "inspect_config.h"

#include "util/json.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace cdx {
namespace {

// The values that change nothing are not worth telling.
struct SamplingKey {
  const char* key;
  Json neutral;
};

const std::array kSamplingKeys = {SamplingKey{"temperature", 1.0},
                                  SamplingKey{"top_p", 1.0},
                                  SamplingKey{"top_k", 0},
                                  SamplingKey{"min_p", 0.0},
                                  SamplingKey{"typical_p", 1.0},
                                  SamplingKey{"repetition_penalty", 1.0},
                                  SamplingKey{"no_repeat_ngram_size", 0},
                                  SamplingKey{"max_new_tokens", nullptr},
                                  SamplingKey{"max_length", nullptr}};

Json generation_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "generation_config.json";
  return std::filesystem::exists(path) ? parse_json_file(path) : Json::object();
}

bool names_id(const Json& file, int32_t id) {
  if (!file.is_object() || !file.contains("eos_token_id")) return false;
  const Json& value = file.at("eos_token_id");
  if (!value.is_array()) return value == id;
  return std::find(value.begin(), value.end(), Json(id)) != value.end();
}

std::string describe(const RopeConfig& rope) {
  std::string text = fmt::format("rotary, theta {}", rope.rope_theta);
  if (rope.rope_type != "default") {
    text += fmt::format(", {} scaling by {}", rope.rope_type, rope.factor);
    if (rope.original_max_position_embeddings > 0) {
      text += fmt::format(" from {}", rope.original_max_position_embeddings);
    }
  }
  return text;
}

std::string positions_of(const ModelConfig& config) {
  if (!config.rope) return "learned";
  std::string text = describe(*config.rope);
  if (config.sliding_rope && *config.sliding_rope != *config.rope) {
    text += "; in sliding layers: " + describe(*config.sliding_rope);
  }
  return text;
}

std::string attention_of(const ModelConfig& config) {
  std::string text = fmt::format("{} heads of {}, {} key/value heads",
                                 config.num_attention_heads,
                                 config.head_dim,
                                 config.num_key_value_heads);
  if (config.attn_logit_softcapping > 0) {
    text += fmt::format(", scores capped at {}", config.attn_logit_softcapping);
  }
  if (config.clip_qkv > 0) {
    text += fmt::format(", q, k, v clipped at {}", config.clip_qkv);
  }
  return text;
}

std::string window_of(const ModelConfig& config) {
  const auto sliding = std::count(config.layer_types.begin(),
                                  config.layer_types.end(),
                                  LayerType::kSlidingAttention);
  if (config.sliding_window == 0 || sliding == 0) return "none";
  return fmt::format("{} tokens in {} of {} layers",
                     config.sliding_window,
                     sliding,
                     config.num_hidden_layers);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> describe(
    const ModelConfig& config) {
  return {{"family", config.model_type},
          {"size",
           fmt::format("{} layers, hidden {}, intermediate {}",
                       config.num_hidden_layers,
                       config.hidden_size,
                       config.intermediate_size)},
          {"attention", attention_of(config)},
          {"positions", positions_of(config)},
          {"context", fmt::format("{} tokens", config.max_position_embeddings)},
          {"window", window_of(config)},
          {"vocabulary",
           fmt::format("{} columns, head {} the embedding",
                       config.vocab_size,
                       config.tie_word_embeddings ? "tied to" : "beside")},
          {"dtype",
           config.torch_dtype.value_or("that of the weights") +
               " (`dtype: auto`: this on a GPU, float32 on a CPU)"}};
}

std::vector<std::string> files_with_eos(const std::filesystem::path& folder,
                                        int32_t id) {
  std::vector<std::string> files;
  const Json config = parse_json_file(folder / "config.json");
  const bool nested = config.is_object() && config.contains("text_config") &&
                      names_id(config.at("text_config"), id);
  if (nested || names_id(config, id)) files.emplace_back("config.json");
  if (names_id(generation_config(folder), id)) {
    files.emplace_back("generation_config.json");
  }
  return files;
}

std::string unused_sampling(const std::filesystem::path& folder) {
  const Json config = generation_config(folder);
  std::string text;
  for (const SamplingKey& row : kSamplingKeys) {
    if (!config.is_object() || !config.contains(row.key)) continue;
    const Json& value = config.at(row.key);
    if (!value.is_number() || value == row.neutral) continue;
    text += fmt::format(
        "{}{} {}", text.empty() ? "" : ", ", row.key, dump_json(value));
  }
  return text;
}

std::string with_thousands(int64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string with_unit(int64_t bytes) {
  constexpr std::array kUnits = {"bytes", "kB", "MB", "GB", "TB"};
  auto size = static_cast<double>(bytes);
  size_t unit = 0;
  while (size >= 1000 && unit + 1 < kUnits.size()) {
    size /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} bytes", bytes)
                   : fmt::format("{:.1f} {}", size, kUnits[unit]);
}

}  // namespace cdx
