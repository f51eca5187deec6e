#include "model/checkpoint.h"

#include "model/safetensors_support.h"
#include "support.h"
#include "torch_support.h"
#include "util/errors.h"

#include <cstring>
#include <fstream>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

using test::TemporaryFolder;
using test::tensor_json;

// byte: one U8 in front, so that nothing after it is aligned; f32 = {1.5, −2};
// bf16 = 1; f16 = −0.5; f64 = 3; and an old converter's inv_freq.
void write_model(const std::filesystem::path& folder, bool with_byte) {
  std::string header, data;
  const auto add = [&](const std::string& name,
                       const std::string& dtype,
                       const std::string& shape,
                       const std::string& bytes) {
    header += fmt::format(
        "{}\"{}\":{}",
        header.empty() ? '{' : ',',
        name,
        tensor_json(
            dtype,
            shape,
            fmt::format("[{},{}]", data.size(), data.size() + bytes.size())));
    data += bytes;
  };
  if (with_byte) add("byte", "U8", "[1]", "x");
  add("a.rotary_emb.inv_freq", "U8", "[3]", "xxx");
  const float pair[] = {1.5F, -2};
  add("f32",
      "F32",
      "[2,1]",
      std::string(reinterpret_cast<const char*>(pair), sizeof(pair)));
  add("bf16", "BF16", "[1]", "\x80\x3f");
  add("f16", "F16", "[]", std::string("\x00\xb8", 2));
  const double three = 3;
  add("f64",
      "F64",
      "[1]",
      std::string(reinterpret_cast<const char*>(&three), sizeof(three)));
  test::write_text(folder / "model.safetensors",
                   test::safetensors_bytes(header + "}", data));
}

const std::vector<WeightSpec> kExpected = {
    {"f32", {2, 1}}, {"bf16", {1}}, {"f16", {}}, {"f64", {1}}};

// All of `expected`, taken one by one.
std::map<std::string, at::Tensor> load_weights(
    const std::filesystem::path& folder,
    const std::vector<WeightSpec>& expected,
    const WeightOptions& options = {}) {
  return load_checkpoint(folder, options, [&](Checkpoint& weights) {
    std::map<std::string, at::Tensor> all;
    for (const WeightSpec& spec : expected) {
      all[spec.name] = weights.take(spec.name, spec.shape);
    }
    return all;
  });
}

// Largest resident size of this process since the last call, in bytes.
int64_t peak_memory() {
  int64_t peak = 0;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) peak = std::stoll(line.substr(6)) * 1024;
  }
  std::ofstream("/proc/self/clear_refs") << "5";
  return peak;
}

std::string refusal_of(const std::filesystem::path& folder,
                       const std::vector<WeightSpec>& expected,
                       const WeightOptions& options = {}) {
  return test::message_of<UserError>(
      [&] { load_weights(folder, expected, options); });
}

}  // namespace

TEST_CASE("weights keep type and value, aligned in the file or not") {
  const TemporaryFolder folder;
  write_model(folder.path(), true);
  WeightOptions options;
  options.ignored = {"byte"};
  const auto weights = load_weights(folder.path(), kExpected, options);
  REQUIRE(weights.size() == 4);
  CHECK((weights.at("f32").scalar_type() == at::kFloat));
  CHECK(weights.at("f32").sizes() == at::IntArrayRef{2, 1});
  CHECK(weights.at("f32")[0].item<float>() == 1.5F);
  CHECK(weights.at("f32")[1].item<float>() == -2);
  CHECK((weights.at("bf16").scalar_type() == at::kBFloat16));
  CHECK(weights.at("bf16").item<float>() == 1);
  CHECK((weights.at("f16").scalar_type() == at::kHalf));
  CHECK(weights.at("f16").dim() == 0);
  CHECK(weights.at("f16").item<float>() == -0.5F);
  CHECK(weights.at("f64").item<double>() == 3);
}

