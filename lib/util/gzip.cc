#include "util/gzip.h"

#include "util/errors.h"

#include <algorithm>
#include <vector>

#include <zlib.h>

namespace cdx {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's way to ask for gzip's frame
constexpr size_t kMostAtOnce = size_t{1} << 30;  // zlib counts in 32 bits

}  // namespace

std::string gzip(std::string_view bytes) {
  constexpr int kMemoryLevel = 8;
  z_stream stream{};
  if (deflateInit2(&stream,
                   Z_DEFAULT_COMPRESSION,
                   Z_DEFLATED,
                   kGzipWindow,
                   kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw WorldError("gzip: zlib could not start: out of memory?");
  }
  std::string file;
  std::vector<Bytef> room(size_t{1} << 16);
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
    stream.next_out = room.data();
    stream.avail_out = static_cast<uInt>(room.size());
    status = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    file.append(reinterpret_cast<const char*>(room.data()),
                room.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw WorldError("gzip: zlib failed");
  return file;
}

}  // namespace cdx
