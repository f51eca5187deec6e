#include "model/encoder_config.h"

#include "model/config.h"
#include "model/config_file.h"
#include "util/errors.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr int64_t kMaxWidth = int64_t{1} << 16;
constexpr int64_t kMaxVocabulary = int64_t{1} << 24;
constexpr int64_t kMaxLayers = 1024;

struct Module {
  std::string kind;  // "Pooling": the last part of its Python class
  std::string path;  // its folder inside the model's
};

std::vector<Module> read_modules(const std::filesystem::path& path) {
  const std::string where = path.string();
  if (!std::filesystem::exists(path)) {
    throw UserError(where +
                    ": no such file: a sentence encoder needs the layout of "
                    "sentence-transformers");
  }
  const Json list = parse_json_file(path);
  if (!list.is_array()) throw UserError(where + ": is no list of modules");
  std::vector<Module> modules;
  for (const Json& item : list) {
    const std::string type = json_string(item, "type", where);
    modules.push_back(
        {type.substr(type.rfind('.') + 1), json_string(item, "path", where)});
  }
  return modules;
}

// Returns the folder of the pooling's configuration.
std::filesystem::path check_modules(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "modules.json";
  const std::vector<Module> modules = read_modules(path);
  std::string kinds;
  for (const Module& module : modules) {
    kinds += (kinds.empty() ? "" : ", ") + module.kind;
  }
  if (kinds != "Transformer, Pooling, Normalize" || !modules[0].path.empty()) {
    throw UserError(fmt::format(
        "{}: the modules are {}, but only Transformer (in the folder itself), "
        "Pooling, Normalize are supported: use all-MiniLM-L6-v2 or an encoder "
        "built like it",
        path.string(),
        dump_json(Json(kinds)).substr(0, 200)));
  }
  const std::filesystem::path pooling = modules[1].path;
  if (pooling.is_absolute() || pooling.has_parent_path() || pooling == "..") {
    throw UserError(path.string() + ": the path of Pooling, " +
                    dump_json(Json(modules[1].path)) +
                    ", is not a plain folder name");
  }
  return folder / pooling;
}

// Older folders have a truth value for each mode of pooling, newer ones name
// the mode.
void check_pooling(const ConfigFile& file, int64_t hidden_size) {
  const char* only_mean = "is not supported: only the mean of all tokens is";
  for (const auto& [key, value] : file.json().items()) {
    if (!key.starts_with("pooling_mode_")) continue;
    if (file.flag(key, false) != (key == "pooling_mode_mean_tokens")) {
      file.fail(key, only_mean);
    }
  }
  const bool is_old = file.has("pooling_mode_mean_tokens");
  if (file.text("pooling_mode", is_old ? "mean" : "") != "mean") {
    file.fail("pooling_mode", only_mean);
  }
  const bool has_old_width = file.has("word_embedding_dimension");
  const std::string key =
      has_old_width ? "word_embedding_dimension" : "embedding_dimension";
  const int64_t width = file.size(key, kMaxWidth);
  if (width != hidden_size) {
    file.fail(
        key,
        fmt::format(
            "is {}, but the model's hidden_size is {}", width, hidden_size));
  }
}

// MPNet's first token has position 2: its padding token counts as position 1.
constexpr int64_t kMpnetFirstPosition = 2;
// transformers computes with 32 whatever the key says.
constexpr int64_t kMpnetBuckets = 32;

BertKind read_kind(const ConfigFile& file) {
  const std::string type = file.text("model_type");
  if (type == "bert") return BertKind::kBert;
  if (type == "mpnet") return BertKind::kMpnet;
  file.fail("model_type",
            "is " + dump_json(Json(type)) +
                ", but only \"bert\" and \"mpnet\" are supported as sentence "
                "encoders: use all-MiniLM-L6-v2, all-mpnet-base-v2 or an "
                "encoder built like them");
}

BertConfig read_bert(const ConfigFile& file) {
  const BertKind kind = read_kind(file);
  const std::array keys = {
      UnsupportedKey{"position_embedding_type",
                     "absolute",
                     "only absolute positions are supported"},
      UnsupportedKey{"hidden_act", "gelu", "only \"gelu\" is supported"},
      UnsupportedKey{
          "is_decoder", false, "only attention both ways is supported"},
      UnsupportedKey{"quantization_config",
                     nullptr,
                     "quantised weights are not supported: use the checkpoint "
                     "that they were made from"}};
  file.refuse(keys);
  BertConfig config;
  config.kind = kind;
  config.vocab_size = file.size("vocab_size", kMaxVocabulary);
  config.hidden_size = file.size("hidden_size", kMaxWidth);
  config.intermediate_size = file.size("intermediate_size", kMaxWidth);
  config.num_hidden_layers = file.size("num_hidden_layers", kMaxLayers);
  config.num_attention_heads =
      file.size("num_attention_heads", config.hidden_size);
  if (config.hidden_size % config.num_attention_heads != 0) {
    file.fail("num_attention_heads",
              fmt::format("is {}, which does not divide hidden_size ({})",
                          config.num_attention_heads,
                          config.hidden_size));
  }
  config.max_position_embeddings =
      file.size("max_position_embeddings", kMaxVocabulary);
  if (kind == BertKind::kBert) {
    config.type_vocab_size = file.size("type_vocab_size", kMaxVocabulary);
  }
  if (kind == BertKind::kMpnet &&
      file.size("relative_attention_num_buckets", 1024, kMpnetBuckets) !=
          kMpnetBuckets) {
    file.fail("relative_attention_num_buckets",
              "is not 32, which is all that transformers computes with");
  }
  config.layer_norm_eps = file.positive("layer_norm_eps", 1e-12);
  return config;
}

}  // namespace

bool is_sentence_encoder(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / "modules.json");
}

SentenceEncoderConfig load_sentence_encoder_config(
    const std::filesystem::path& folder) {
  check_model_folder(folder);
  const std::filesystem::path pooling = check_modules(folder);
  SentenceEncoderConfig config;
  config.bert = read_bert(ConfigFile(folder / "config.json"));
  check_pooling(ConfigFile(pooling / "config.json"), config.bert.hidden_size);
  const ConfigFile file(folder / "sentence_bert_config.json");
  const int64_t first =
      config.bert.kind == BertKind::kMpnet ? kMpnetFirstPosition : 0;
  config.max_seq_length = file.size(
      "max_seq_length",
      std::max<int64_t>(config.bert.max_position_embeddings - first, 1));
  return config;
}

TextEncoderFacts text_encoder_facts(const std::filesystem::path& folder) {
  if (is_sentence_encoder(folder)) {
    const SentenceEncoderConfig config = load_sentence_encoder_config(folder);
    return {.hidden_size = config.bert.hidden_size,
            .is_sentence_encoder = true,
            .max_tokens = config.max_seq_length};
  }
  const ModelConfig config = load_model_config(folder);
  TextEncoderFacts facts{.hidden_size = config.hidden_size,
                         .max_tokens = std::min(config.max_position_embeddings,
                                                kLastTokenMaxTokens),
                         .empty_text_id = config.bos_token_id};
  if (!facts.empty_text_id && !config.eos_token_ids.empty()) {
    facts.empty_text_id = config.eos_token_ids.front();
  }
  return facts;
}

}  // namespace cdx
