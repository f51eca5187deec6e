#include "metrics/rewrite.h"
#include "metrics/word_tokens.h"
#include "util/unicode.h"

#include <array>
#include <utility>

// The passes of nltk/tokenize/destructive.py (Apache-2.0), in its order. Where
// a class of characters is written \w, \d or \s there, 3.9.2 means those of
// Python's re, 3.10.4 those of its package regex, except in the contractions.
namespace cdx {
namespace {

using Text = std::u32string;
using View = std::u32string_view;

bool is_one_of(char32_t c, View set) {
  return set.find(c) != set.npos;
}

bool is_word_of_re(char32_t c) {
  if (c < 0x80) {
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') ||
           (c >= U'0' && c <= U'9') || c == U'_';
  }
  return is_alphanumeric(c);
}

bool is_word(char32_t c, NltkRules rules) {
  return c < 0x80 || rules == NltkRules::kNltk39 ? is_word_of_re(c)
                                                 : is_uts18_word(c);
}

bool is_space(char32_t c, NltkRules rules) {
  if (c > U' ' && c < 0x80) return false;
  const bool separator = c >= 0x1C && c <= 0x1F;
  return is_white_space(c) && (rules == NltkRules::kNltk39 || !separator);
}

// The character at `position`, or 0 beyond the end.
char32_t at(View text, size_t position) {
  return position < text.size() ? text[position] : 0;
}

// Equal but for case, as (?i) has it; `lower` is ASCII.
bool equals_ignoring_case(char32_t c, char32_t lower) {
  if (c == lower) return true;
  if (lower < U'a' || lower > U'z') return false;
  return c == lower - 0x20 || (lower == U's' && c == 0x17F) ||
         (lower == U'i' && (c == 0x130 || c == 0x131));
}

bool starts_ignoring_case(View text, size_t position, View lower) {
  if (position + lower.size() > text.size()) return false;
  for (size_t i = 0; i < lower.size(); ++i) {
    if (!equals_ignoring_case(text[position + i], lower[i])) return false;
  }
  return true;
}

// A space before and after each run of at least `least` `c`.
Text pad_runs(const Text& text, char32_t c, size_t least) {
  Text out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (at(text, end) == c) ++end;
    if (end - i >= least) {
      (out += U' ').append(end - i, c) += U' ';
    } else {
      out.append(text, i, std::max<size_t>(end - i, 1));
    }
    i = std::max(end, i + 1);
  }
  return out;
}

// ([ \(\[{<])("|'{2}) -> "\1 `` "
Text open_quotes(const Text& text) {
  Text out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (!is_one_of(text[i], U" ([{<")) continue;
    const bool two = at(text, i + 1) == U'\'' && at(text, i + 2) == U'\'';
    if (at(text, i + 1) != U'"' && !two) continue;
    out += U" `` ";
    i += two ? 2 : 1;
  }
  return out;
}

constexpr std::array<View, 8> kClitics = {
    U"re", U"ve", U"ll", U"m", U"t", U"s", U"d", U"n"};

// The end of a clitic that starts at `position`: for the older rules of any,
// for the newer ones of one that is a whole word.
bool starts_clitic(View text, size_t position, NltkRules rules) {
  for (View clitic : kClitics) {
    if (!starts_ignoring_case(text, position, clitic)) continue;
    const size_t end = position + clitic.size();
    if (rules == NltkRules::kNltk39 || end == text.size() ||
        !is_word(text[end], rules)) {
      return true;
    }
  }
  return false;
}

// 3.10.4: (?i)(?<!\w)(')(?!(?:re|ve|ll|m|t|s|d|n)\b)(?=\w) -> "\1 "
// 3.9.2: (?i)(')(?!re|ve|ll|m|t|s|d|n)(\w)\b -> "\1 \2"
Text detach_opening_apostrophes(const Text& text, NltkRules rules) {
  const auto word_at = [&](size_t i) {
    return i < text.size() && is_word(text[i], rules);
  };
  Text out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != U'\'' || !word_at(i + 1)) continue;
    const bool opens = rules == NltkRules::kNltk39 ? !word_at(i + 2)
                                                   : i == 0 || !word_at(i - 1);
    if (opens && !starts_clitic(text, i + 1, rules)) out += U' ';
  }
  return out;
}

