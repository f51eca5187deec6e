#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace cdx {

// `bytes` as a gzip file (RFC 1952) without name or time: the same bytes give
// the same file. Throws WorldError if there is no memory.
std::string gzip(std::string_view bytes);

// Gives `take` the zlib stream of `bytes` piece by piece. `level` and `window`
// as zlib has them: window −15 is deflate alone, 15 + 16 a gzip file. Throws
// WorldError if there is no memory.
void deflate_pieces(std::string_view bytes,
                    int level,
                    int window,
                    const std::function<void(std::string_view)>& take);

}  // namespace cdx
