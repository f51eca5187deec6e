#include "model/weight_files.h"

#include "model/safetensors_support.h"
#include "support.h"
#include "util/errors.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

using test::TemporaryFolder;
using test::write_text;

constexpr const char* kIndex = "model.safetensors.index.json";

// A file with the named tensors of one byte each.
void write_tensors(const std::filesystem::path& path,
                   const std::vector<std::string>& names) {
  std::string header, data;
  for (const std::string& name : names) {
    header += fmt::format(
        "{}\"{}\":{}",
        header.empty() ? '{' : ',',
        name,
        test::tensor_json(
            "U8", "[1]", fmt::format("[{},{}]", data.size(), data.size() + 1)));
    data += name[0];
  }
  write_text(path, test::safetensors_bytes(header + "}", data));
}

std::string refusal_of(const std::filesystem::path& folder) {
  return test::message_of<UserError>([&] { const WeightFiles files(folder); });
}

// Refusal of a folder with shards one (a, b) and two (c) and this index.
std::string refusal_of_index(const std::string& index) {
  const TemporaryFolder folder;
  write_tensors(folder / "one", {"a", "b"});
  write_tensors(folder / "two", {"c"});
  write_text(folder / kIndex, index);
  return refusal_of(folder.path());
}

bool has(const std::string& message, const std::string& part) {
  INFO(message);
  CHECK(message.find(part) != std::string::npos);
  return message.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("without an index the weights are model.safetensors alone") {
  const TemporaryFolder folder;
  write_tensors(folder / "model.safetensors", {"a"});
  write_tensors(folder / "consolidated.safetensors", {"other"});
  const WeightFiles files(folder.path());
  CHECK(files.weights().size() == 1);
  CHECK(files.weights().contains("a"));
  CHECK(weight_files(folder.path()) ==
        std::vector{folder / "model.safetensors"});
}

TEST_CASE("with an index the weights are the files that it names") {
  const TemporaryFolder folder;
  write_tensors(folder / "model.safetensors", {"stale"});
  write_tensors(folder / "one", {"a", "b"});
  write_tensors(folder / "two", {"c"});
  // total_size is often wrong in published folders and not looked at.
  write_text(folder / kIndex,
             R"({"metadata":{"total_size":7},)"
             R"("weight_map":{"a":"one","b":"one","c":"two"}})");
  const WeightFiles files(folder.path());
  CHECK(files.weights().size() == 3);
  CHECK(files.files().size() == 2);
  const WeightFiles::Weight& c = files.weights().at("c");
  CHECK(files.files().at(c.file).path() == folder / "two");
  CHECK(std::to_integer<char>(c.view.bytes[0]) == 'c');
  CHECK(weight_files(folder.path()) ==
        std::vector{folder / "one", folder / "two"});
}

TEST_CASE("the shards of a model saved by transformers are read") {
  const WeightFiles files("tests/data/model/tiny-llama-tied");
  CHECK(files.files().size() == 3);
  // 9 tensors in each of 3 layers, embedding and final norm.
  CHECK(files.weights().size() == 29);
}

TEST_CASE("an index that leaves the folder or lies is refused") {
  const auto with_file = [](const std::string& file) {
    return refusal_of_index(R"({"weight_map":{"a":")" + file + R"("}})");
  };
  for (const char* file : {"",
                           ".",
                           "..",
                           "../one",
                           "/etc/passwd",
                           "sub/one",
                           R"(sub\\one)",
                           R"(one\u0000)"}) {
    CAPTURE(file);
    has(with_file(file), "no plain file name");
  }
  has(with_file("three"), "three: no such file");
  has(refusal_of_index("{}"), "\"weight_map\" is missing");
  has(refusal_of_index(R"({"weight_map":{}})"), "no list of tensors");
  has(refusal_of_index(R"({"weight_map":["one"]})"), "no list of tensors");
  has(refusal_of_index(R"({"weight_map":{"a":1}})"), "\"a\" is no string");
  has(refusal_of_index(R"({"weight_map":{"a":"one")"), "not valid JSON");
  has(refusal_of_index(R"({"weight_map":{"a":"one","c":"one","b":"two"}})"),
      "tensor \"b\" is not in two where model.safetensors.index.json says");
  has(refusal_of_index(R"({"weight_map":{"a":"one","d":"one"}})"),
      "tensor \"d\" is not in one");
}

TEST_CASE("a tensor in two files is refused") {
  const TemporaryFolder folder;
  write_tensors(folder / "one", {"a", "b"});
  write_tensors(folder / "two", {"b"});
  write_text(folder / kIndex, R"({"weight_map":{"a":"one","b":"two"}})");
  has(refusal_of(folder.path()), "tensor \"b\" is also in one");
}

TEST_CASE("a folder without weights says what to do") {
  const TemporaryFolder folder;
  has(refusal_of(folder.path()), "neither model.safetensors nor");
}

// Refusal of a folder that holds these files and nothing else.
std::string refusal_with(const std::vector<std::string>& names) {
  const TemporaryFolder folder;
  for (const std::string& name : names) write_text(folder / name, "");
  return refusal_of(folder.path());
}

TEST_CASE("weights in another form are named, with the way out") {
  const std::string pickle =
      refusal_with({"pytorch_model-00001-of-00002.bin", "training_args.bin"});
  has(pickle, "(pytorch_model-00001-of-00002.bin) are pickled");
  has(pickle, "which can run code");
  has(pickle, "save_pretrained");
  has(refusal_with({"consolidated.00.pth"}), "are pickled");
  const std::string adapter =
      refusal_with({"adapter_config.json", "adapter_model.safetensors"});
  has(adapter, "an adapter's");
  has(adapter, "merge_and_unload");
  has(refusal_with({"consolidated.safetensors"}), "author's own layout");
  has(refusal_with({"model-q4.gguf"}), "in llama.cpp's form");
  has(refusal_with({"tf_model.h5"}), "another framework's");
}

TEST_CASE("a folder is refused for its form before anything of it is read") {
  const TemporaryFolder folder;
  CHECK_NOTHROW(refuse_other_weights(folder.path()));
  const auto refusal = [&] {
    return test::message_of<UserError>(
        [&] { refuse_other_weights(folder.path()); });
  };
  write_text(folder / "model-q4.gguf", "");
  has(refusal(), "(model-q4.gguf) are in llama.cpp's form");
  // What is read is there, whatever lies beside it.
  write_tensors(folder / "model.safetensors", {"a"});
  CHECK(refusal() == "");
  write_text(folder / "quantize_config.json", "{}");
  has(refusal(), "(quantize_config.json) are quantised");
}

TEST_CASE("what a folder lacks is listed by name") {
  const TemporaryFolder folder;
  CHECK(missing_files(folder.path()) ==
        std::vector<std::string>{"config.json", "model.safetensors"});
  write_text(folder / "config.json", "{}");
  write_text(folder / "pytorch_model.bin", "");
  CHECK(missing_files(folder.path()).empty());
  write_tensors(folder / "one", {"a"});
  write_text(folder / kIndex, R"({"weight_map":{"a":"one","b":"two"}})");
  CHECK(missing_files(folder.path()) == std::vector<std::string>{"two"});
}

}  // namespace cdx
