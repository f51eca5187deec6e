#include "tokenizer/byte_level.h"

#include "util/unicode.h"

#include <array>

namespace cdx {
namespace {

bool stands_for_itself(int byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) ||
         byte >= 0xAE;
}

// The other 68 bytes, in ascending order, are U+0100, U+0101, ….
struct Alphabet {
  Alphabet() {
    byte_of.fill(-1);
    int others = 0;
    for (int byte = 0; byte < 256; ++byte) {
      int c = stands_for_itself(byte) ? byte : 0x100 + others++;
      append_utf8(static_cast<char32_t>(c), text_of[byte]);
      byte_of[c] = byte;
    }
  }
  std::array<std::string, 256> text_of;
  std::array<int, 0x100 + 68> byte_of;
};

const Alphabet& alphabet() {
  static const Alphabet kAlphabet;
  return kAlphabet;
}

}  // namespace

std::string to_byte_level(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 4);
  for (char c : bytes) text += alphabet().text_of[static_cast<uint8_t>(c)];
  return text;
}

std::string from_byte_level(std::string_view token) {
  const auto& byte_of = alphabet().byte_of;
  std::string bytes;
  for (size_t position = 0; position < token.size();) {
    char32_t c = next_code_point(token, position);
    if (c >= byte_of.size() || byte_of[c] < 0) return std::string(token);
    bytes += static_cast<char>(byte_of[c]);
  }
  return bytes;
}

}  // namespace cdx
