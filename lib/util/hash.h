#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace cdx {

// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);
std::string sha256_file(const std::filesystem::path& path);

// First 8 bytes of the SHA-256 as a little-endian integer: a 64-bit hash whose
// value never changes between versions or machines.
uint64_t hash64(std::string_view bytes);

// CRC-32 of zlib.
uint32_t crc32(std::string_view bytes);

}  // namespace cdx
