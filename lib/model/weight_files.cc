#include "model/weight_files.h"

#include "util/errors.h"
#include "util/json.h"

#include <set>

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

[[noreturn]] void throw_no_weights(const std::filesystem::path& folder) {
  const std::string where = folder.string();
  for (const char* name :
       {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (!std::filesystem::exists(folder / name)) continue;
    throw UserError(fmt::format(
        "{}: the weights are pickled ({}), which can run code and is not read: "
        "convert them to model.safetensors (save_pretrained of transformers)",
        where,
        name));
  }
  throw UserError(fmt::format(
      "{}: neither {} nor {} is there: check that the folder holds a complete "
      "Hugging Face checkpoint",
      where,
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
