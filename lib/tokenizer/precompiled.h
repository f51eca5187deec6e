#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// The "Precompiled" normalizer of tokenizer.json files that were made from
// sentencepiece models (T5, XLM-R, ALBERT …): a table of strings and what each
// becomes. As in Hugging Face's tokenizers, the grapheme clusters of fewer than
// six bytes are looked up whole, then the characters of the others; an entry
// that is a prefix of what is looked up replaces all of it.
class Precompiled {
 public:
  // `charsmap`: the bytes of a sentencepiece model's precompiled_charsmap: the
  // size of a double-array trie (32 bits, little-endian), the trie, the strings
  // that its values point to, each ended by a zero. Throws UserError on a
  // damaged one: no text can lead out of the tables, and no character becomes
  // more than 1 KiB.
  Precompiled(std::string_view charsmap, const std::string& where);

  // Of valid UTF-8, and gives valid UTF-8.
  std::string operator()(std::string_view text) const;

 private:
  void check(const std::string& where) const;
  std::optional<std::string_view> find(std::string_view part) const;
  void append_grapheme(std::string_view grapheme, std::string& out) const;
  void append_characters(std::string_view text, std::string& out) const;

  std::vector<uint32_t> units_;
  std::string strings_;
};

// The bytes of standard base64. Throws UserError on anything else.
std::string from_base64(std::string_view text, const std::string& where);

}  // namespace cdx
