#include "util/unicode.h"

#include "util/errors.h"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>

#include <unicode/bytestream.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace cdx {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Sequence {
  size_t length;  // of the sequence, or of its maximal valid part
  bool valid;
};

// The first sequence of a text that is not empty; Unicode 15, table 3-7.
Sequence first_sequence(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) return {1, true};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (size_t i = 1; i < length; ++i) {
    if (i >= text.size() || byte(i) < low || byte(i) > high) return {i, false};
    low = 0x80;
    high = 0xBF;
  }
  return {length, true};
}

// Length of the longest valid prefix.
size_t valid_prefix(std::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    Sequence next = first_sequence(text.substr(position));
    if (!next.valid) break;
    position += next.length;
  }
  return position;
}

std::string normalize(std::string_view text,
                      const icu::Normalizer2* (*form)(UErrorCode&)) {
  if (text.size() > std::numeric_limits<int32_t>::max()) {
    throw UserError("a text of more than 2 GB cannot be normalised");
  }
  auto size = static_cast<int32_t>(text.size());
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = form(status);
  std::string out;
  if (U_SUCCESS(status)) {
    icu::StringByteSink<std::string> sink(&out, size);
    icu::StringPiece piece(text.data(), size);
    normalizer->normalizeUTF8(0, piece, sink, nullptr, status);
  }
  if (U_FAILURE(status)) {
    throw WorldError(std::string("ICU cannot normalise a text: ") +
                     u_errorName(status));
  }
  return out;
}

icu::UnicodeString from_utf8(std::string_view text) {
  if (text.size() > std::numeric_limits<int32_t>::max()) {
    throw UserError("a text of more than 2 GB has no other case");
  }
  return icu::UnicodeString::fromUTF8(
      {text.data(), static_cast<int32_t>(text.size())});
}

std::string to_utf8(const icu::UnicodeString& text) {
  std::string out;
  text.toUTF8String(out);
  return out;
}

bool has_property(char32_t code_point, UProperty property) {
  return u_hasBinaryProperty(static_cast<UChar32>(code_point), property);
}

constexpr char32_t kSigma = 0x3A3, kFinalSigma = 0x3C2, kDottedI = 0x130;

// True if no letter of the same word follows the character at `position`.
bool ends_word(const std::u32string& text, size_t position) {
  do {
    ++position;
  } while (position < text.size() &&
           has_property(text[position], UCHAR_CASE_IGNORABLE));
  return position == text.size() || !has_property(text[position], UCHAR_CASED);
}

// `ascii_lower` has the ASCII letters of `text` in lower case already.
std::string lower_beyond_ascii(std::string_view ascii_lower,
                               std::string_view text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t position = 0; position < text.size();) {
    if (ascii_lower[position] >= 0) {
      lower += ascii_lower[position++];
      continue;
    }
    const char32_t c = next_code_point(text, position);
    // All others are lowered one by one, whatever is around them.
    if (c == kSigma || c == kDottedI) {
      return to_utf8(from_utf8(text).toLower(icu::Locale::getRoot()));
    }
    append_utf8(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))),
                lower);
  }
  return lower;
}

bool is_continuation(char c) {
  return (c & 0xC0) == 0x80;
}

// is_white_space() of '\0' … ' ' and DEL: 0x09 to 0x0D and 0x1C to 0x20.
bool is_ascii_white_space(unsigned char byte) {
  return byte <= ' ' && (uint64_t{0x1F0003E00} >> byte & 1) != 0;
}

// How many bytes find_others() looks at together.
constexpr size_t kBlock = 64;

// Bit i tells that byte i is none of '!' … '~' (nor DEL).
inline uint64_t find_others(const char* block) {
  constexpr uint64_t kOnes = 0x0101010101010101u, kHighs = 0x80 * kOnes;
  // Times it, the lowest bits of the bytes are those of the highest byte.
  constexpr uint64_t kGather = 0x0102040810204080u;
  uint64_t others = 0;
  for (size_t i = 0; i < kBlock / 8; ++i) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, block + 8 * i, 8);
    // Above 0x7F, or at most 0x20: then adding 0x5F sets no high bit.
    const uint64_t low = ~((bytes & ~kHighs) + 0x5F * kOnes);
    const uint64_t high_bits = ((bytes | low) & kHighs) >> 7;
    others |= high_bits * kGather >> 56 << (8 * i);
  }
  return others;
}

inline uint64_t find_others(std::string_view rest) {
  if (rest.size() >= kBlock) return find_others(rest.data());
  std::array<char, kBlock> block;
  block.fill('x');
  rest.copy(block.data(), rest.size());
  return find_others(block.data());
}

// Each gives the end of the separator that starts at `at`, or `at` if there is
// none.
constexpr auto kSkipWhiteSpace = [](std::string_view text, size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x80) return is_ascii_white_space(byte) ? at + 1 : at;
  if (is_continuation(text[at])) return at;
  size_t next = at;
  return is_white_space(next_code_point(text, next)) ? next : at;
};
constexpr auto kSkipSpace = [](std::string_view text, size_t at) {
  return text[at] == ' ' ? at + 1 : at;
};

