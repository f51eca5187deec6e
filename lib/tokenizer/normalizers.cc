#include "tokenizer/normalizers.h"

#include "tokenizer/characters.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <fmt/format.h>
#include <unicode/uchar.h>

namespace cdx {
namespace {

struct BertOptions {
  bool clean_text;
  bool handle_chinese_chars;
  bool strip_accents;
  bool lowercase;
};

// Drops what does not print and makes every white space a blank.
std::u32string clean(const std::u32string& text) {
  std::u32string out;
  for (char32_t c : text) {
    if (c == 0 || c == 0xFFFD || is_bert_control(c)) continue;
    out += is_unicode_space(c) ? U' ' : c;
  }
  return out;
}

std::u32string space_ideographs(const std::u32string& text) {
  std::u32string out;
  for (char32_t c : text) {
    if (is_bert_ideograph(c)) {
      out += {U' ', c, U' '};
    } else {
      out += c;
    }
  }
  return out;
}

std::u32string strip_accents(const std::u32string& text) {
  std::u32string out = to_code_points(to_nfd(to_utf8(text)));
  std::erase_if(out, is_bert_accent);
  return out;
}

// Character by character (Rust's char::to_lowercase): U+0130 is the only one
// that becomes two.
std::u32string lowercase(const std::u32string& text) {
  std::u32string out;
  for (char32_t c : text) {
    if (c == 0x130) {
      out += U"i\u0307";
    } else {
      out += static_cast<char32_t>(u_tolower(static_cast<UChar32>(c)));
    }
  }
  return out;
}

std::string normalize_for_bert(std::string_view text, BertOptions options) {
  std::u32string out = to_code_points(text);
  if (options.clean_text) out = clean(out);
  if (options.handle_chinese_chars) out = space_ideographs(out);
  if (options.strip_accents) out = strip_accents(out);
  if (options.lowercase) out = lowercase(out);
  return to_utf8(out);
}

Normalizer read_bert(const Json& json, const std::string& where) {
  BertOptions options{};
  options.clean_text = json_bool(json, "clean_text", where);
  options.handle_chinese_chars = json_bool(json, "handle_chinese_chars", where);
  options.lowercase = json_bool(json, "lowercase", where);
  options.strip_accents = json_optional_bool(json, "strip_accents", where)
                              .value_or(options.lowercase);
  return [options](std::string_view text) {
    return normalize_for_bert(text, options);
  };
}

}  // namespace

Normalizer read_normalizer(const Json& json, const std::string& where) {
  if (json.is_null()) return {};
  std::string type = json_string(json, "type", where);
  if (type == "NFC") return to_nfc;
  if (type == "BertNormalizer") return read_bert(json, where);
  throw UserError(fmt::format(
      "{}: the normalizer \"{}\" is not supported yet", where, type));
}

}  // namespace cdx
