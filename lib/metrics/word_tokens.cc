#include "metrics/word_tokens.h"

#include "metrics/rewrite.h"
#include "util/unicode.h"

#include <unordered_map>

namespace cdx {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_ascii_punctuation(char c) {
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

// Numbers words in the order of their first appearance.
class WordNumbering {
 public:
  void add_text(const Words& words) {
    std::vector<int32_t>& ids = tokens_.texts.emplace_back();
    ids.reserve(words.size());
    for (const std::string& word : words) {
      const auto next = static_cast<int32_t>(numbers_.size());
      ids.push_back(numbers_.try_emplace(word, next).first->second);
    }
  }
  TokenIds finish() {
    tokens_.n_types = static_cast<int32_t>(numbers_.size());
    return std::move(tokens_);
  }

 private:
  std::unordered_map<std::string, int32_t> numbers_;
  TokenIds tokens_;
};

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
  std::string kept(text);
  std::erase_if(kept, [](char c) { return c == '.' || c == '\n'; });
  Words words = single_space_words(kept);
  std::erase(words, "");
  return words;
}

Words rouge_words(std::string_view text) {
  const std::string lower = to_lower(text);
  Words words;
  bool inside = false;
  for (char c : lower) {
    const bool after_word = inside;
    inside = is_letter_or_digit(c);
    if (!inside) continue;
    if (!after_word) words.emplace_back();
    words.back() += c;
  }
  return words;
}

Words mteval13a_words(std::string_view text) {
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
  return to_words(split_whitespace(line));
}

Words lexical_richness_words(std::string_view text) {
  std::string kept = to_lower(text);
  std::erase_if(kept, [](char c) { return is_digit(c) || c == '-'; });
  kept = replace_all(kept, "\u2013", "");
  kept = replace_all(kept, "\u2014", "");
  for (char& c : kept) {
    if (is_ascii_punctuation(c)) c = ' ';
  }
  return to_words(split_whitespace(kept));
}

TokenIds number_words(const std::vector<Words>& texts) {
  WordNumbering numbering;
  for (const Words& words : texts) numbering.add_text(words);
  return numbering.finish();
}

TokenIds word_tokens(const std::vector<std::string>& texts,
                     const std::function<Words(std::string_view)>& split) {
  WordNumbering numbering;
  for (const std::string& text : texts) numbering.add_text(split(text));
  return numbering.finish();
}

}  // namespace cdx