// ([^\.])(\.)([\]\)}>"'»”’ ]*)\s*$ -> "\1 \2 \3 ". The second such rule, with
// fewer closers, finds nothing more to split and is left out.
Text split_final_period(const Text& text, NltkRules rules) {
  const size_t period = text.rfind(U'.');
  if (period == text.npos || period == 0 || text[period - 1] == U'.') {
    return text;
  }
  size_t end = period + 1;
  while (end < text.size() && is_one_of(text[end], U"])}>\"'»”’ ")) ++end;
  for (size_t i = end; i < text.size(); ++i) {
    if (!is_space(text[i], rules)) return text;
  }
  const Text closers = text.substr(period + 1, end - period - 1);
  return text.substr(0, period) + U" . " + closers + U" ";
}

// ([:,])([^\d]) -> " \1 \2", then ([:,])$ -> " \1 "; that $ is also before a
// final line feed changes no word, the first rule having seen to that.
Text pad_colons_and_commas(const Text& text) {
  Text out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    if (is_one_of(text[i], U":,") && i + 1 < text.size() &&
        !is_decimal(text[i + 1])) {
      ((out += U' ') += text[i]) += U' ';
      ++i;
    }
    out += text[i];
  }
  if (!out.empty() && is_one_of(out.back(), U":,")) {
    out.insert(out.size() - 1, 1, U' ');
    out += U' ';
  }
  return out;
}

// ([^'])' + space -> "\1 ' "
Text detach_closing_apostrophes(const Text& text) {
  Text out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] != U'\'' && at(text, i + 1) == U'\'' &&
        at(text, i + 2) == U' ') {
      out += U" ' ";
      i += 2;
    }
  }
  return out;
}

Text squeeze_spaces(const Text& text, NltkRules rules) {
  Text out;
  out.reserve(text.size());
  bool after_space = false;
  for (char32_t c : text) {
    const bool space = is_space(c, rules);
    if (!space) out += c;
    if (space && !after_space) out += U' ';
    after_space = space;
  }
  return out;
}

// Length of a clitic with the space after it, 0 where there is none.
size_t short_clitic(View text, size_t i) {
  if (at(text, i) != U'\'') return 0;
  if (is_one_of(at(text, i + 1), U"sSmMdD") && at(text, i + 2) == U' ')
    return 3;
  return at(text, i + 1) == U' ' ? 2 : 0;
}

size_t long_clitic(View text, size_t i) {
  for (View clitic :
       {U"'ll", U"'LL", U"'re", U"'RE", U"'ve", U"'VE", U"n't", U"N'T"}) {
    if (text.substr(i, 3) == clitic && at(text, i + 3) == U' ') return 4;
  }
  return 0;
}

// ([^' ])(clitic) + space -> "\1 \2 "
template <typename Length>
Text detach_clitics(const Text& text, Length length_at) {
  Text out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    out += text[i];
    if (text[i] == U'\'' || text[i] == U' ' || i + 1 == text.size()) continue;
    const size_t length = length_at(text, i + 1);
    if (length == 0) continue;
    (out += U' ').append(text, i + 1, length);
    i += length;
  }
  return out;
}

struct Contraction {
  View first, second;
};

// A word boundary before and after, except that white space follows wanna.
constexpr std::array<Contraction, 8> kContractions = {{{U"can", U"not"},
                                                       {U"d", U"'ye"},
                                                       {U"gim", U"me"},
                                                       {U"gon", U"na"},
                                                       {U"got", U"ta"},
                                                       {U"lem", U"me"},
                                                       {U"more", U"'n"},
                                                       {U"wan", U"na"}}};