TEST_CASE("weights are converted to the type and moved to the device") {
  const TemporaryFolder folder;
  write_model(folder.path(), false);
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16, at::kHalf}) {
    const auto weights = load_weights(folder.path(),
                                      kExpected,
                                      {.device = test::device(),
                                       .dtype = type,
                                       .ignored = {},
                                       .prefixes = {}});
    for (const auto& [name, weight] : weights) {
      CAPTURE(name);
      CHECK((weight.scalar_type() == type));
      CHECK((weight.device().type() == test::device().type()));
      CHECK(weight.is_contiguous());
    }
    CHECK(weights.at("f32")[0].item<float>() == 1.5F);
    CHECK(weights.at("f16").item<float>() == -0.5F);
  }
}

TEST_CASE("weights live on when the file is gone and may be written to") {
  const TemporaryFolder folder;
  write_model(folder.path(), false);
  auto weights = load_weights(folder.path(), kExpected);
  std::filesystem::resize_file(folder / "model.safetensors", 0);
  weights.at("f32").add_(1);
  CHECK(weights.at("f32")[0].item<float>() == 2.5F);
}

TEST_CASE("every tensor that does not fit is named with its shapes") {
  const TemporaryFolder folder;
  write_model(folder.path(), true);
  std::vector<WeightSpec> expected = {
      {"f32", {1, 2}}, {"bf16", {1}}, {"absent", {3, 4}}, {"byte", {1}}};
  const std::string message = refusal_of(folder.path(), expected);
  INFO(message);
  for (const char* part : {"f32 is [2, 1] instead of [1, 2]",
                           "absent [3, 4] is missing",
                           "byte is of type U8",
                           "\"f16\" [] was not expected",
                           "\"f64\" [1] was not expected"}) {
    CAPTURE(part);
    CHECK(message.find(part) != std::string::npos);
  }
  CHECK(message.find("bf16") == std::string::npos);
  CHECK(message.find("inv_freq") == std::string::npos);
  CHECK(message.find(folder.path().string()) == 0);
}

TEST_CASE("an ignored tensor may be there, an expected one must") {
  const TemporaryFolder folder;
  write_model(folder.path(), true);
  CHECK(refusal_of(folder.path(), kExpected).find("\"byte\" [1]") !=
        std::string::npos);
  WeightOptions options;
  options.ignored = {"byte", "lm_head.weight"};
  CHECK(refusal_of(folder.path(), kExpected, options).empty());
  write_model(folder.path(), false);
  CHECK(refusal_of(folder.path(), kExpected, options).empty());
}

TEST_CASE("a star at either end of an ignored name stands for anything") {
  const TemporaryFolder folder;
  write_model(folder.path(), true);
  WeightOptions options;
  options.ignored = {"*te"};
  CHECK(refusal_of(folder.path(), kExpected, options).empty());
  options.ignored = {"by*"};
  CHECK(refusal_of(folder.path(), kExpected, options).empty());
  options.ignored = {"b", "*y", "y*"};
  CHECK_FALSE(refusal_of(folder.path(), kExpected, options).empty());
}

TEST_CASE("a tensor is found under another beginning of its name") {
  const TemporaryFolder folder;
  write_model(folder.path(), false);
  WeightOptions options;
  options.prefixes = {{"x.", "no"}, {"x.", "f"}};
  const std::vector<WeightSpec> expected = {
      {"x.32", {2, 1}}, {"bf16", {1}}, {"x.16", {}}, {"f64", {1}}};
  const auto weights = load_weights(folder.path(), expected, options);
  CHECK(weights.at("x.32")[1].item<float>() == -2);
  CHECK(refusal_of(folder.path(), expected).find("x.32 [2, 1] is missing") !=
        std::string::npos);
}

TEST_CASE("rows of several tensors become one, in the order asked for") {
  const TemporaryFolder folder;
  write_model(folder.path(), false);
  const at::Tensor rows =
      load_checkpoint(folder.path(), {}, [&](Checkpoint& weights) {
        weights.take("f16", {});
        weights.take("f32", {2, 1});
        return weights.take_rows({{"f64", {1}}, {"bf16", {1}}});
      });
  CHECK(at::equal(rows, at::tensor({3.0F, 1.0F})));
}

