#pragma once

#include "model/weight_files.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

// Weights of a model folder as tensors.
namespace cdx {

struct WeightSpec {
  std::string name;
  std::vector<int64_t> shape;
  bool operator==(const WeightSpec&) const = default;
};

struct WeightOptions {
  at::Device device = at::kCPU;
  // What the weights are converted to; the file's own type when absent.
  std::optional<at::ScalarType> dtype;
  // Tensors that the files may hold and that are not read, such as the
  // "lm_head.weight" of a tied model (transformers ties and ignores it too). A
  // star at either end stands for anything.
  std::vector<std::string> ignored;
  // Other beginnings of names: {"model.", "model.language_model."} finds
  // "model.norm.weight" under "model.language_model.norm.weight" too.
  std::vector<std::pair<std::string, std::string>> prefixes;
};

// A model's weights, taken one by one while it is assembled. Assembling runs
// twice: first with a list(), which only notes names and shapes, then with the
// files, which by then are known to hold exactly that. Each tensor is copied
// straight to its type and device, and the file's pages are let go.
class Checkpoint {
 public:
  // Notes what is taken; the tensors are on the meta device, without memory.
  static Checkpoint list(std::optional<at::ScalarType> dtype = {});

  // Strict both ways: throws UserError listing every tensor that is missing,
  // unexpected or of another shape or of a type that is no float; WorldError
  // for damaged files. Left out without a word: *.rotary_emb.inv_freq, which
  // old converters wrote.
  static Checkpoint open(const std::filesystem::path& folder,
                         const std::vector<WeightSpec>& expected,
                         WeightOptions options);

  // Contiguous, in memory of its own.
  at::Tensor take(const std::string& name, const std::vector<int64_t>& shape);
  // Several tensors with equal rows below each other: one tensor.
  at::Tensor take_rows(const std::vector<WeightSpec>& parts);

  bool is_list() const { return !files_; }
  // What was taken so far, in order.
  const std::vector<WeightSpec>& specs() const { return specs_; }

 private:
  Checkpoint() = default;
  void copy(const WeightSpec& spec, at::Tensor& to) const;

  std::shared_ptr<const WeightFiles> files_;  // none: a list
  WeightOptions options_;
  std::vector<WeightSpec> specs_;
};

// Assembles a model from a folder: `assemble` is a function of Checkpoint&.
template <typename Assemble>
auto load_checkpoint(const std::filesystem::path& folder,
                     const WeightOptions& options,
                     const Assemble& assemble) {
  Checkpoint list = Checkpoint::list(options.dtype);
  assemble(list);
  Checkpoint files = Checkpoint::open(folder, list.specs(), options);
  return assemble(files);
}

// What a model computes in. `dtype` is auto, float32, bfloat16 or float16;
// auto is float32 on the CPU and elsewhere `file_dtype`, config.json's
// torch_dtype (float32 when absent). Throws UserError for any other word.
at::ScalarType compute_dtype(const std::string& dtype,
                             const std::optional<std::string>& file_dtype,
                             at::Device device);

// Where a model runs. `device` is auto, cpu or cuda; auto is CUDA when there is
// such a device. Throws UserError for any other word and for cuda without one.
at::Device compute_device(const std::string& device);

}  // namespace cdx
