#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>

// Weights of a model folder as tensors.
namespace cdx {

struct WeightSpec {
  std::string name;
  std::vector<int64_t> shape;
};

struct WeightOptions {
  at::Device device = at::kCPU;
  // What the weights are converted to; the file's own type when absent.
  std::optional<at::ScalarType> dtype;
  // Tensors that the files may hold and that are not read, such as the
  // "lm_head.weight" of a tied model (transformers ties and ignores it too).
  std::vector<std::string> ignored;
};

// The tensors named in `expected`, contiguous, in memory of their own: the
// files are not needed any more when this returns. Strict both ways: throws
// UserError listing every tensor that is missing, unexpected or of another
// shape or of a type that is no float; WorldError for damaged files. Left out
// without a word: *.rotary_emb.inv_freq, which old converters wrote.
std::map<std::string, at::Tensor> load_weights(
    const std::filesystem::path& folder,
    const std::vector<WeightSpec>& expected,
    const WeightOptions& options = {});

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