TEST_CASE("a list notes names and shapes and has no memory") {
  Checkpoint list = Checkpoint::list(at::kBFloat16);
  const at::Tensor a = list.take("a", {1 << 20, 1 << 20});
  const at::Tensor b = list.take_rows({{"b", {2, 3}}, {"c", {5, 3}}});
  CHECK(a.is_meta());
  CHECK(b.sizes() == at::IntArrayRef{7, 3});
  CHECK((b.scalar_type() == at::kBFloat16));
  const std::vector<WeightSpec> expected = {
      {"a", {1 << 20, 1 << 20}}, {"b", {2, 3}}, {"c", {5, 3}}};
  CHECK((list.specs() == expected));
}

TEST_CASE("loading needs no more memory than the tensors and one more") {
  constexpr int64_t kTensors = 16, kFloats = 1 << 20;  // 4 MiB each
  const TemporaryFolder folder;
  std::string header, data(kTensors * kFloats * 4, '\x01');
  std::vector<WeightSpec> expected;
  for (int64_t i = 0; i < kTensors; ++i) {
    const int64_t begin = i * kFloats * 4;
    header += fmt::format(
        "{}\"{}\":{}",
        i == 0 ? '{' : ',',
        i,
        tensor_json("F32",
                    fmt::format("[{}]", kFloats),
                    fmt::format("[{},{}]", begin, begin + kFloats * 4)));
    expected.push_back({std::to_string(i), {kFloats}});
  }
  test::write_text(folder / "model.safetensors",
                   test::safetensors_bytes(header + "}", data));
  data = std::string();
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    peak_memory();
    const int64_t before = peak_memory();
    WeightOptions options;
    options.dtype = type;
    const auto weights = load_weights(folder.path(), expected, options);
    const int64_t grown = peak_memory() - before;
    const int64_t size = kTensors * kFloats * c10::elementSize(type);
    CAPTURE(grown);
    CHECK(grown > size * 9 / 10);
    CHECK(grown < size + kFloats * 4 + (1 << 20));
  }
}

TEST_CASE("a truncated checkpoint is the world's mistake") {
  const TemporaryFolder folder;
  write_model(folder.path(), false);
  const std::filesystem::path file = folder / "model.safetensors";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
  const std::string message = test::message_of<WorldError>(
      [&] { load_weights(folder.path(), kExpected); });
  CHECK(message.find("shorter than its header says") != std::string::npos);
}

TEST_CASE("auto computes in float32 on the CPU, in the file's type elsewhere") {
  const at::Device cuda(at::kCUDA);
  CHECK((compute_dtype("auto", "bfloat16", at::kCPU) == at::kFloat));
  CHECK((compute_dtype("auto", "bfloat16", cuda) == at::kBFloat16));
  CHECK((compute_dtype("auto", std::nullopt, cuda) == at::kFloat));
  CHECK((compute_dtype("float16", "bfloat16", cuda) == at::kHalf));
  CHECK((compute_dtype("bfloat16", "float32", at::kCPU) == at::kBFloat16));
  CHECK(test::message_of<UserError>([&] {
          compute_dtype("fp8", "float32", cuda);
        }).find("\"fp8\" is not one of auto") != std::string::npos);
}

TEST_CASE("devices are auto, cpu and cuda") {
  CHECK(compute_device("cpu").is_cpu());
  CHECK(compute_device("auto").is_cuda() == at::hasCUDA());
  CHECK(test::message_of<UserError>([] {
          compute_device("tpu");
        }).find("\"tpu\" is not one of auto, cpu, cuda") != std::string::npos);
  if (!at::hasCUDA()) {
    CHECK(test::message_of<UserError>([] {
            compute_device("cuda");
          }).find("has no CUDA device") != std::string::npos);
  }
}

}  // namespace cdx
