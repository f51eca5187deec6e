#pragma once

#include "tokenizer/normalizers.h"
#include "util/json.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cdx {

// A string that is one token wherever it stands in a text.
struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool special = false;      // left out when decoding without special tokens
  bool normalized = false;   // looked for after the normalizer, not before
  bool single_word = false;  // only where no word character is beside it
  bool lstrip = false;       // takes the white space before it along
  bool rstrip = false;       // and after it
};

AddedToken read_added_token(const Json& json,
                            int32_t id,
                            const std::string& where);

// Finds the longest of many strings at a place of a text.
class LongestMatcher {
 public:
  LongestMatcher();
  void add(std::string_view content, int32_t value);
  struct Match {
    size_t length;
    int32_t value;
  };
  // The longest string that `text` starts with.
  std::optional<Match> match(std::string_view text) const;

 private:
  std::array<int32_t, 256> roots_;  // node after the first byte, -1 for none
  std::unordered_map<uint64_t, int32_t> edges_;  // (node, byte) → node
  std::vector<int32_t> values_;                  // of a node, -1 for none
};

// A part of a text: an added token, or what lies between two.
struct TextSegment {
  std::string_view text;
  std::optional<int32_t> id;
};

// Cuts texts at added tokens: the leftmost first, of those the longest.
class AddedTokens {
 public:
  // Throws UserError on tokens that are empty or very long, or become so when
  // normalised.
  AddedTokens(std::vector<AddedToken> tokens,
              const Normalizer& normalizer,
              const std::string& where);

  // At the tokens to be found before the normalizer; in normalised text at the
  // others. The segments are parts of `text`, none is empty.
  std::vector<TextSegment> split_raw(std::string_view text) const;
  std::vector<TextSegment> split_normalized(std::string_view text) const;

  const std::vector<AddedToken>& tokens() const { return tokens_; }

 private:
  std::vector<TextSegment> split(std::string_view text,
                                 const LongestMatcher& matcher) const;

  std::vector<AddedToken> tokens_;
  LongestMatcher raw_, normalized_;  // values are indices of tokens_
};

}  // namespace cdx
