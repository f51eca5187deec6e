#include "tokenizer/regex.h"

#include <algorithm>
#include <cctype>

#define PCRE2_CODE_UNIT_WIDTH 8
#include "util/errors.h"

#include <fmt/format.h>
#include <pcre2.h>

namespace cdx {
namespace {

// Unicode White_Space, to stand inside a class.
constexpr std::string_view kSpaces =
    "\\t-\\r\\x{20}\\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}"
    "\\x{2029}\\x{202F}\\x{205F}\\x{3000}";

// Copies a pattern, spelling \s out and refusing what PCRE2 would read in
// another way than Oniguruma.
class Translator {
 public:
  Translator(std::string_view pattern, const std::string& where)
      : pattern_(pattern), where_(where) {}

  std::string run() {
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
      size_t end = pattern_.find('}', position_);
      if (!pattern_.substr(position_ + 2).starts_with('{') ||
          end == std::string_view::npos) {
        refuse(pattern_.substr(position_, 3));
      }
      copy(end + 1 - position_);
    } else if (c == 'r' || c == 'n' || c == 't' ||
               std::ispunct(static_cast<unsigned char>(c)) != 0) {
      copy(2);
    } else {
      refuse(pattern_.substr(position_, 2));
    }
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

}  // namespace

Regex::Regex(const std::string& pattern, const std::string& where)
    : pattern_(pattern), where_(where) {
  compile(Translator(pattern, where_).run(), PCRE2_UTF | PCRE2_UCP);
}

Regex Regex::literal(const std::string& text, const std::string& where) {
  Regex regex;
  regex.pattern_ = text;
  regex.where_ = where;
  regex.compile(text, PCRE2_UTF | PCRE2_LITERAL);
  return regex;
}

void Regex::compile(const std::string& pattern, uint32_t options) {
  std::unique_ptr<pcre2_compile_context_8,
                  decltype(&pcre2_compile_context_free_8)>
      context(pcre2_compile_context_create_8(nullptr),
              pcre2_compile_context_free_8);
  pcre2_set_newline_8(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  code_.reset(pcre2_compile_8(reinterpret_cast<PCRE2_SPTR8>(pattern.data()),
                              pattern.size(),
                              options,
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
  pcre2_jit_compile_8(code_.get(), PCRE2_JIT_COMPLETE);  // or it interprets
}

std::vector<Span> Regex::find_all(std::string_view text) const {
  std::unique_ptr<pcre2_match_data_8, decltype(&pcre2_match_data_free_8)> data(
      pcre2_match_data_create_8(1, nullptr), pcre2_match_data_free_8);
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer_8(data.get());
  auto match = [&](size_t from, uint32_t options) {
    return pcre2_match_8(code_.get(),
                         reinterpret_cast<PCRE2_SPTR8>(text.data()),
                         text.size(),
                         from,
                         PCRE2_NO_UTF_CHECK | options,
                         data.get(),
                         nullptr);
  };
  std::vector<Span> spans;
  size_t from = 0;
  while (from <= text.size()) {
    int result = match(from, 0);
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
      result = match(from, PCRE2_NO_JIT);
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

}  // namespace cdx
