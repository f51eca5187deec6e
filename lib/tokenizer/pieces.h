#pragma once

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
};

}  // namespace cdx
