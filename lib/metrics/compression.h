#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Sizes of compressed bytes: those of Python's gzip and lzma modules, byte for
// byte, as long as those link zlib and liblzma too (not zlib-ng or libdeflate).
// Linear in the bytes. WorldError when a library fails (out of memory).
namespace cdx {

// Size in bytes of zlib's gzip file of `bytes` at level 9 (window 15, memory
// level 8), with a header of 10 bytes and a trailer of 8.
int64_t gzip_size(std::string_view bytes);

// Size of the file that Shaib et al.'s package `diversity` 0.3.1 writes: the
// gzip file of a gzip file, the outer with the name "compressed" (11 bytes).
// Its inner header holds the time; this one's time is 2025-01-01 00:00:00 UTC.
// Another time changes the size of tiny files (inner file up to about 45 bytes)
// by a byte.
int64_t double_gzip_size(std::string_view bytes);

// Size of liblzma's .xz file of `bytes`: one block, preset 6, CRC64.
int64_t xz_size(std::string_view bytes);

// The libraries that the sizes depend on: "zlib 1.2.13, liblzma 5.4.1".
std::string compression_libraries();

}  // namespace cdx
