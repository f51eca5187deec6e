#include "model/weight_files.h"

#include "util/errors.h"
#include "util/json.h"

#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

// Tensor → name of its file; empty when the folder has no index.
using Index = std::map<std::string, std::string>;

void check_file_name(const std::string& name, const std::string& where) {
  const bool is_plain =
      !name.empty() && name != "." && name != ".." &&
      name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
  if (!is_plain) {
    throw UserError(where + ": weight_map names " + dump_json(Json(name)) +
                    ", which is no plain file name: take the folder from a "
                    "source that you trust");
  }
}

Index read_index(const std::filesystem::path& path) {
  const std::string where = path.string();
  const Json index = parse_json_file(path);
  const Json& files = json_at(index, "weight_map", where);
  if (!files.is_object() || files.empty()) {
    throw UserError(where +
                    ": weight_map is no list of tensors and their files: "
                    "download it again");
  }
  Index result;
  for (const auto& [tensor, file] : files.items()) {
    if (!file.is_string()) {
      throw UserError(where + ": weight_map: the file of " +
                      dump_json(Json(tensor)) +
                      " is no string: download it again");
    }
    check_file_name(file.get_ref<const std::string&>(), where);
    result[tensor] = file.get<std::string>();
  }
  return result;
}

Index read_index_if_any(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / kIndex;
  return std::filesystem::exists(path) ? read_index(path) : Index();
}

// Weights in a form that is not read: files whose names begin and end like
// this, and what to do about them. {0} is the folder.
struct OtherWeights {
  const char* begin;
  const char* end;
  const char* advice;
};

constexpr const char* kPickle =
    "pickled, which can run code and is not read: if you trust their source, "
    "convert them with `python -c \"import sys; from transformers import "
    "AutoModelForCausalLM as M; M.from_pretrained(sys.argv[1], "
    "dtype='auto').save_pretrained(sys.argv[2])\" {0} {0}-safetensors && cp "
    "{0}/*token* {0}-safetensors`";
constexpr const char* kAdapter =
    "an adapter's, not a model's: merge them into their base model with "
    "`python -c \"import sys; from peft import AutoPeftModelForCausalLM as M; "
    "M.from_pretrained(sys.argv[1], dtype='auto').merge_and_unload()"
    ".save_pretrained(sys.argv[2])\" {0} {0}-merged` and add the base model's "
    "tokenizer files";
constexpr const char* kConsolidated =
    "in their author's own layout, which is not read: download the files of "
    "the same model that are named model*.safetensors";
constexpr const char* kGguf =
    "in llama.cpp's form (quantised, heads permuted), which is not read: use "
    "the checkpoint in safetensors that they were made from";
constexpr const char* kFramework =
    "another framework's: save the model again from transformers with PyTorch";

constexpr const char* kQuantised =
    "quantised, which is not supported: use the checkpoint that they were made "
    "from";

constexpr OtherWeights kOthers[] = {
    {"adapter_", "", kAdapter},
    {"pytorch_model", "", kPickle},
    {"consolidated", ".safetensors", kConsolidated},
    {"", ".bin", kPickle},
    {"", ".pt", kPickle},
    {"", ".pth", kPickle},
    {"", ".ckpt", kPickle},
    {"", ".gguf", kGguf},
    {"", ".msgpack", kFramework},
    {"", ".h5", kFramework}};

// The first file of a folder whose name is one of them, and its row.
std::optional<std::pair<std::string, const OtherWeights*>> other_weights(
    const std::filesystem::path& folder) {
  std::set<std::string> names;
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder, ignored)) {
    names.insert(entry.path().filename().string());
  }
  for (const OtherWeights& row : kOthers) {
    for (const std::string& name : names) {
      if (name.starts_with(row.begin) && name.ends_with(row.end)) {
        return std::pair(name, &row);
      }
    }
  }
  return std::nullopt;
}

[[noreturn]] void throw_other_weights(const std::filesystem::path& folder,
                                      const std::string& file,
                                      const char* advice) {
  const std::string where = folder.string();
  throw UserError(fmt::format("{}: the weights ({}) are {}",
                              where,
                              file,
                              fmt::format(fmt::runtime(advice), where)));
}

[[noreturn]] void throw_no_weights(const std::filesystem::path& folder) {
  refuse_other_weights(folder);
  throw UserError(fmt::format(
      "{}: neither {} nor {} is there: check that the folder holds a complete "
      "Hugging Face checkpoint",
      folder.string(),
      kSingle,
      kIndex));
}

std::vector<std::filesystem::path> paths_of(const std::filesystem::path& folder,
                                            const Index& index) {
  if (index.empty()) {
    if (!std::filesystem::exists(folder / kSingle)) throw_no_weights(folder);
    return {folder / kSingle};
  }
  std::set<std::filesystem::path> paths;
  for (const auto& [tensor, file] : index) paths.insert(folder / file);
  return {paths.begin(), paths.end()};
}

}  // namespace

std::vector<std::filesystem::path> weight_files(
    const std::filesystem::path& folder) {
  return paths_of(folder, read_index_if_any(folder));
}

void refuse_other_weights(const std::filesystem::path& folder) {
  // What AutoGPTQ and AutoAWQ wrote before config.json had a key for it.
  for (const char* name : {"quantize_config.json", "quant_config.json"}) {
    if (std::filesystem::exists(folder / name)) {
      throw_other_weights(folder, name, kQuantised);
    }
  }
  if (std::filesystem::exists(folder / kSingle) ||
      std::filesystem::exists(folder / kIndex)) {
    return;
  }
  if (const auto other = other_weights(folder)) {
    throw_other_weights(folder, other->first, other->second->advice);
  }
}

std::vector<std::string> missing_files(const std::filesystem::path& folder) {
  std::vector<std::string> missing;
  if (!std::filesystem::exists(folder / "config.json")) {
    missing.emplace_back("config.json");
  }
  const Index index = read_index_if_any(folder);
  if (index.empty() && !std::filesystem::exists(folder / kSingle) &&
      !other_weights(folder)) {
    missing.emplace_back(kSingle);
  }
  if (index.empty()) return missing;
  for (const std::filesystem::path& path : paths_of(folder, index)) {
    if (std::filesystem::exists(path)) continue;
    missing.push_back(path.filename().string());
  }
  return missing;
}

WeightFiles::WeightFiles(const std::filesystem::path& folder) {
  const Index index = read_index_if_any(folder);
  for (const auto& path : paths_of(folder, index)) files_.emplace_back(path);
  for (size_t i = 0; i < files_.size(); ++i) {
    for (const auto& [name, view] : files_[i].tensors()) {
      const auto [place, is_new] = weights_.try_emplace(name, Weight{view, i});
      if (is_new) continue;
      throw UserError(
          fmt::format("{}: tensor {} is also in {}: download the folder again",
                      files_[i].path().string(),
                      dump_json(Json(name)),
                      files_[place->second.file].path().filename().string()));
    }
  }
  for (const auto& [name, file] : index) {
    const auto found = weights_.find(name);
    if (found != weights_.end() &&
        files_[found->second.file].path().filename() == file) {
      continue;
    }
    throw UserError(fmt::format(
        "{}: tensor {} is not in {} where {} says: download the folder again",
        folder.string(),
        dump_json(Json(name)),
        file,
        kIndex));
  }
}

}  // namespace cdx
