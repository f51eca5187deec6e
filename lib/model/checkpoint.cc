#include "model/checkpoint.h"

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

// A star at either end of `pattern` stands for anything.
bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.starts_with('*')) return name.ends_with(pattern.substr(1));
  if (pattern.ends_with('*')) {
    return name.starts_with(pattern.substr(0, pattern.size() - 1));
  }
  return name == pattern;
}

bool is_ignored(const std::string& name, const WeightOptions& options) {
  return name.ends_with(".rotary_emb.inv_freq") ||
         std::ranges::any_of(options.ignored, [&](const std::string& pattern) {
           return matches(pattern, name);
         });
}

// What the files call the tensor; our own name when they do not have it.
std::string name_in_files(const std::string& name,
                          const WeightFiles& files,
                          const WeightOptions& options) {
  if (files.weights().contains(name)) return name;
  for (const auto& [ours, theirs] : options.prefixes) {
    if (!name.starts_with(ours)) continue;
    const std::string other = theirs + name.substr(ours.size());
    if (files.weights().contains(other)) return other;
  }
  return name;
}

std::string problem_of(const WeightSpec& spec,
                       const std::string& name,
                       const WeightFiles& files) {
  const auto found = files.weights().find(name);
  if (found == files.weights().end()) {
    return fmt::format(
        "{} [{}] is missing", spec.name, fmt::join(spec.shape, ", "));
  }
  const TensorView& view = found->second.view;
  if (view.shape != spec.shape) {
    return fmt::format("{} is [{}] instead of [{}]",
                       name,
                       fmt::join(view.shape, ", "),
                       fmt::join(spec.shape, ", "));
  }
  if (!float_type(view.dtype)) {
    return fmt::format(
        "{} is of type {}, but only F32, BF16, F16 and F64 are "
        "read",
        name,
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
    const std::string name = name_in_files(spec.name, files, options);
    names.insert(name);
    const std::string problem = problem_of(spec, name, files);
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

// The file's bytes as a tensor, without a copy where their alignment allows.
at::Tensor tensor_over(const TensorView& view) {
  const at::ScalarType type = *float_type(view.dtype);
  const auto address = reinterpret_cast<uintptr_t>(view.bytes.data());
  if (view.bytes.empty() || address % at::elementSize(type) != 0) {
    at::Tensor tensor = at::empty(view.shape, type);
    std::memcpy(
        tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
    return tensor;
  }
  // at::from_blob takes no pointer to const; nothing writes through it.
  return at::from_blob(
      const_cast<std::byte*>(view.bytes.data()), view.shape, type);
}

}  // namespace

Checkpoint Checkpoint::list(std::optional<at::ScalarType> dtype) {
  Checkpoint checkpoint;
  checkpoint.options_.dtype = dtype;
  return checkpoint;
}

Checkpoint Checkpoint::open(const std::filesystem::path& folder,
                            const std::vector<WeightSpec>& expected,
                            WeightOptions options) {
  Checkpoint checkpoint;
  checkpoint.files_ = std::make_shared<const WeightFiles>(folder);
  checkpoint.options_ = std::move(options);
  throw_if_any(find_problems(expected, *checkpoint.files_, checkpoint.options_),
               folder);
  return checkpoint;
}

void Checkpoint::copy(const WeightSpec& spec, at::Tensor& to) const {
  const std::string name = name_in_files(spec.name, *files_, options_);
  const WeightFiles::Weight& weight = files_->weights().at(name);
  to.copy_(tensor_over(weight.view));
  files_->files()[weight.file].release(weight.view);
}

at::Tensor Checkpoint::take(const std::string& name,
                            const std::vector<int64_t>& shape) {
  specs_.push_back({name, shape});
  if (!files_) {
    return at::empty(shape,
                     at::TensorOptions(options_.dtype.value_or(at::kFloat))
                         .device(at::kMeta));
  }
  const auto& view =
      files_->weights().at(name_in_files(name, *files_, options_)).view;
  at::Tensor tensor = at::empty(
      shape,
      at::TensorOptions(options_.dtype.value_or(*float_type(view.dtype)))
          .device(options_.device));
  copy(specs_.back(), tensor);
  return tensor;
}

at::Tensor Checkpoint::take_rows(const std::vector<WeightSpec>& parts) {
  std::vector<int64_t> shape = parts.front().shape;
  shape[0] = 0;
  for (const WeightSpec& part : parts) shape[0] += part.shape[0];
  const at::Device device = files_ ? options_.device : at::Device(at::kMeta);
  at::Tensor all = at::empty(
      shape,
      at::TensorOptions(options_.dtype.value_or(at::kFloat)).device(device));
  int64_t row = 0;
  for (const WeightSpec& part : parts) {
    specs_.push_back(part);
    at::Tensor rows = all.narrow(0, row, part.shape[0]);
    if (files_) copy(part, rows);
    row += part.shape[0];
  }
  return all;
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
