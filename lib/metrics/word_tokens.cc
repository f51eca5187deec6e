#include "metrics/word_tokens.h"

#include "metrics/numbering.h"
#include "metrics/rewrite.h"
#include "util/unicode.h"

#include <algorithm>
#include <array>
#include <utility>

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

// The rules of 13a, one after the other:
//   1. a space before and after punctuation but ' , - .
//   2. ([^0-9])([.,]) -> "\1 \2 "
//   3. ([.,])([^0-9]) -> " \1 \2"
//   4. ([0-9])(-) -> "\1 \2 "
// A byte of a longer character is no mark and no digit.
enum class Mark : uint8_t { kNone, kSeparate, kPeriodOrComma, kDash };

constexpr std::array<Mark, 256> kMarks = [] {
  std::array<Mark, 256> marks{};
  for (size_t i = 0; i < 128; ++i) {
    const char c = static_cast<char>(i);
    if (is_ascii_punctuation(c) && c != '\'') marks[i] = Mark::kSeparate;
  }
  marks['.'] = marks[','] = Mark::kPeriodOrComma;
  marks['-'] = Mark::kDash;
  return marks;
}();

Mark mark_of(char c) {
  return kMarks[static_cast<unsigned char>(c)];
}

// All rules in one go; white space that separates nothing is left out.
std::string separate_marks(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  const auto is_digit_at = [&](size_t i) {
    return i < text.size() && is_digit(text[i]);
  };
  bool rule_2_took_last = false;
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const Mark mark = mark_of(text[i]);
    const bool took_last = std::exchange(rule_2_took_last, false);
    if (mark == Mark::kNone) continue;
    const bool after_digit = i > 0 && is_digit_at(i - 1);
    if (mark == Mark::kDash && !after_digit) continue;
    if (mark == Mark::kPeriodOrComma) {
      rule_2_took_last = !after_digit && !took_last;
      if (!rule_2_took_last && is_digit_at(i + 1)) continue;
    }
    out.append(text, done, i - done);
    out += {' ', text[i], ' '};
    done = i + 1;
  }
  out.append(text, done);
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

// A line break, which 13a makes a space, separates words as it is.
std::string mteval13a_text(std::string_view text) {
  std::string line = replace_all(std::string(text), "<skipped>", "");
  line = replace_all(std::move(line), "-\n", "");
  line = replace_all(std::move(line), "&quot;", "\"");
  line = replace_all(std::move(line), "&amp;", "&");
  line = replace_all(std::move(line), "&lt;", "<");
  line = replace_all(std::move(line), "&gt;", ">");
  return separate_marks(line);
}

// What the tokeniser makes of a byte; those of longer characters stay.
struct LexicalRichnessByte {
  char to = 0;
  bool is_kept = true;
};

constexpr std::array<LexicalRichnessByte, 256> kLexicalRichnessBytes = [] {
  std::array<LexicalRichnessByte, 256> bytes{};
  for (size_t i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    bytes[i].to = is_ascii_punctuation(c) ? ' ' : c;
    if (c >= 'A' && c <= 'Z') bytes[i].to = static_cast<char>(c - 'A' + 'a');
    bytes[i].is_kept = !is_digit(c) && c != '-';
  }
  return bytes;
}();

bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char c : text) all |= static_cast<unsigned char>(c);
  return all < 0x80;
}

bool starts_with_long_dash(std::string_view text) {
  return text.starts_with("\u2013") || text.starts_with("\u2014");
}

std::string lexical_richness_text(std::string_view text) {
  constexpr char kFirstOfDash = '\xE2';
  std::string kept = is_ascii(text) ? std::string(text) : to_lower(text);
  size_t end = 0;
  for (size_t i = 0; i < kept.size(); ++i) {
    const char c = kept[i];
    if (c == kFirstOfDash &&
        starts_with_long_dash(std::string_view(kept).substr(i))) {
      i += 2;
      continue;
    }
    const LexicalRichnessByte byte =
        kLexicalRichnessBytes[static_cast<unsigned char>(c)];
    kept[end] = byte.to;
    end += byte.is_kept ? 1 : 0;
  }
  kept.resize(end);
  return kept;
}

// Between U+0020 alone.
std::vector<std::string_view> split_at_spaces(std::string_view text) {
  std::vector<std::string_view> words = split_spaces(text);
  std::erase(words, std::string_view());
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
  return to_words(split_spaces(text));
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
