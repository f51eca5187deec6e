#include "model/checkpoint.h"

#include "model/weight_files.h"
#include "util/errors.h"
#include "util/json.h"

#include <algorithm>
#include <cstring>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

std::optional<at::ScalarType> float_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF32:
      return at::kFloat;
    case Dtype::kBf16:
      return at::kBFloat16;
    case Dtype::kF16:
      return at::kHalf;
    case Dtype::kF64:
      return at::kDouble;
    default:
      return std::nullopt;
  }
}

bool is_ignored(const std::string& name, const WeightOptions& options) {
  return name.ends_with(".rotary_emb.inv_freq") ||
         std::ranges::find(options.ignored, name) != options.ignored.end();
}

std::string problem_of(const WeightSpec& spec, const WeightFiles& files) {
  const auto found = files.weights().find(spec.name);
  if (found == files.weights().end()) {
    return fmt::format(
        "{} [{}] is missing", spec.name, fmt::join(spec.shape, ", "));
  }
  const TensorView& view = found->second.view;
  if (view.shape != spec.shape) {
    return fmt::format("{} is [{}] instead of [{}]",
                       spec.name,
                       fmt::join(view.shape, ", "),
                       fmt::join(spec.shape, ", "));
  }
  if (!float_type(view.dtype)) {
    return fmt::format(
        "{} is of type {}, but only F32, BF16, F16 and F64 are "
        "read",
        spec.name,
        dtype_name(view.dtype));
  }
  return "";
}

// One sentence a tensor that is missing, too many, misshapen or of a wrong
// type.
std::vector<std::string> find_problems(const std::vector<WeightSpec>& expected,
                                       const WeightFiles& files,
                                       const WeightOptions& options) {
  std::vector<std::string> problems;
  std::set<std::string> names;
  for (const WeightSpec& spec : expected) {
    names.insert(spec.name);
    const std::string problem = problem_of(spec, files);
    if (!problem.empty()) problems.push_back(problem);
  }
  for (const auto& [name, weight] : files.weights()) {
    if (names.contains(name) || is_ignored(name, options)) continue;
    problems.push_back(fmt::format("{} [{}] was not expected",
                                   dump_json(Json(name)),
                                   fmt::join(weight.view.shape, ", ")));
  }
  return problems;
}

void throw_if_any(const std::vector<std::string>& problems,
                  const std::filesystem::path& folder) {
  if (problems.empty()) return;
  throw UserError(
      fmt::format("{}: the weights are not those that config.json describes: "
                  "{}; check that both are of one model",
                  folder.string(),
                  fmt::join(problems, "; ")));
}

// A copy in memory of its own, whatever the alignment of the file's bytes.
at::Tensor copy_of(const TensorView& view, const WeightOptions& options) {
  const at::ScalarType type = *float_type(view.dtype);
  at::Tensor tensor = at::empty(view.shape, type);
  std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor.to(options.device, options.dtype.value_or(type));
}

}  // namespace

std::map<std::string, at::Tensor> load_weights(
    const std::filesystem::path& folder,
    const std::vector<WeightSpec>& expected,
    const WeightOptions& options) {
  const WeightFiles files(folder);
  throw_if_any(find_problems(expected, files, options), folder);
  std::map<std::string, at::Tensor> weights;
  for (const WeightSpec& spec : expected) {
    weights[spec.name] = copy_of(files.weights().at(spec.name).view, options);
  }
  return weights;
}

at::ScalarType compute_dtype(const std::string& dtype,
                             const std::optional<std::string>& file_dtype,
                             at::Device device) {
  std::string name = dtype;
  if (dtype == "auto") {
    name = device.is_cpu() ? "float32" : file_dtype.value_or("float32");
  }
  if (name == "float32") return at::kFloat;
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  throw UserError("dtype: " + dump_json(Json(name)) +
                  " is not one of auto, float32, bfloat16, float16");
}

at::Device compute_device(const std::string& device) {
  if (device == "cpu") return at::kCPU;
  if (device == "auto") return at::hasCUDA() ? at::kCUDA : at::kCPU;
  if (device != "cuda") {
    throw UserError("device: " + dump_json(Json(device)) +
                    " is not one of auto, cpu, cuda");
  }
  if (!at::hasCUDA()) {
    throw UserError(
        "device: cuda was asked for, but this build or this machine has no "
        "CUDA device: use cpu or auto");
  }
  return at::kCUDA;
}

}  // namespace cdx
