#include "tokenizer/normalizers.h"

#include "tokenizer/characters.h"
#include "tokenizer/normal_forms.h"
#include "tokenizer/precompiled.h"
#include "tokenizer/regex.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <optional>
#include <vector>

#include <fmt/format.h>

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

std::u32string strip_bert_accents(const std::u32string& text) {
  std::u32string out =
      to_code_points(to_normal_form(to_utf8(text), NormalForm::kNfd));
  std::erase_if(out, is_bert_accent);
  return out;
}

std::string lowercase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t position = 0; position < text.size();) {
    append_lowercase(next_code_point(text, position), out);
  }
  return out;
}

// Of itself it drops the marks that are characters of their own: "é" stays
// unless NFD goes before.
std::string strip_accents(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t position = 0; position < text.size();) {
    size_t begin = position;
    if (is_combining_mark(next_code_point(text, position))) continue;
    out += text.substr(begin, position - begin);
  }
  return out;
}

std::string normalize_for_bert(std::string_view text, BertOptions options) {
  std::u32string out = to_code_points(text);
  if (options.clean_text) out = clean(out);
  if (options.handle_chinese_chars) out = space_ideographs(out);
  if (options.strip_accents) out = strip_bert_accents(out);
  std::string bytes = to_utf8(out);
  return options.lowercase ? lowercase(bytes) : bytes;
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

Normalizer read_replace(const Json& json, const std::string& where) {
  Regex pattern = read_pattern(json, where);
  std::string content = json_string(json, "content", where);
  return [=](std::string_view text) {
    return text.empty() ? std::string() : pattern.replace_all(text, content);
  };
}

Normalizer read_prepend(const Json& json, const std::string& where) {
  std::string prefix = json_string(json, "prepend", where);
  return [prefix](std::string_view text) {
    return text.empty() ? std::string() : prefix + std::string(text);
  };
}

// Bytes [begin, end) of `text` without the white space around.
std::string_view strip(std::string_view text, bool left, bool right) {
  size_t begin = text.size(), end = 0;
  for (size_t position = 0; position < text.size();) {
    size_t before = position;
    if (is_unicode_space(next_code_point(text, position))) continue;
    if (end == 0) begin = before;
    end = position;
  }
  if (end == 0) return left || right ? std::string_view() : text;
  if (!left) begin = 0;
  return text.substr(begin, (right ? end : text.size()) - begin);
}

Normalizer read_strip(const Json& json, const std::string& where) {
  bool left = json_bool(json, "strip_left", where);
  bool right = json_bool(json, "strip_right", where);
  return [=](std::string_view text) {
    return std::string(strip(text, left, right));
  };
}

Normalizer read_sequence(const Json& json, const std::string& where) {
  std::vector<Normalizer> steps;
  for (const Json& step : json_list(json, "normalizers", where)) {
    if (step.is_null()) {
      throw UserError(where + ": a step of the normalizer is null");
    }
    steps.push_back(read_normalizer(step, where));
  }
  return [steps](std::string_view text) {
    std::string out(text);
    for (const Normalizer& step : steps) {
      out = step(out);
      check_growth(text.size(), out.size());
    }
    return out;
  };
}

Normalizer of_form(NormalForm form) {
  return [form](std::string_view text) { return to_normal_form(text, form); };
}

}  // namespace

Normalizer read_normalizer(const Json& json, const std::string& where) {
  if (json.is_null()) return {};
  std::string type = json_string(json, "type", where);
  if (type == "NFC") return of_form(NormalForm::kNfc);
  if (type == "NFD") return of_form(NormalForm::kNfd);
  if (type == "NFKC") return of_form(NormalForm::kNfkc);
  if (type == "NFKD") return of_form(NormalForm::kNfkd);
  if (type == "Lowercase") return lowercase;
  if (type == "StripAccents") return strip_accents;
  if (type == "Replace") return read_replace(json, where);
  if (type == "Prepend") return read_prepend(json, where);
  if (type == "Strip") return read_strip(json, where);
  if (type == "BertNormalizer") return read_bert(json, where);
  if (type == "Precompiled") {
    return Precompiled(
        from_base64(json_string(json, "precompiled_charsmap", where), where),
        where);
  }
  if (type == "Sequence") return read_sequence(json, where);
  throw UserError(fmt::format(
      "{}: the normalizer \"{}\" is not supported yet", where, type));
}

}  // namespace cdx
