#include "util/gzip.h"

#include "util/errors.h"

#include <algorithm>
#include <vector>

#include <zlib.h>

namespace cdx {

std::string gzip(std::string_view bytes) {
  constexpr int kGzipWindow = 15 + 16;
  std::string file;
  deflate_pieces(
      bytes, Z_DEFAULT_COMPRESSION, kGzipWindow, [&](std::string_view piece) {
        file += piece;
      });
  return file;
}

void deflate_pieces(std::string_view bytes,
                    int level,
                    int window,
                    const std::function<void(std::string_view)>& take) {
  constexpr int kMemoryLevel = 8;
  constexpr size_t kMostAtOnce = size_t{1} << 30;  // zlib counts in 32 bits
  z_stream stream{};
  if (deflateInit2(&stream,
                   level,
                   Z_DEFLATED,
                   window,
                   kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw WorldError("gzip: zlib could not start: out of memory?");
  }
  std::vector<Bytef> output(size_t{1} << 16);
  int status = Z_OK;
  while (status == Z_OK) {
    if (stream.avail_in == 0) {
      const size_t count = std::min(bytes.size(), kMostAtOnce);
      // zlib never writes through next_in; its type is older than const.
      stream.next_in =
          reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
      stream.avail_in = static_cast<uInt>(count);
      bytes.remove_prefix(count);
    }
    stream.next_out = output.data();
    stream.avail_out = static_cast<uInt>(output.size());
    status = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    take(std::string_view(reinterpret_cast<const char*>(output.data()),
                          output.size() - stream.avail_out));
  }
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw WorldError("gzip: zlib failed");
}

}  // namespace cdx
