#include "tokenizer/regex.h"

#include "tokenizer/newer_characters.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace cdx {
namespace {

// Unicode White_Space, to stand inside a class.
constexpr std::string_view kSpaces =
    "\\t-\\r\\x{20}\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}"
    "\\x{2029}\\x{202F}\\x{205F}\\x{3000}";

// What \p{ } may say: general categories and what they are groups of.
constexpr std::string_view kProperties[] = {
    "L",  "Lu", "Ll", "Lt", "Lm", "Lo", "M",  "Mn", "Mc", "Me", "N",  "Nd",
    "Nl", "No", "P",  "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "S",  "Sm",
    "Sc", "Sk", "So", "Z",  "Zs", "Zl", "Zp", "C",  "Cc", "Cf", "Co", "Cn"};

// Copies a pattern, spelling \s out and refusing what PCRE2 would read in
// another way than Oniguruma.
class Translator {
 public:
  Translator(std::string_view pattern, const std::string& where)
      : pattern_(pattern), where_(where) {}

  std::string run() {
    if (pattern_.find("(?i") != std::string_view::npos) check_folding();
    while (position_ < pattern_.size()) {
      if (next() == '\\') {
        escape();
      } else if (in_class_) {
        class_character();
      } else {
        character();
      }
    }
    return out_;
  }

 private:
  char next() const { return pattern_[position_]; }
  bool ahead(std::string_view text) const {
    return pattern_.substr(position_).starts_with(text);
  }
  void copy(size_t n) {
    out_ += pattern_.substr(position_, n);
    position_ += n;
  }

  [[noreturn]] void refuse(std::string_view what) const {
    throw UserError(
        fmt::format("{}: \"{}\" in the pattern \"{}\" is not "
                    "supported yet",
                    where_,
                    what,
                    pattern_));
  }

  // Oniguruma takes "\u00DF" for "ss" when it ignores case; PCRE2 does not.
  void check_folding() const {
    for (size_t i = 0; i < pattern_.size(); ++i) {
      std::string pair(pattern_.substr(i, 2));
      for (char& c : pair) c = static_cast<char>(c | 0x20);
      for (std::string_view one : {"ss", "st", "ff", "fi", "fl"}) {
        if (pair == one) refuse(pattern_.substr(i, 2));
      }
      if (static_cast<unsigned char>(pattern_[i]) >= 0x80) {
        refuse("(?i) with other letters than a-z");
      }
    }
  }

  void escape() {
    if (position_ + 1 == pattern_.size()) refuse("\\");
    char c = pattern_[position_ + 1];
    if (c == 's' || c == 'S') {
      if (c == 'S' && in_class_) refuse("\\S in [ ]");
      out_ += in_class_    ? std::string(kSpaces)
              : (c == 's') ? fmt::format("[{}]", kSpaces)
                           : fmt::format("[^{}]", kSpaces);
      position_ += 2;
    } else if (c == 'p' || c == 'P') {
      property();
    } else if (c == 'r' || c == 'n' || c == 't' ||
               std::ispunct(static_cast<unsigned char>(c)) != 0) {
      copy(2);
    } else {
      refuse(pattern_.substr(position_, 2));
    }
  }

  void property() {
    size_t end = pattern_.find('}', position_);
    if (!pattern_.substr(position_ + 2).starts_with('{') ||
        end == std::string_view::npos) {
      refuse(pattern_.substr(position_, 3));
    }
    std::string_view all = pattern_.substr(position_, end + 1 - position_);
    std::string_view name = all.substr(3, all.size() - 4);
    if (name.starts_with('^')) name.remove_prefix(1);
    if (std::ranges::find(kProperties, name) == std::end(kProperties)) {
      refuse(all);
    }
    copy(all.size());
  }

  void class_character() {
    for (std::string_view special : {"[", "&&"}) {
      if (ahead(special)) refuse(fmt::format("{} in [ ]", special));
    }
    in_class_ = next() != ']';
    copy(1);
  }

  void character() {
    for (std::string_view special : {"^", "$", "(*", "{,", "}+", "[]", "[^]"}) {
      if (ahead(special)) refuse(special);
    }
    if (ahead("(?")) {
      constexpr std::string_view kGroups[] = {
          "(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!", "(?i)", "(?i:"};
      if (std::none_of(std::begin(kGroups),
                       std::end(kGroups),
                       [&](std::string_view group) { return ahead(group); })) {
        refuse(pattern_.substr(position_, 3));
      }
    }
    in_class_ = next() == '[';
    copy(ahead("[^") ? 2 : 1);
  }

