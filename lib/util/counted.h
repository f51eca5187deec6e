#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cdx {

// "1 text", "2 texts", "2 stories".
inline std::string counted(int64_t n, std::string_view noun) {
  std::string words = std::to_string(n) + ' ' + std::string(noun);
  if (n == 1) return words;
  if (words.back() == 'y') {
    words.pop_back();
    return words + "ies";
  }
  return words + 's';
}
inline std::string counted(size_t n, std::string_view noun) {
  return counted(static_cast<int64_t>(n), noun);
}

}  // namespace cdx
