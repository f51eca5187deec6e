#include "store/npy.h"

#include "util/errors.h"
#include "util/files.h"

#include <bit>
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

namespace cdx {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr size_t kAlignment = 64;  // of the values, as numpy.save() has it
constexpr size_t kPreamble = 10;   // magic, version, length of the header
constexpr size_t kMaxHeader = 256;
constexpr long long kMaxSide = 1LL << 31;

std::string header(int64_t rows, int64_t columns) {
  std::string text = fmt::format(
      "{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}",
      rows,
      columns);
  const size_t size = kPreamble + text.size() + 1;
  text.append((kAlignment - size % kAlignment) % kAlignment, ' ');
  text += '\n';
  const auto length = static_cast<uint16_t>(text.size());
  std::string preamble("\x93NUMPY\x01\x00", 8);
  preamble += static_cast<char>(length & 0xff);
  preamble += static_cast<char>(length >> 8);
  return preamble + text;
}

}  // namespace

std::string encode_npy(const NpyMatrix& matrix) {
  std::string bytes = header(matrix.rows, matrix.columns);
  bytes.append(reinterpret_cast<const char*>(matrix.values.data()),
               matrix.values.size() * sizeof(float));
  return bytes;
}

NpyMatrix read_npy(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  const auto demand = [&](bool condition) {
    if (!condition) {
      throw WorldError(path.string() +
                       ": damaged, or no float32 matrix of cdx; delete it");
    }
  };
  const std::string start = bytes.substr(0, kMaxHeader);
  const size_t shape = start.find("'shape': (");
  demand(shape != std::string::npos);
  long long rows = 0;
  long long columns = 0;
  demand(std::sscanf(
             start.c_str() + shape, "'shape': (%lld, %lld)", &rows, &columns) ==
             2 &&
         rows > 0 && columns > 0 && rows < kMaxSide && columns < kMaxSide);
  const std::string expected = header(rows, columns);
  const auto count = static_cast<size_t>(rows * columns);
  demand(bytes.starts_with(expected) &&
         bytes.size() - expected.size() == count * sizeof(float));
  NpyMatrix matrix{rows, columns, std::vector<float>(count)};
  std::memcpy(matrix.values.data(),
              bytes.data() + expected.size(),
              count * sizeof(float));
  return matrix;
}

}  // namespace cdx
