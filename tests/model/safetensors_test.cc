#include "model/safetensors.h"

#include "model/safetensors_support.h"
#include "support.h"
#include "util/errors.h"

#include <cstring>

#include <doctest/doctest.h>
#include <sys/stat.h>

namespace cdx {
namespace {

using test::safetensors_bytes;
using test::TemporaryFolder;
using test::tensor_json;
using test::write_text;

// What is thrown on opening a file of these bytes; "" when it is accepted.
std::string refusal_of(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "m.safetensors";
  write_text(path, bytes);
  const std::string message =
      test::message_of<WorldError>([&] { const SafetensorsFile file(path); });
  if (!message.empty()) {
    CHECK(message.find(path.string()) == 0);
    CHECK(message.find("download it again") != std::string::npos);
  }
  return message;
}

std::string refusal_of(const std::string& header, size_t data_size) {
  return refusal_of(safetensors_bytes(header, std::string(data_size, 'x')));
}

// A header with the one tensor "t".
std::string one(const std::string& tensor) {
  return R"({"t":)" + tensor + "}";
}

struct Hostile {
  const char* what;
  std::string header;
  size_t data_size;
  const char* message;
};

const std::vector<Hostile> kHostile = {
    {"an empty header", "", 0, "does not start with {"},
    {"a header that is a list", "[]", 0, "does not start with {"},
    {"leading white space", " {}", 0, "does not start with {"},
    {"JSON that stops", R"({"t":)", 0, "no valid JSON"},
    {"text after the JSON", "{} {}", 0, "no valid JSON"},
    {"invalid UTF-8", "{\"\xff\":1}", 0, "no valid JSON"},
    {"depth", R"({"t":{"shape":[[[[[[[[[[]]]]]]]]]]}})", 0, "a list too many"},
    {"a deep object", R"({"t":{"dtype":{"a":{}}}})", 0, "an object too many"},
    {"a tensor that is no object", R"({"t":[]})", 0, "a list too many"},
    {"a tensor that is a string", R"({"t":"F32"})", 0, "a stray string"},
    {"a tensor that is null", R"({"t":null})", 0, "a null"},
    {"a tensor that is true", R"({"t":true})", 0, "a truth value"},
    {"a missing shape",
     R"({"t":{"dtype":"F32","data_offsets":[0,4]}})",
     4,
     "needs dtype, shape and data_offsets"},
    {"an unknown key",
     R"({"t":{"dtype":"F32","strides":[1]}})",
     4,
     "unknown key"},
    {"an unknown dtype",
     one(tensor_json("FLOAT", "[1]", "[0,4]")),
     4,
     "unknown dtype \"FLOAT\""},
    {"a dtype that is a number", R"({"t":{"dtype":3}})", 4, "outside a list"},
    {"a dtype that is a list", R"({"t":{"dtype":[3]}})", 4, "dtype is a list"},
    {"a shape that is a string", R"({"t":{"shape":"[1]"}})", 4, "is a string"},
    {"a string in a shape", R"({"t":{"shape":["1"]}})", 4, "a stray string"},
    {"a negative size",
     one(tensor_json("F32", "[-1]", "[0,4]")),
     4,
     "a negative number"},
    {"a fraction",
     one(tensor_json("F32", "[1.5]", "[0,4]")),
     4,
     "1.5 is no whole number"},
    {"a whole number written as a fraction",
     one(tensor_json("F32", "[1.0]", "[0,4]")),
     4,
     "1.0 is no whole number"},
    {"a size past 63 bits",
     one(tensor_json("F32", "[9223372036854775808]", "[0,4]")),
     4,
     "is too large"},
    {"a size past 64 bits",
     one(tensor_json("F32", "[99999999999999999999]", "[0,4]")),
     4,
     "is no whole number of 64 bits"},
    {"sizes whose product overflows to 4 bytes",
     one(tensor_json("F32", "[4294967296,4294967296,1]", "[0,4]")),
     4,
     "does not fill its 4 bytes"},
    {"sizes that overflow before a zero",
     one(tensor_json("F32", "[9223372036854775807,2,0]", "[0,0]")),
     0,
     "does not fill its 0 bytes"},
    {"nine dimensions",
     one(tensor_json("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]")),
     4,
     "more than 8 dimensions"},
    {"half a byte",
     one(tensor_json("F4", "[3]", "[0,1]")),
     1,
     "does not fill its 1 bytes"},
    {"too few bytes for the shape",
     one(tensor_json("F32", "[2]", "[0,4]")),
     4,
     "tensor \"t\": F32 [2] does not fill its 4 bytes"},
    {"offsets backwards",
     one(tensor_json("F32", "[1]", "[4,0]")),
     4,
     "no [begin, end]"},
    {"three offsets",
     one(tensor_json("F32", "[1]", "[0,4,8]")),
     8,
     "no [begin, end]"},
    {"one offset", one(tensor_json("F32", "[1]", "[0]")), 4, "no [begin, end]"},
    {"offsets past the end",
     one(tensor_json("U8", "[9223372036854775807]", "[0,9223372036854775807]")),
     4,
     "does not fill"},
    {"a tensor twice",
     R"({"t":)" + tensor_json("U8", "[1]", "[0,1]") + R"(,"t":)" +
         tensor_json("U8", "[1]", "[1,2]") + "}",
     2,
     "occurs twice"},
    {"a key twice",
     R"({"t":{"dtype":"U8","dtype":"I8"}})",
     1,
     R"("dtype" twice)"},
    {"overlapping tensors",
     R"({"a":)" + tensor_json("U8", "[4]", "[0,4]") + R"(,"b":)" +
         tensor_json("U8", "[4]", "[2,6]") + "}",
     6,
     "tensor \"b\": starts at byte 2 where 4 was expected (overlap)"},
    {"two tensors over the same bytes",
     R"({"a":)" + tensor_json("U8", "[4]", "[0,4]") + R"(,"b":)" +
         tensor_json("U8", "[4]", "[0,4]") + "}",
     4,
     "(overlap)"},
    {"a hole between tensors",
     R"({"a":)" + tensor_json("U8", "[2]", "[0,2]") + R"(,"b":)" +
         tensor_json("U8", "[2]", "[4,6]") + "}",
     6,
     "(hole)"},
    {"a hole at the start",
     one(tensor_json("U8", "[2]", "[2,4]")),
     4,
     "(hole)"},
    {"bytes after the last tensor",
     one(tensor_json("U8", "[2]", "[0,2]")),
     5,
     "3 bytes after the last tensor"},
    {"bytes without a tensor", "{}", 1, "1 bytes after the last tensor"},
    {"metadata that is no object",
     R"({"__metadata__":"pt"})",
     0,
     "a stray string"},
    {"metadata with a number",
     R"({"__metadata__":{"a":1}})",
     0,
     "a number outside a list"},
    {"metadata with a list",
     R"({"__metadata__":{"a":[]}})",
     0,
     "a list too many"},
    {"a name of 1,025 bytes",
     R"({")" + std::string(1025, 'n') + R"(":{}})",
     0,
     "a name of 1025 bytes"}};

// Three tensors of different types and, in the file, in another order than
// their names'. The second is not aligned to its elements' size.
std::string sound_file() {
  const std::string header =
      R"({"__metadata__":{"format":"pt"},"z":)" +
      tensor_json("U8", "[3]", "[0,3]") + R"(,"a":)" +
      tensor_json("F32", "[1,2]", "[3,11]") + R"(,"scalar":)" +
      tensor_json("BF16", "[]", "[11,13]") + R"(,"empty":)" +
      tensor_json("F32", "[0,7]", "[13,13]") + "}  ";
  std::string data = "xyz";
  const float values[] = {1.5F, -2};
  data.append(reinterpret_cast<const char*>(values), sizeof(values));
  return safetensors_bytes(header, data + "\x80\x3f");
}

}  // namespace

TEST_CASE("a sound file gives names, types, shapes and bytes") {
  const TemporaryFolder folder;
  write_text(folder / "m.safetensors", sound_file());
  const SafetensorsFile file(folder / "m.safetensors");
  REQUIRE(file.tensors().size() == 4);
  const TensorView& a = file.tensors().at("a");
  CHECK(a.dtype == Dtype::kF32);
  CHECK(a.shape == std::vector<int64_t>{1, 2});
  float values[2];
  REQUIRE(a.bytes.size() == sizeof(values));
  std::memcpy(values, a.bytes.data(), sizeof(values));
  CHECK(values[0] == 1.5F);
  CHECK(values[1] == -2);
  CHECK(file.tensors().at("scalar").shape.empty());
  CHECK(file.tensors().at("scalar").bytes.size() == 2);
  CHECK(file.tensors().at("empty").bytes.empty());
  CHECK(std::to_integer<char>(file.tensors().at("z").bytes[2]) == 'z');
}

TEST_CASE("views outlive the move of their file") {
  const TemporaryFolder folder;
  write_text(folder / "m.safetensors", sound_file());
  std::vector<SafetensorsFile> files;
  for (int i = 0; i < 5; ++i) files.emplace_back(folder / "m.safetensors");
  std::filesystem::remove(folder / "m.safetensors");
  for (const SafetensorsFile& file : files) {
    CHECK(std::to_integer<char>(file.tensors().at("z").bytes[0]) == 'x');
  }
}

TEST_CASE("a file without tensors is sound") {
  CHECK(refusal_of("{}", 0).empty());
  CHECK(refusal_of(R"({"__metadata__":{}})", 0).empty());
}

TEST_CASE("hostile headers are refused by name") {
  for (const Hostile& hostile : kHostile) {
    CAPTURE(hostile.what);
    const std::string message = refusal_of(hostile.header, hostile.data_size);
    CAPTURE(message);
    CHECK(message.find(hostile.message) != std::string::npos);
  }
}

TEST_CASE("a file cut off at any length is refused as too short") {
  const std::string bytes = sound_file();
  REQUIRE(refusal_of(bytes).empty());
  for (size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    const std::string message = refusal_of(bytes.substr(0, size));
    CHECK(message.find(size < 8 ? "no safetensors file"
                                : "shorter than its "
                                  "header") != std::string::npos);
  }
  CHECK(refusal_of(bytes.substr(0, bytes.size() - 1))
            .find("the file is shorter than its header says (12 of 13 bytes "
                  "of tensors): download it again") != std::string::npos);
}

TEST_CASE("a file with any one bit flipped is refused or has sound views") {
  const std::string bytes = sound_file();
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "m.safetensors";
  int refused = 0;
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write_text(path, flipped);
    try {
      const SafetensorsFile file(path);
      for (const auto& [name, view] : file.tensors()) {
        // Reads every byte: the address sanitizer sees views that are too long.
        CHECK(std::string(reinterpret_cast<const char*>(view.bytes.data()),
                          view.bytes.size())
                  .size() <= 13);
      }
    } catch (const WorldError&) {
      ++refused;
    }
  }
  // All flips in the length and nearly all in the header.
  CHECK(refused > 1000);
}

