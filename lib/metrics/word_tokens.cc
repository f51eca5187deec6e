#include "metrics/word_tokens.h"

#include "metrics/numbering.h"
#include "metrics/rewrite.h"
#include "util/unicode.h"

#include <algorithm>
#include <array>

namespace cdx {
namespace {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

constexpr bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_ascii_punctuation(char c) {
  return c > ' ' && c < 0x7F && !is_letter_or_digit(c);
}

Words to_words(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

// The bytes of a longer character are neither periods, commas nor digits, so
// the rules of 13a need no code points.

bool always_separate(char c) {
  return is_ascii_punctuation(c) && c != '\'' && c != ',' && c != '-' &&
         c != '.';
}

bool is_period_or_comma(char c) {
  return c == '.' || c == ',';
}

// ([^0-9])([.,]) -> "\1 \2 "
std::string separate_after_other(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (i + 1 < text.size() && !is_digit(text[i]) &&
        is_period_or_comma(text[i + 1])) {
      out += {' ', text[++i], ' '};
    }
  }
  return out;
}

// ([.,])([^0-9]) -> " \1 \2"
std::string separate_before_other(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i + 1 < text.size() && is_period_or_comma(text[i]) &&
        !is_digit(text[i + 1])) {
      out += {' ', text[i], ' ', text[i + 1]};
      ++i;
    } else {
      out += text[i];
    }
  }
  return out;
}

// ([0-9])(-) -> "\1 \2 "
std::string separate_dash_of_number(const std::string& text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i > 0 && text[i] == '-' && is_digit(text[i - 1]);
    if (dash) {
      out += " - ";
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string tevet_text(std::string_view text) {
  std::string kept(text);
  std::erase_if(kept, [](char c) { return c == '.' || c == '\n'; });
  return kept;
}

std::string rouge_text(std::string_view text) {
  std::string kept = to_lower(text);
  for (char& c : kept) {
    if (!is_letter_or_digit(c)) c = ' ';
  }
  return kept;
}

std::string mteval13a_text(std::string_view text) {
  std::string line = replace_all(std::string(text), "<skipped>", "");
  line = replace_all(line, "-\n", "");
  line = replace_all(line, "\n", " ");
  line = replace_all(line, "&quot;", "\"");
  line = replace_all(line, "&amp;", "&");
  line = replace_all(line, "&lt;", "<");
  line = replace_all(line, "&gt;", ">");
  line = pad_characters(" " + line + " ", always_separate);
  line = separate_after_other(line);
  line = separate_before_other(line);
  line = separate_dash_of_number(line);
  return line;
}

// What the tokeniser makes of a byte of text in lower case.
enum class Byte : uint8_t { kKept, kSpace, kDropped, kDash };

constexpr std::array<Byte, 256> kLexicalRichnessBytes = [] {
  std::array<Byte, 256> bytes{};
  for (size_t i = 0; i < 128; ++i) {
    const char c = static_cast<char>(i);
    if (is_ascii_punctuation(c)) bytes[i] = Byte::kSpace;
    if (is_digit(c) || c == '-') bytes[i] = Byte::kDropped;
  }
  bytes[0xE2] = Byte::kDash;  // the first of three, perhaps
  return bytes;
}();

std::string lexical_richness_text(std::string_view text) {
  constexpr std::string_view kEnDash = "\u2013", kEmDash = "\u2014";
  std::string kept = to_lower(text);
  size_t end = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    const char c = kept[i];
    switch (kLexicalRichnessBytes[static_cast<unsigned char>(c)]) {
      case Byte::kDropped:
        break;
      case Byte::kSpace:
        kept[end++] = ' ';
        break;
      case Byte::kDash: {
        const std::string_view three = std::string_view(kept).substr(i, 3);
        if (three == kEnDash || three == kEmDash) {
          i += 2;
          break;
        }
        [[fallthrough]];
      }
      case Byte::kKept:
        kept[end++] = c;
    }
  }
  kept.resize(end);
  return kept;
}

// Between U+0020 alone.
std::vector<std::string_view> split_at_spaces(std::string_view text) {
  std::vector<std::string_view> words;
  size_t end = 0;
  for (size_t start = 0; start < text.size(); start = end + 1) {
    end = std::min(text.find(' ', start), text.size());
    if (end > start) words.push_back(text.substr(start, end - start));
  }
  return words;
}

// The words of each text as it is rewritten.
TokenIds tokens_of(const std::vector<std::string>& texts,
                   std::string (*rewrite)(std::string_view),
                   std::vector<std::string_view> (*split)(std::string_view)) {
  WordNumbering numbering(WordNumbering::Words::kAreCopied);
  TokenIds tokens;
  tokens.texts.reserve(texts.size());
  for (const std::string& text : texts) {
    const std::string rewritten = rewrite(text);
    tokens.texts.push_back(numbering.numbers(split(rewritten), rewritten));
  }
  tokens.n_types = numbering.size();
  return tokens;
}

}  // namespace

Words single_space_words(std::string_view text) {
  Words words;
  size_t start = 0;
  for (size_t space; (space = text.find(' ', start)) != text.npos;) {
    words.emplace_back(text.substr(start, space - start));
    start = space + 1;
  }
  words.emplace_back(text.substr(start));
  return words;
}

Words tevet_words(std::string_view text) {
  return to_words(split_at_spaces(tevet_text(text)));
}

Words rouge_words(std::string_view text) {
  return to_words(split_whitespace(rouge_text(text)));
}

Words mteval13a_words(std::string_view text) {
  return to_words(split_whitespace(mteval13a_text(text)));
}

Words lexical_richness_words(std::string_view text) {
  return to_words(split_whitespace(lexical_richness_text(text)));
}

TokenIds tevet_tokens(const std::vector<std::string>& texts) {
  return tokens_of(texts, tevet_text, split_at_spaces);
}

TokenIds rouge_tokens(const std::vector<std::string>& texts) {
  return tokens_of(texts, rouge_text, split_whitespace);
}

TokenIds mteval13a_tokens(const std::vector<std::string>& texts) {
  return tokens_of(texts, mteval13a_text, split_whitespace);
}

TokenIds lexical_richness_tokens(const std::vector<std::string>& texts) {
  return tokens_of(texts, lexical_richness_text, split_whitespace);
}

TokenIds number_words(const std::vector<Words>& texts) {
  WordNumbering numbering(WordNumbering::Words::kStay);
  TokenIds tokens;
  for (const Words& words : texts) {
    std::vector<int32_t>& ids = tokens.texts.emplace_back();
    for (const std::string& word : words) ids.push_back(numbering.number(word));
  }
  tokens.n_types = numbering.size();
  return tokens;
}

TokenIds word_tokens(const std::vector<std::string>& texts,
                     const std::function<Words(std::string_view)>& split) {
  WordNumbering numbering(WordNumbering::Words::kAreCopied);
  TokenIds tokens;
  for (const std::string& text : texts) {
    const Words words = split(text);
    std::vector<int32_t>& ids = tokens.texts.emplace_back();
    ids.reserve(words.size());
    for (const std::string& word : words) ids.push_back(numbering.number(word));
  }
  tokens.n_types = numbering.size();
  return tokens;
}

}  // namespace cdx
