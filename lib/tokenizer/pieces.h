#pragma once

#include "util/errors.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

// Bytes [begin, end) of a text.
struct Span {
  size_t begin = 0;
  size_t end = 0;
  bool operator==(const Span&) const = default;
};

inline std::string_view part(std::string_view text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

// A text and the parts of it, in order, that the model encodes each alone.
struct Pieces {
  std::string text;
  std::vector<Span> spans;
  // Does a piece that begins at byte 0 begin the text that the user gave?
  bool at_start = true;
};

// Throws UserError when a step of a tokenizer file makes a text many times
// longer, as no tokenizer does: a chain of such steps would fill the memory.
// (NFKD makes 33 bytes of 3, at the most.)
inline void check_growth(size_t bytes_before, size_t bytes_after) {
  constexpr size_t kMaxFactor = 64, kSlack = size_t{1} << 20;
  if (bytes_after <= kMaxFactor * bytes_before + kSlack) return;
  throw UserError(
      "the tokenizer file makes a text more than 64 times longer: take it "
      "from a source that you trust");
}

}  // namespace cdx
