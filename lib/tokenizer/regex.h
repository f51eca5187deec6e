#pragma once

#include "tokenizer/pieces.h"
#include "util/json.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;

namespace cdx {

// A pattern of a tokenizer file. Those are written for Oniguruma and run here
// on PCRE2: \s is spelled out (PCRE2 counts U+180E as white space), characters
// that are newer than PCRE2 are shown to it as older ones of the same category,
// and what the two read differently is refused.
class Regex {
 public:
  // Throws UserError naming `where` when the pattern is not valid or uses what
  // is not supported.
  Regex(const std::string& pattern, const std::string& where);
  // Matches `text` itself, which is not empty.
  static Regex literal(const std::string& text);

  // The matches in valid UTF-8 from left to right, which do not overlap. Throws
  // UserError when the matcher gives up (a limit on its steps).
  std::vector<Span> find_all(std::string_view text) const;
  // `text` with `content` in the place of each match.
  std::string replace_all(std::string_view text,
                          std::string_view content) const;

 private:
  Regex() = default;
  void compile(const std::string& pattern);
  std::vector<Span> find_literal(std::string_view text) const;
  std::vector<Span> find_code(std::string_view original) const;

  std::shared_ptr<pcre2_real_code_8> code_;  // null for a literal
  bool jit_ = false;                         // compiled to machine code
  std::string pattern_;
  std::string where_;
};

// From {"String": "…"} or {"Regex": "…"}, the "pattern" of `json`. Throws
// UserError.
Regex read_pattern(const Json& json, const std::string& where);

}  // namespace cdx