bool is_contraction(View text, size_t i, const Contraction& parts) {
  const size_t middle = i + parts.first.size();
  if (!starts_ignoring_case(text, i, parts.first) ||
      !starts_ignoring_case(text, middle, parts.second)) {
    return false;
  }
  const size_t end = middle + parts.second.size();
  if (parts.first == U"wan") {
    return end < text.size() && is_white_space(text[end]);
  }
  return end == text.size() || !is_word_of_re(text[end]);
}

void append_parts(Text& out, View text, size_t i, const Contraction& parts) {
  ((out += U' ') += text.substr(i, parts.first.size())) += U' ';
  (out += text.substr(i + parts.first.size(), parts.second.size())) += U' ';
}

// One pass does for all, since no match is next to another or inside it.
Text split_contractions(const Text& text) {
  Text out;
  out.reserve(text.size() + text.size() / 8);
  bool after_word = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const Contraction* found = nullptr;
    if (!after_word) {
      for (const Contraction& parts : kContractions) {
        if (is_contraction(text, i, parts)) found = &parts;
      }
    }
    if (found != nullptr) {
      append_parts(out, text, i, *found);
      i += found->first.size() + found->second.size() - 1;
    } else {
      out += text[i];
    }
    after_word = is_word_of_re(text[i]);
  }
  return out;
}

// (?i) ('t)(is)\b -> " \1 \2 ", with a space before
Text split_after_t(const Text& text, View rest) {
  const Contraction parts{U"'t", rest};
  Text out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == U' ' && is_contraction(text, i + 1, parts)) {
      append_parts(out, text, i + 1, parts);
      i += parts.first.size() + rest.size();
    } else {
      out += text[i];
    }
  }
  return out;
}

Text starting_quotes(Text text, NltkRules rules) {
  text = pad_characters(text, [](char32_t c) { return is_one_of(c, U"«“‘„"); });
  text = pad_runs(text, U'`', 1);
  if (at(text, 0) == U'"') text.replace(0, 1, U"``");
  text = replace_all(std::move(text), U"``", U" `` ");
  return detach_opening_apostrophes(open_quotes(text), rules);
}

Text punctuation(Text text, NltkRules rules) {
  text = split_final_period(text, rules);
  text = pad_runs(pad_colons_and_commas(text), U'.', 2);
  text = pad_characters(text, [&](char32_t c) {
    const bool dash = c >= 0x2012 && c <= 0x2015;
    return is_one_of(c, U";@#$%&") || (dash && rules == NltkRules::kNltk310);
  });
  text =
      pad_characters(text, [](char32_t c) { return c == U'?' || c == U'!'; });
  text = detach_closing_apostrophes(text);
  text = pad_characters(text,
                        [](char32_t c) { return is_one_of(c, U"*[](){}<>"); });
  return replace_all(std::move(text), U"--", U" -- ");
}

Text ending_quotes(Text text, NltkRules rules) {
  text = pad_characters(text, [](char32_t c) { return is_one_of(c, U"»”’"); });
  text = replace_all(std::move(text), U"''", U" '' ");
  text = replace_all(std::move(text), U"\"", U" '' ");
  text = squeeze_spaces(text, rules);
  return detach_clitics(detach_clitics(text, short_clitic), long_clitic);
}

}  // namespace

Words nltk_words(std::string_view utf8, NltkRules rules) {
  Text text = starting_quotes(to_code_points(utf8), rules);
  text = punctuation(std::move(text), rules);
  text = ending_quotes(U' ' + text + U' ', rules);
  text = split_contractions(text);
  text = split_after_t(split_after_t(text, U"is"), U"was");
  const std::string spaced = to_utf8(text);
  const std::vector<std::string_view> words = split_whitespace(spaced);
  return {words.begin(), words.end()};
}

}  // namespace cdx
