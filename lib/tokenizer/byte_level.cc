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
      std::string text;
      append_utf8(static_cast<char32_t>(c), text);
      lengths[byte] = text.size();
      texts[byte] = {text.front(), text.back()};
      byte_of[c] = byte;
    }
  }
  std::array<std::array<char, 2>, 256> texts;  // UTF-8 of one or two bytes
  std::array<size_t, 256> lengths;
  std::array<int, 0x100 + 68> byte_of;
};

const Alphabet& alphabet() {
  static const Alphabet kAlphabet;
  return kAlphabet;
}

}  // namespace

std::string to_byte_level(std::string_view bytes) {
  std::string text;
  append_byte_level(bytes, text);
  return text;
}

void append_byte_level(std::string_view bytes, std::string& out) {
  const Alphabet& letters = alphabet();
  for (char c : bytes) {
    auto byte = static_cast<uint8_t>(c);
    out.append(letters.texts[byte].data(), letters.lengths[byte]);
  }
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
