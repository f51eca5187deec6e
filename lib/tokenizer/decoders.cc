#include "tokenizer/decoders.h"

#include "tokenizer/byte_level.h"
#include "util/errors.h"

#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

std::string decode_byte_level(const std::vector<std::string_view>& tokens) {
  std::string text;
  for (std::string_view token : tokens) text += from_byte_level(token);
  return text;
}

void replace_all(std::string& text,
                 std::string_view from,
                 std::string_view to) {
  size_t position = 0;
  while ((position = text.find(from, position)) != std::string::npos) {
    text.replace(position, from.size(), to);
    position += to.size();
  }
}

// Undoes the blanks that BERT's pre-tokenizer set around English punctuation.
void clean_up(std::string& text) {
  constexpr std::pair<std::string_view, std::string_view> kReplacements[] = {
      {" .", "."},
      {" ?", "?"},
      {" !", "!"},
      {" ,", ","},
      {" ' ", "'"},
      {" n't", "n't"},
      {" 'm", "'m"},
      {" do not", " don't"},
      {" 's", "'s"},
      {" 've", "'ve"},
      {" 're", "'re"}};
  for (const auto& [from, to] : kReplacements) replace_all(text, from, to);
}

Decoder read_word_piece(const Json& json, const std::string& where) {
  std::string prefix = json_string(json, "prefix", where);
  bool cleanup = json_bool(json, "cleanup", where);
  return [=](const std::vector<std::string_view>& tokens) {
    std::string text;
    for (size_t i = 0; i < tokens.size(); ++i) {
      std::string token(tokens[i]);
      if (i > 0 && token.starts_with(prefix)) {
        token.erase(0, prefix.size());
      } else if (i > 0) {
        token.insert(0, 1, ' ');
      }
      if (cleanup) clean_up(token);
      text += token;
    }
    return text;
  };
}

}  // namespace

Decoder read_decoder(const Json& json, const std::string& where) {
  std::string type = json.is_null() ? "null" : json_string(json, "type", where);
  if (type == "ByteLevel") return decode_byte_level;
  if (type == "WordPiece") return read_word_piece(json, where);
  throw UserError(
      fmt::format("{}: the decoder \"{}\" is not supported yet", where, type));
}

}  // namespace cdx