TEST_CASE("header lengths that cannot be are refused") {
  const std::string ones(8, '\xff');
  CHECK(
      refusal_of(ones + "{}").find("a header of 18446744073709551615 bytes") !=
      std::string::npos);
  std::string large = safetensors_bytes("{}", "");
  large[4] = 1;  // 2^32 + 2
  CHECK(refusal_of(large).find("more than the 100000000") != std::string::npos);
  large[4] = 0;
  large[0] = 3;
  CHECK(refusal_of(large).find("shorter than its header (10 of 11 bytes)") !=
        std::string::npos);
}

TEST_CASE("escapes and long names in messages are made harmless") {
  const std::string name = "\\u001b[31m" + std::string(200, 'n');
  const std::string message = refusal_of(
      R"({")" + name + R"(":)" + tensor_json("F32", "[1]", "[0,8]") + "}", 8);
  CHECK(message.find('\x1b') == std::string::npos);
  CHECK(message.find("\\u001b[31mnnn") != std::string::npos);
  CHECK(message.size() < 400);
}

TEST_CASE("every type's size is that of the format") {
  // Names and bits of the reference crate's Dtype.
  const std::vector<std::pair<std::string, int64_t>> bits = {
      {"BOOL", 8},    {"U8", 8},          {"I8", 8},          {"I16", 16},
      {"U16", 16},    {"F16", 16},        {"BF16", 16},       {"I32", 32},
      {"U32", 32},    {"F32", 32},        {"I64", 64},        {"U64", 64},
      {"F64", 64},    {"C64", 64},        {"F8_E5M2", 8},     {"F8_E4M3", 8},
      {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8}, {"F8_E5M2FNUZ", 8}, {"F6_E2M3", 6},
      {"F6_E3M2", 6}, {"F4", 4}};
  for (const auto& [name, size] : bits) {
    CAPTURE(name);
    const int64_t bytes = size;  // eight elements
    const auto entries = parse_safetensors_header(
        one(tensor_json(name, "[8]", "[0," + std::to_string(bytes) + "]")),
        bytes,
        "header");
    CHECK(dtype_name(entries.at("t").dtype) == name);
    CHECK(dtype_bits(entries.at("t").dtype) == size);
  }
}

TEST_CASE("what is no regular file is refused without waiting") {
  const TemporaryFolder folder;
  REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const char* name : {"pipe", "."}) {
    CAPTURE(name);
    const std::string message = test::message_of<UserError>(
        [&] { const SafetensorsFile file(folder / name); });
    CHECK(message.find("not a regular file") != std::string::npos);
  }
  const std::string message = test::message_of<UserError>(
      [&] { const SafetensorsFile file(folder / "missing.safetensors"); });
  CHECK(message.find("no such file") != std::string::npos);
}

}  // namespace cdx
