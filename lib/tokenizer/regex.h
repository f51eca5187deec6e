#pragma once

#include "tokenizer/pieces.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pcre2_real_code_8;

namespace cdx {

// A pattern of a tokenizer file. Those are written for Oniguruma and run here
// on PCRE2: \s is spelled out (PCRE2 counts U+180E as white space), and what
// the two read differently is refused.
class Regex {
 public:
  // Throws UserError naming `where` when the pattern is not valid or uses what
  // is not supported.
  Regex(const std::string& pattern, const std::string& where);
  // Matches `text` itself.
  static Regex literal(const std::string& text, const std::string& where);

  // The matches in valid UTF-8 from left to right, which do not overlap. Throws
  // UserError when the matcher gives up (a limit on its steps).
  std::vector<Span> find_all(std::string_view text) const;

 private:
  Regex() = default;
  void compile(const std::string& pattern, uint32_t options);

  std::shared_ptr<pcre2_real_code_8> code_;
  std::string pattern_;
  std::string where_;
};

}  // namespace cdx
