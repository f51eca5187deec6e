#include "metrics/compression.h"

#include "util/errors.h"
#include "util/gzip.h"
#include "util/hash.h"

#include <functional>
#include <vector>

#include <fmt/format.h>
#include <lzma.h>
#include <zlib.h>

namespace cdx {
namespace {

constexpr int64_t kGzipHeader = 10, kGzipTrailer = 8;
// 2025-01-01 00:00:00 UTC: four different bytes, as those of most times.
constexpr uint32_t kGzipTime = 1735689600;

// The raw deflate stream, at Python's level.
void deflated(std::string_view bytes,
              const std::function<void(std::string_view)>& take) {
  constexpr int kRawWindow = -15;
  deflate_pieces(bytes, Z_BEST_COMPRESSION, kRawWindow, take);
}

void append_little_endian(uint32_t value, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) {
    out += static_cast<char>(value >> shift & 0xFF);
  }
}

// RFC 1952, as Python writes it: no name, "maximum compression", unknown
// operating system.
std::string gzip_file(std::string_view bytes) {
  std::string file("\x1f\x8b\x08\x00", 4);
  append_little_endian(kGzipTime, file);
  file += "\x02\xff";
  deflated(bytes, [&](std::string_view piece) { file += piece; });
  append_little_endian(crc32(bytes), file);
  append_little_endian(static_cast<uint32_t>(bytes.size()), file);
  return file;
}

}  // namespace

int64_t gzip_size(std::string_view bytes) {
  size_t size = 0;
  deflated(bytes, [&](std::string_view piece) { size += piece.size(); });
  return kGzipHeader + static_cast<int64_t>(size) + kGzipTrailer;
}

int64_t double_gzip_size(std::string_view bytes) {
  constexpr auto kName = static_cast<int64_t>(sizeof("compressed"));
  return gzip_size(gzip_file(bytes)) + kName;
}

int64_t xz_size(std::string_view bytes) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_easy_encoder(&stream, LZMA_PRESET_DEFAULT, LZMA_CHECK_CRC64) !=
      LZMA_OK) {
    throw WorldError("xz: liblzma could not start: out of memory?");
  }
  stream.next_in = reinterpret_cast<const uint8_t*>(bytes.data());
  stream.avail_in = bytes.size();
  std::vector<uint8_t> output(size_t{1} << 16);
  lzma_ret status = LZMA_OK;
  while (status == LZMA_OK) {
    stream.next_out = output.data();
    stream.avail_out = output.size();
    status = lzma_code(&stream, LZMA_FINISH);
  }
  const auto size = static_cast<int64_t>(stream.total_out);
  lzma_end(&stream);
  if (status != LZMA_STREAM_END) throw WorldError("xz: liblzma failed");
  return size;
}

std::string compression_libraries() {
  return fmt::format(
      "zlib {}, liblzma {}", zlibVersion(), lzma_version_string());
}

}  // namespace cdx
