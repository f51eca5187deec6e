#pragma once

#include <string>
#include <string_view>

namespace cdx {

// `bytes` as a gzip file (RFC 1952) without name or time: the same bytes give
// the same file. Throws WorldError if there is no memory.
std::string gzip(std::string_view bytes);

}  // namespace cdx
