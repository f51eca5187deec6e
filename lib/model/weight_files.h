#pragma once

#include "model/safetensors.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

// Which files hold the weights of a model folder. Links no LibTorch.
namespace cdx {

// The files named by model.safetensors.index.json, else model.safetensors: no
// other file is looked at (consolidated.safetensors and the like use other
// names and layouts). Sorted. Throws UserError when there is neither, saying
// what to do about a folder of pickled weights or an adapter, or when the index
// is wrong.
std::vector<std::filesystem::path> weight_files(
    const std::filesystem::path& folder);

// What a snapshot of the hub's cache lacks although its other files name it or
// every model has it: config.json, shards of the index, all weights. A link
// whose target is gone counts as missing. Throws as weight_files on a wrong
// index.
std::vector<std::string> missing_files(const std::filesystem::path& folder);

// Throws UserError when the folder's weights are in another form only (pickled,
// an adapter's, GGUF, quantised …), naming the way out.
void refuse_other_weights(const std::filesystem::path& folder);

// All weights of a folder, mapped into memory.
class WeightFiles {
 public:
  // As weight_files; besides, every file must be sound, no tensor may be in two
  // files, and each tensor must be where the index says.
  explicit WeightFiles(const std::filesystem::path& folder);

  // A tensor and the file it is in (an index into files()).
  struct Weight {
    TensorView view;
    size_t file = 0;
  };
  const std::map<std::string, Weight>& weights() const { return weights_; }
  const std::vector<SafetensorsFile>& files() const { return files_; }

 private:
  std::vector<SafetensorsFile> files_;
  std::map<std::string, Weight> weights_;
};

}  // namespace cdx
