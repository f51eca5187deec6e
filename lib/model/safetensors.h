#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The safetensors format: eight bytes (little-endian length N of the header), N
// bytes of JSON, then the tensors' bytes, row-major and little-endian, with no
// hole between them. The file is untrusted until all of that has been checked.
namespace cdx {

enum class Dtype {
  kBool,
  kU8,
  kI8,
  kI16,
  kU16,
  kF16,
  kBf16,
  kI32,
  kU32,
  kF32,
  kI64,
  kU64,
  kF64,
  kC64,
  kF8E5m2,
  kF8E4m3,
  kF8E8m0,
  kF8E4m3Fnuz,
  kF8E5m2Fnuz,
  kF6E2m3,
  kF6E3m2,
  kF4
};

std::string_view dtype_name(Dtype dtype);  // "BF16", as in the file
int64_t dtype_bits(Dtype dtype);           // size of one element

struct TensorEntry {
  Dtype dtype = Dtype::kF32;
  std::vector<int64_t> shape;
  int64_t begin = 0, end = 0;  // bytes, counted from the end of the header
};

// Entries of a header by name, checked by the rules of the format's reference
// reader and limits of ours (rank 8, names of 1,024 bytes, 1,000,000 tensors):
// they cover exactly `data_size` bytes, without overlap or hole, and each is as
// long as its type and shape say. Throws WorldError naming `where`, the tensor
// and what is wrong.
std::map<std::string, TensorEntry> parse_safetensors_header(
    std::string_view header, int64_t data_size, const std::string& where);

struct TensorView {
  Dtype dtype = Dtype::kF32;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;  // aligned to nothing in particular
};

// A file mapped into memory; views stay valid as long as the object lives.
// Throws UserError when the file does not exist or is no regular file,
// WorldError when it cannot be read or is damaged.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, TensorView>& tensors() const { return tensors_; }

  // Gives the memory of a view back to the system; the view stays valid and is
  // read from the file again when it is used.
  void release(const TensorView& view) const;

 private:
  class Mapping;

  std::filesystem::path path_;
  std::shared_ptr<const Mapping> mapping_;
  std::map<std::string, TensorView> tensors_;
};

}  // namespace cdx
