#pragma once

#include <string>
#include <string_view>

// GPT-2's alphabet, in which each of the 256 bytes is one printable character.
namespace cdx {

std::string to_byte_level(std::string_view bytes);
void append_byte_level(std::string_view bytes, std::string& out);
// A token with a character outside the alphabet stays as it is.
std::string from_byte_level(std::string_view token);

}  // namespace cdx