// What is between separators, which are no '!' … DEL.
template <typename Skip>
void split(std::string_view text,
           const Skip& skip,
           bool keep_empty,
           std::vector<std::string_view>& words) {
  words.clear();
  size_t start = 0;
  auto end_word = [&](size_t end) {
    if (keep_empty || end > start) {
      words.push_back(text.substr(start, end - start));
    }
  };
  for (size_t block = 0; block < text.size(); block += kBlock) {
    uint64_t others = find_others(text.substr(block));
    for (; others != 0; others &= others - 1) {
      const size_t at = block + static_cast<size_t>(std::countr_zero(others));
      const size_t next = skip(text, at);
      if (next == at) continue;
      end_word(at);
      start = next;
    }
  }
  end_word(text.size());
}

}  // namespace

bool is_utf8(std::string_view text) {
  return valid_prefix(text) == text.size();
}

std::string to_valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    size_t length = valid_prefix(text);
    valid += text.substr(0, length);
    text.remove_prefix(length);
    if (text.empty()) break;
    valid += kReplacement;
    text.remove_prefix(first_sequence(text).length);
  }
  return valid;
}

char32_t next_code_point(std::string_view text, size_t& position) {
  auto byte = [&] { return static_cast<unsigned char>(text[position++]); };
  unsigned char lead = byte();
  if (lead < 0x80) return lead;
  int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  char32_t code_point = lead & (0x3F >> more);
  while (more-- > 0) code_point = code_point << 6 | (byte() & 0x3F);
  return code_point;
}

std::u32string to_code_points(std::string_view text) {
  std::u32string code_points;
  code_points.reserve(text.size());
  for (size_t position = 0; position < text.size();) {
    code_points += next_code_point(text, position);
  }
  return code_points;
}

std::string to_utf8(std::u32string_view code_points) {
  std::string text;
  text.reserve(code_points.size());
  for (char32_t code_point : code_points) append_utf8(code_point, text);
  return text;
}

void append_utf8(char32_t code_point, std::string& out) {
  auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
  auto put_rest = [&](int shift) {
    for (; shift >= 0; shift -= 6) put(0x80 | (code_point >> shift & 0x3F));
  };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0 | code_point >> 6);
    put_rest(0);
  } else if (code_point < 0x10000) {
    put(0xE0 | code_point >> 12);
    put_rest(6);
  } else {
    put(0xF0 | code_point >> 18);
    put_rest(12);
  }
}

size_t count_code_points(std::string_view text) {
  size_t count = 0;
  for (char c : text) count += !is_continuation(c);
  return count;
}

bool is_white_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x20) || c == 0x85 ||
         c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
         c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

std::vector<std::string_view> split_whitespace(std::string_view text) {
  std::vector<std::string_view> words;
  split_whitespace(text, words);
  return words;
}

void split_whitespace(std::string_view text,
                      std::vector<std::string_view>& words) {
  split(text, kSkipWhiteSpace, /*keep_empty=*/false, words);
}

std::vector<std::string_view> split_spaces(std::string_view text) {
  std::vector<std::string_view> words;
  split(text, kSkipSpace, /*keep_empty=*/true, words);
  return words;
}

std::string_view strip_whitespace(std::string_view text) {
  size_t begin = text.size(), end = 0, position = 0;
  while (position < text.size()) {
    size_t before = position;
    if (is_white_space(next_code_point(text, position))) continue;
    if (begin == text.size()) begin = before;
    end = position;
  }
  return end == 0 ? std::string_view() : text.substr(begin, end - begin);
}

std::string to_upper(std::string_view text) {
  return to_utf8(from_utf8(text).toUpper(icu::Locale::getRoot()));
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  bool is_ascii = true;
  for (char& c : lower) {
    is_ascii = is_ascii && c >= 0;
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return is_ascii ? lower : lower_beyond_ascii(lower, text);
}

std::string to_title(std::string_view text) {
  std::string out;
  bool cased = false;
  const std::u32string characters = to_code_points(text);
  for (size_t i = 0; i < characters.size(); ++i) {
    const char32_t c = characters[i];
    if (cased && c == kSigma && ends_word(characters, i)) {
      append_utf8(kFinalSigma, out);
      continue;
    }
    icu::UnicodeString one(static_cast<UChar32>(c));
    cased ? one.toLower(icu::Locale::getRoot())
          : one.toTitle(nullptr, icu::Locale::getRoot());
    out += to_utf8(one);
    cased = has_property(c, UCHAR_CASED);
  }
  return out;
}

bool is_printable(char32_t code_point) {
  constexpr uint32_t kNot = U_GC_C_MASK | U_GC_Z_MASK;
  return code_point == U' ' ||
         (U_GET_GC_MASK(static_cast<UChar32>(code_point)) & kNot) == 0;
}

bool is_alphanumeric(char32_t code_point) {
  const auto c = static_cast<UChar32>(code_point);
  return u_isalpha(c) ||
         u_getIntPropertyValue(c, UCHAR_NUMERIC_TYPE) != U_NT_NONE;
}

bool is_decimal(char32_t code_point) {
  return u_isdigit(static_cast<UChar32>(code_point));
}

bool is_uts18_word(char32_t code_point) {
  constexpr uint32_t kKinds = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return (U_GET_GC_MASK(static_cast<UChar32>(code_point)) & kKinds) != 0 ||
         has_property(code_point, UCHAR_ALPHABETIC) ||
         has_property(code_point, UCHAR_JOIN_CONTROL);
}

std::string to_nfc(std::string_view text) {
  return normalize(text, icu::Normalizer2::getNFCInstance);
}

std::string to_nfd(std::string_view text) {
  return normalize(text, icu::Normalizer2::getNFDInstance);
}

}  // namespace cdx
