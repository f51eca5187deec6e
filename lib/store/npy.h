#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

// NumPy's file format, version 1.0, for float32 matrices in row-major order.
namespace cdx {

struct NpyMatrix {
  int64_t rows = 0;  // at least 1
  int64_t columns = 0;
  std::vector<float> values;  // [rows, columns]
};

// The bytes of a file that numpy.load() reads; the same as numpy.save() writes.
std::string encode_npy(const NpyMatrix& matrix);

// Reads what encode_npy() writes. Throws WorldError naming the file for
// anything else: another type or order, too few or too many bytes.
NpyMatrix read_npy(const std::filesystem::path& path);

}  // namespace cdx
