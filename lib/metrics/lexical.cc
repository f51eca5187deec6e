#include "metrics/lexical.h"

#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <unordered_set>

#include <zlib.h>

namespace cdx {
namespace {

void check_not_empty(bool empty, const char* metric) {
  if (empty) throw UserError(std::string(metric) + ": there are no texts");
}

std::string join_by_space(const std::vector<std::string>& texts) {
  std::string joined;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) joined += ' ';
    joined += texts[i];
  }
  return joined;
}

}  // namespace

double distinct_n(const TokenIds& tokens, int n) {
  check_not_empty(tokens.texts.empty(), "distinct_n");
  const TokenIds grams = ngrams(tokens, n);
  const int64_t all = count_tokens(grams);
  return all == 0 ? 0 : grams.n_types / static_cast<double>(all);
}

double compression_ratio_gzip(const std::vector<std::string>& texts) {
  check_not_empty(texts.empty(), "compression_ratio_gzip");
  const std::string joined = join_by_space(texts);
  return static_cast<double>(joined.size()) /
         static_cast<double>(gzip_size(joined));
}

int64_t gzip_size(std::string_view bytes) {
  constexpr int kGzipWindow = 15 + 16, kMemoryLevel = 8;
  constexpr size_t kMostAtOnce = size_t{1} << 30;  // zlib counts in 32 bits
  z_stream stream{};
  if (deflateInit2(&stream,
                   Z_BEST_COMPRESSION,
                   Z_DEFLATED,
                   kGzipWindow,
                   kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw WorldError("gzip: zlib could not start: out of memory?");
  }
  std::vector<Bytef> output(size_t{1} << 16);
  int64_t size = 0;
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
    size += static_cast<int64_t>(output.size() - stream.avail_out);
  }
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw WorldError("gzip: zlib failed");
  return size;
}

double duplicate_rate(const std::vector<std::string>& texts) {
  check_not_empty(texts.empty(), "duplicate_rate");
  std::unordered_set<std::string> distinct;
  for (const std::string& text : texts) {
    distinct.emplace(strip_whitespace(to_nfc(text)));
  }
  return 1 - static_cast<double>(distinct.size()) /
                 static_cast<double>(texts.size());
}

}  // namespace cdx