  std::string_view pattern_;
  const std::string& where_;
  std::string out_;
  size_t position_ = 0;
  bool in_class_ = false;
};

std::string error_text(int code) {
  PCRE2_UCHAR8 buffer[256];
  pcre2_get_error_message_8(code, buffer, sizeof buffer);
  return reinterpret_cast<const char*>(buffer);
}

size_t after_code_point(std::string_view text, size_t position) {
  do {
    ++position;
  } while (position < text.size() && (text[position] & 0xC0) == 0x80);
  return position;
}

// A character of Unicode 14 of the category, with 3 or 4 bytes in UTF-8; 0 for
// categories to which nothing was added since.
char32_t stand_in(Category category, bool four_bytes) {
  struct Pair {
    Category category;
    char32_t of_three, of_four;
  };
  using enum Category;
  constexpr Pair kPairs[] = {{kLu, 0x2C00, 0x10400},
                             {kLl, 0x2C30, 0x10428},
                             {kLt, 0x1F88, 0},
                             {kLm, 0x1D2C, 0x16F93},
                             {kLo, 0xA500, 0x10280},
                             {kMn, 0x1DC0, 0x101FD},
                             {kMc, 0x1B04, 0x11000},
                             {kMe, 0x20DD, 0},
                             {kNd, 0x1B50, 0x104A0},
                             {kNl, 0x3021, 0x10140},
                             {kNo, 0x2460, 0x10107},
                             {kPd, 0x2E3A, 0x10EAD},
                             {kPo, 0x1C7E, 0x10100},
                             {kSm, 0x2A00, 0x1D6C1},
                             {kSc, 0x20A0, 0x1E2FF},
                             {kSk, 0x309B, 0x1F3FB},
                             {kSo, 0x2800, 0x10137},
                             {kCf, 0x2061, 0x13430},
                             {kCn, 0xFFFF, 0x1FFFF}};
  for (const auto& [known, of_three, of_four] : kPairs) {
    if (known == category) return four_bytes ? of_four : of_three;
  }
  return 0;
}

// Replaces newer characters in `text` by their stand-ins. The result has the
// same length; it is `text` itself or lies in `storage`.
std::string_view without_newer(std::string_view text, std::string& storage) {
  for (size_t position = 0; position < text.size();) {
    if (static_cast<unsigned char>(text[position]) < 0xE0) {  // never newer
      ++position;
      continue;
    }
    size_t begin = position;
    const Newer* newer = find_newer(next_code_point(text, position));
    if (newer == nullptr) continue;
    char32_t c = stand_in(newer->category, position - begin == 4);
    if (c == 0) continue;
    if (storage.empty()) storage = text;
    std::string bytes;
    append_utf8(c, bytes);
    storage.replace(begin, bytes.size(), bytes);
  }
  return storage.empty() ? text : std::string_view(storage);
}

}  // namespace

Regex::Regex(const std::string& pattern, const std::string& where)
    : pattern_(pattern), where_(where) {
  compile(Translator(pattern, where_).run());
}

Regex Regex::literal(const std::string& text) {
  Regex regex;
  regex.pattern_ = text;
  return regex;
}

void Regex::compile(const std::string& pattern) {
  std::unique_ptr<pcre2_compile_context_8,
                  decltype(&pcre2_compile_context_free_8)>
      context(pcre2_compile_context_create_8(nullptr),
              pcre2_compile_context_free_8);
  pcre2_set_newline_8(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_.reset(pcre2_compile_8(reinterpret_cast<PCRE2_SPTR8>(pattern.data()),
                              pattern.size(),
                              PCRE2_UTF | PCRE2_UCP,
                              &error,
                              &offset,
                              context.get()),
              pcre2_code_free_8);
  if (!code_) {
    throw UserError(fmt::format("{}: the pattern \"{}\" is not valid: {}",
                                where_,
                                pattern_,
                                error_text(error)));
  }
  jit_ = pcre2_jit_compile_8(code_.get(), PCRE2_JIT_COMPLETE) == 0;
}

std::vector<Span> Regex::find_all(std::string_view text) const {
  return code_ ? find_code(text) : find_literal(text);
}

std::vector<Span> Regex::find_literal(std::string_view text) const {
  std::vector<Span> spans;
  size_t begin = 0;
  while ((begin = text.find(pattern_, begin)) != std::string_view::npos) {
    spans.push_back({begin, begin + pattern_.size()});
    begin += pattern_.size();
  }
  return spans;
}

std::vector<Span> Regex::find_code(std::string_view original) const {
  std::string storage;
  std::string_view text = without_newer(original, storage);
  std::unique_ptr<pcre2_match_data_8, decltype(&pcre2_match_data_free_8)> data(
      pcre2_match_data_create_8(1, nullptr), pcre2_match_data_free_8);
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer_8(data.get());
  auto match = [&](auto* function, size_t from, uint32_t options) {
    return function(code_.get(),
                    reinterpret_cast<PCRE2_SPTR8>(text.data()),
                    text.size(),
                    from,
                    options,
                    data.get(),
                    nullptr);
  };
  std::vector<Span> spans;
  size_t from = 0;
  while (from <= text.size()) {
    int result =
        jit_ ? match(pcre2_jit_match_8, from, 0) : PCRE2_ERROR_JIT_STACKLIMIT;
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) {
      result = match(pcre2_match_8, from, PCRE2_NO_JIT | PCRE2_NO_UTF_CHECK);
    }
    if (result == PCRE2_ERROR_NOMATCH) break;
    if (result < 0) {
      throw UserError(fmt::format("{}: the pattern \"{}\" failed on a text: {}",
                                  where_,
                                  pattern_,
                                  error_text(result)));
    }
    Span span{bounds[0], bounds[1]};
    bool empty = span.begin == span.end;
    // Nothing, right after a match, is not a match of its own.
    if (!(empty && !spans.empty() && spans.back().end == span.end)) {
      spans.push_back(span);
    }
    from = empty ? after_code_point(text, span.end) : span.end;
  }
  return spans;
}

std::string Regex::replace_all(std::string_view text,
                               std::string_view content) const {
  std::string out;
  size_t done = 0;
  for (Span span : find_all(text)) {
    out += text.substr(done, span.begin - done);
    out += content;
    done = span.end;
    check_growth(text.size(), out.size());
  }
  return out += text.substr(done);
}

Regex read_pattern(const Json& json, const std::string& where) {
  const Json& pattern = json_at(json, "pattern", where);
  if (!pattern.contains("String")) {
    return {json_string(pattern, "Regex", where), where};
  }
  std::string text = json_string(pattern, "String", where);
  if (text.empty()) {
    throw UserError(where + ": an empty \"pattern\" is not supported yet");
  }
  return Regex::literal(text);
}

}  // namespace cdx
