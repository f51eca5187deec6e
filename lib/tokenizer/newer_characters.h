#pragma once

#include <cstdint>
#include <optional>

// Hugging Face's tokenizers library knows newer characters than the ICU and the
// PCRE2 of a Linux distribution. Here is what it thinks of the code points that
// Unicode 14 does not have, which is what the oldest of those know: with it
// every version of them gives the same ids.
namespace cdx {

// The general categories of Unicode.
// clang-format off
enum class Category : uint8_t {
  kLu, kLl, kLt, kLm, kLo, kMn, kMc, kMe, kNd, kNl, kNo, kPc, kPd, kPs, kPe,
  kPi, kPf, kPo, kSm, kSc, kSk, kSo, kZs, kZl, kZp, kCc, kCf, kCo, kCn,
};
// clang-format on

struct Newer {
  char32_t first, last;
  Category category;  // of Unicode 16 (Oniguruma 6.9.10)
  bool is_number;     // of Unicode 17 (Rust's char::is_numeric)
};

// nullptr for a code point that is the same in Unicode 14. Code points of two
// bytes in UTF-8 always are.
const Newer* find_newer(char32_t c);

// The small letter of a capital that ICU may not know (Unicode 17).
std::optional<char32_t> newer_lowercase(char32_t c);

}  // namespace cdx
