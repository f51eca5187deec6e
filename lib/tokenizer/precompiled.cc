#include "tokenizer/precompiled.h"

#include "tokenizer/newer_characters.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

namespace cdx {
namespace {

constexpr size_t kMaxString = 1 << 10;
constexpr size_t kMaxLookedUpWhole = 6;  // graphemes of fewer bytes are

// A unit of a double array in the layout of Darts-clone.
struct Unit {
  uint32_t bits;
  bool has_leaf() const { return (bits >> 8 & 1) != 0; }
  uint32_t value() const { return bits & 0x7FFFFFFF; }
  uint32_t label() const { return bits & 0x800000FF; }
  uint32_t offset() const { return bits >> 10 << ((bits & 1U << 9) >> 6); }
};

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

// Calls `grapheme(part)` for each extended grapheme cluster of a text. Between
// two ASCII characters there is always a border, except within "\r\n"; ICU
// finds those of the rest.
class Graphemes {
 public:
  template <typename F>
  void each(std::string_view text, F&& grapheme) {
    for (size_t begin = 0; begin < text.size();) {
      size_t end = end_of_stretch(text, begin);
      if (end - begin == 1) {
        grapheme(text.substr(begin, 1));
      } else {
        each_by_icu(text.substr(begin, end - begin), grapheme);
      }
      begin = end;
    }
  }

 private:
  static size_t end_of_stretch(std::string_view text, size_t begin) {
    size_t end = begin + 1;
    for (; end < text.size(); ++end) {
      bool border = is_ascii(text[end - 1]) && is_ascii(text[end]) &&
                    !(text[end - 1] == '\r' && text[end] == '\n');
      if (border) break;
    }
    return end;
  }

  template <typename F>
  void each_by_icu(std::string_view text, F&& grapheme) {
    UErrorCode status = U_ZERO_ERROR;
    if (!borders_) {
      borders_.reset(ubrk_open(UBRK_CHARACTER, "", nullptr, 0, &status));
    }
    UText view = UTEXT_INITIALIZER;
    utext_openUTF8(
        &view, text.data(), static_cast<int64_t>(text.size()), &status);
    ubrk_setUText(borders_.get(), &view, &status);
    if (U_FAILURE(status)) throw WorldError("ICU has no grapheme clusters");
    size_t begin = 0;
    for (int32_t border = ubrk_next(borders_.get()); border != UBRK_DONE;
         border = ubrk_next(borders_.get())) {
      auto end = static_cast<size_t>(border);
      if (newer_mark_joins(text, begin, end)) continue;
      grapheme(text.substr(begin, end - begin));
      begin = end;
    }
    utext_close(&view);
  }

  // A combining mark that ICU may not know yet belongs to what is before it,
  // except to control characters.
  static bool newer_mark_joins(std::string_view text,
                               size_t begin,
                               size_t border) {
    if (border == text.size() || is_ascii(text[border])) return false;
    const Newer* newer = find_newer(next_code_point(text, border));
    bool is_mark = newer != nullptr && (newer->category == Category::kMn ||
                                        newer->category == Category::kMc ||
                                        newer->category == Category::kMe);
    if (!is_mark) return false;
    auto kind = u_getIntPropertyValue(
        static_cast<UChar32>(next_code_point(text, begin)),
        UCHAR_GRAPHEME_CLUSTER_BREAK);
    return kind != U_GCB_CONTROL && kind != U_GCB_CR && kind != U_GCB_LF;
  }

  struct Close {
    void operator()(UBreakIterator* iterator) const { ubrk_close(iterator); }
  };
  std::unique_ptr<UBreakIterator, Close> borders_;
};

}  // namespace

Precompiled::Precompiled(std::string_view charsmap, const std::string& where) {
  uint32_t trie = 0;
  bool sized = charsmap.size() > sizeof trie;
  if (sized) std::memcpy(&trie, charsmap.data(), sizeof trie);
  if (!sized || trie == 0 || trie % sizeof(uint32_t) != 0 ||
      trie >= charsmap.size() - sizeof trie) {
    throw UserError(where + ": the precompiled_charsmap is damaged");
  }
  units_.resize(trie / sizeof(uint32_t));
  std::memcpy(units_.data(), charsmap.data() + sizeof trie, trie);
  strings_ = charsmap.substr(sizeof trie + trie);
  check(where);
}

// Visits every unit that some text can lead to.
void Precompiled::check(const std::string& where) const {
  auto require = [&](bool good) {
    if (!good) throw UserError(where + ": the precompiled_charsmap is damaged");
  };
  require(is_utf8(strings_) && strings_.back() == '\0');
  for (size_t begin = 0; begin < strings_.size();) {
    size_t end = strings_.find('\0', begin);
    require(end - begin <= kMaxString);
    begin = end + 1;
  }
  std::vector<bool> seen(units_.size());
  std::vector<uint32_t> open{0};
  while (!open.empty()) {
    uint32_t at = open.back();
    open.pop_back();
    Unit unit{units_[at]};
    uint32_t children = at ^ unit.offset();
    require((children | 0xFF) < units_.size());
    if (unit.has_leaf()) {
      uint32_t value = Unit{units_[children]}.value();
      require(value < strings_.size() && (strings_[value] & 0xC0) != 0x80);
    }
    for (uint32_t byte = 0; byte < 256; ++byte) {
      uint32_t child = children ^ byte;
      if (Unit{units_[child]}.label() != byte || seen[child]) continue;
      seen[child] = true;
      open.push_back(child);
    }
  }
}

// What the shortest entry that `part` starts with becomes.
std::optional<std::string_view> Precompiled::find(std::string_view part) const {
  uint32_t at = Unit{units_[0]}.offset();
  for (char c : part) {
    auto byte = static_cast<unsigned char>(c);
    if (byte == 0) break;
    at ^= byte;
    Unit unit{units_[at]};
    if (unit.label() != byte) break;
    at ^= unit.offset();
    if (!unit.has_leaf()) continue;
    const char* string = strings_.data() + Unit{units_[at]}.value();
    return std::string_view(string);
  }
  return std::nullopt;
}

std::string Precompiled::operator()(std::string_view text) const {
  std::string out;
  out.reserve(text.size());
  Graphemes graphemes;
  graphemes.each(
      text, [&](std::string_view grapheme) { append_grapheme(grapheme, out); });
  return out;
}

void Precompiled::append_grapheme(std::string_view grapheme,
                                  std::string& out) const {
  auto whole =
      grapheme.size() < kMaxLookedUpWhole ? find(grapheme) : std::nullopt;
  if (whole) {
    out += *whole;
  } else {
    append_characters(grapheme, out);
  }
}

void Precompiled::append_characters(std::string_view text,
                                    std::string& out) const {
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    next_code_point(text, end);
    std::string_view character = text.substr(begin, end - begin);
    out += find(character).value_or(character);
  }
}

std::string from_base64(std::string_view text, const std::string& where) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<int8_t, 256> values{};
  values.fill(-1);
  for (size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<int8_t>(i);
  }
  bool good = text.size() % 4 == 0;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  uint32_t bits = 0;
  int count = 0;
  for (char c : text) {
    int8_t value = values[static_cast<unsigned char>(c)];
    good = good && value >= 0;
    bits = bits << 6 | static_cast<uint32_t>(value & 0x3F);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xFF);
  }
  if (!good) throw UserError(where + ": the base64 is damaged");
  return bytes;
}

}  // namespace cdx
