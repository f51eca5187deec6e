#include "tokenizer/characters.h"

#include "tokenizer/newer_characters.h"
#include "util/unicode.h"

#include <unicode/uchar.h>

namespace cdx {
namespace {

// The Unicode versions of the unicode_categories and of the
// unicode-normalization-alignments crate: a character added later has no
// category there.
constexpr int kCategoriesVersion = 8;
constexpr int kNormalizationVersion = 9;

bool is_of_version(char32_t c, int version) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] <= version;
}

// Mask of the general category (U_GC_..._MASK) in Unicode 8.
uint32_t old_category(char32_t c) {
  switch (c) {  // changed since
    case 0x166D:
    case 0x111C9:
      return U_GC_PO_MASK;
    case 0x1734:
      return U_GC_MN_MASK;
    case 0x1885:
    case 0x1886:
      return U_GC_LO_MASK;
    case 0xA9BD:
      return U_GC_MC_MASK;
    default:
      break;
  }
  if (!is_of_version(c, kCategoriesVersion)) return U_GC_CN_MASK;
  return U_GET_GC_MASK(static_cast<UChar32>(c));
}

bool is_word_category(Category category) {
  using enum Category;
  return category <= kNl || category == kPc;  // L*, M*, Nd, Nl, Pc
}

bool between(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

}  // namespace

bool is_word_character(char32_t c) {
  if (const Newer* newer = find_newer(c)) {
    return is_word_category(newer->category);
  }
  auto point = static_cast<UChar32>(c);
  constexpr uint32_t kCategories = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return u_hasBinaryProperty(point, UCHAR_ALPHABETIC) ||
         (U_GET_GC_MASK(point) & kCategories) != 0 ||
         u_hasBinaryProperty(point, UCHAR_JOIN_CONTROL);
}

bool is_unicode_space(char32_t c) {
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

bool is_numeric(char32_t c) {
  if (const Newer* newer = find_newer(c)) return newer->is_number;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_N_MASK) != 0;
}

// U+0130 is the only one that becomes two.
void append_lowercase(char32_t c, std::string& out) {
  if (c == 0x130) {
    out += "i\u0307";
  } else if (auto newer = newer_lowercase(c)) {
    append_utf8(*newer, out);
  } else {
    append_utf8(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))), out);
  }
}

bool is_combining_mark(char32_t c) {
  if (c == 0x1CF2 || c == 0x1CF3) return true;  // letters since Unicode 12
  if (c == 0x111C9) return false;               // a mark since Unicode 11
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_M_MASK) != 0 &&
         is_of_version(c, kNormalizationVersion);
}

bool is_bert_control(char32_t c) {
  if (c == '\t' || c == '\n' || c == '\r') return false;
  return (old_category(c) & (U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK)) != 0;
}

bool is_bert_punctuation(char32_t c) {
  return between(c, 0x21, 0x2F) || between(c, 0x3A, 0x40) ||
         between(c, 0x5B, 0x60) || between(c, 0x7B, 0x7E) ||
         (old_category(c) & U_GC_P_MASK) != 0;
}

// U+2B920, not the U+2B820 of Unicode's block and of BERT: so in the library.
bool is_bert_ideograph(char32_t c) {
  return between(c, 0x4E00, 0x9FFF) || between(c, 0x3400, 0x4DBF) ||
         between(c, 0x20000, 0x2A6DF) || between(c, 0x2A700, 0x2B73F) ||
         between(c, 0x2B740, 0x2B81F) || between(c, 0x2B920, 0x2CEAF) ||
         between(c, 0xF900, 0xFAFF) || between(c, 0x2F800, 0x2FA1F);
}

bool is_bert_accent(char32_t c) {
  return (old_category(c) & U_GC_MN_MASK) != 0;
}

}  // namespace cdx
