#include "tokenizer/pre_tokenizers.h"

#include "tokenizer/byte_level.h"
#include "tokenizer/characters.h"
#include "tokenizer/regex.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

namespace cdx {
namespace {

// Finds the separators in a text: spans in order that do not overlap.
using Matcher = std::function<std::vector<Span>(std::string_view)>;

// What becomes of the separators.
enum class Behavior {
  kRemoved,             // they vanish
  kIsolated,            // each is a piece of its own
  kContiguous,          // neighbouring ones are one piece
  kMergedWithPrevious,  // they join the piece before
  kMergedWithNext,      // they join the piece after
};

// GPT-2's pattern (Radford et al. 2019).
constexpr auto kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

struct Section {
  Span span;
  bool is_match;
};

// All of a text: the matches and what lies between them.
std::vector<Section> sections_of(std::string_view text,
                                 const std::vector<Span>& matches) {
  std::vector<Section> sections;
  size_t done = 0;
  for (Span match : matches) {
    if (match.begin > done) sections.push_back({{done, match.begin}, false});
    sections.push_back({match, true});
    done = match.end;
  }
  if (done < text.size()) sections.push_back({{done, text.size()}, false});
  return sections;
}

// Does `right` join the piece that ends with `left`?
bool joins(Section left, Section right, Behavior behavior) {
  switch (behavior) {
    case Behavior::kContiguous:
      return left.is_match == right.is_match;
    case Behavior::kMergedWithPrevious:
      return right.is_match && !left.is_match;
    case Behavior::kMergedWithNext:
      return left.is_match && !right.is_match;
    default:
      return false;
  }
}

// Appends the pieces of the text of `sections` that starts at `offset`.
void append_pieces(const std::vector<Section>& sections,
                   Behavior behavior,
                   size_t offset,
                   std::vector<Span>& out) {
  for (size_t i = 0; i < sections.size(); ++i) {
    auto [span, is_match] = sections[i];
    if (is_match && behavior == Behavior::kRemoved) continue;
    if (i > 0 && joins(sections[i - 1], sections[i], behavior)) {
      out.back().end = offset + span.end;
    } else {
      out.push_back({offset + span.begin, offset + span.end});
    }
  }
}

void split(Pieces& pieces,
           const Matcher& matcher,
           Behavior behavior,
           bool invert) {
  std::vector<Span> out;
  for (Span piece : pieces.spans) {
    std::string_view text = part(pieces.text, piece);
    std::vector<Section> sections = sections_of(text, matcher(text));
    if (invert) {
      for (Section& section : sections) section.is_match = !section.is_match;
    }
    append_pieces(sections, behavior, piece.begin, out);
  }
  std::erase_if(out, [](Span span) { return span.begin == span.end; });
  pieces.spans = std::move(out);
}

// Replaces the text of each piece by what append(piece, is_first, text)
// appends.
template <typename F>
void rewrite(Pieces& pieces, F&& append) {
  std::string text;
  text.reserve(pieces.text.size() + pieces.text.size() / 4);
  bool at_start = pieces.at_start;
  for (Span& span : pieces.spans) {
    size_t begin = text.size();
    bool is_first = pieces.at_start && span.begin == 0;
    if (begin == 0) at_start = is_first;
    append(part(pieces.text, span), is_first, text);
    span = {begin, text.size()};
  }
  pieces.text = std::move(text);
  pieces.at_start = at_start;
}

Behavior behavior_of(const std::string& name, const std::string& where) {
  constexpr std::pair<std::string_view, Behavior> kNames[] = {
      {"Removed", Behavior::kRemoved},
      {"Isolated", Behavior::kIsolated},
      {"Contiguous", Behavior::kContiguous},
      {"MergedWithPrevious", Behavior::kMergedWithPrevious},
      {"MergedWithNext", Behavior::kMergedWithNext}};
  for (const auto& [known, behavior] : kNames) {
    if (name == known) return behavior;
  }
  throw UserError(fmt::format(
      "{}: the split behavior \"{}\" is not supported yet", where, name));
}

Matcher matcher_of(Regex regex) {
  return [regex = std::move(regex)](std::string_view text) {
    return regex.find_all(text);
  };
}

// Matches each character for which `is_separator` is true.
Matcher matcher_of(bool (*is_separator)(char32_t)) {
  return [is_separator](std::string_view text) {
    std::vector<Span> matches;
    for (size_t position = 0; position < text.size();) {
      size_t begin = position;
      if (is_separator(next_code_point(text, position))) {
        matches.push_back({begin, position});
      }
    }
    return matches;
  };
}

PreTokenizer read_split(const Json& json, const std::string& where) {
  Matcher matcher = matcher_of(read_pattern(json, where));
  Behavior behavior = behavior_of(json_string(json, "behavior", where), where);
  bool invert = json_bool(json, "invert", where);
  return [=](Pieces& pieces) { split(pieces, matcher, behavior, invert); };
}

PreTokenizer read_byte_level(const Json& json, const std::string& where) {
  bool add_prefix_space = json_bool(json, "add_prefix_space", where);
  Matcher matcher;
  if (json_optional_bool(json, "use_regex", where).value_or(true)) {
    matcher = matcher_of(Regex(kGpt2Pattern, where));
  }
  return [=](Pieces& pieces) {
    if (add_prefix_space) {
      rewrite(pieces, [](std::string_view piece, bool, std::string& text) {
        if (!piece.starts_with(' ')) text += ' ';
        text += piece;
      });
    }
    if (matcher) split(pieces, matcher, Behavior::kIsolated, false);
    rewrite(pieces, [](std::string_view piece, bool, std::string& text) {
      append_byte_level(piece, text);
    });
  };
}

PreTokenizer read_digits(const Json& json, const std::string& where) {
  Behavior behavior = json_bool(json, "individual_digits", where)
                          ? Behavior::kIsolated
                          : Behavior::kContiguous;
  return [=, matcher = matcher_of(is_numeric)](Pieces& pieces) {
    split(pieces, matcher, behavior, false);
  };
}

enum class PrependScheme { kAlways, kFirst, kNever };

PrependScheme read_prepend_scheme(const Json& json, const std::string& where) {
  std::string name =
      json_optional_string(json, "prepend_scheme", where).value_or("always");
  bool prefix =
      json_optional_bool(json, "add_prefix_space", where).value_or(true);
  // An old file has only the latter.
  if (name == "never" || (!prefix && !json.contains("prepend_scheme"))) {
    return PrependScheme::kNever;
  }
  if (!prefix) {
    throw UserError(
        fmt::format("{}: \"prepend_scheme\" is \"{}\" though "
                    "\"add_prefix_space\" is false",
                    where,
                    name));
  }
  if (name == "always") return PrependScheme::kAlways;
  if (name == "first") return PrependScheme::kFirst;
  throw UserError(fmt::format(
      "{}: the prepend_scheme \"{}\" is not supported yet", where, name));
}

// Blanks become `mark`, which is also set before a piece that lacks it.
PreTokenizer read_metaspace(const Json& json, const std::string& where) {
  std::string mark = json_string(json, "replacement", where);
  if (count_code_points(mark) != 1) {
    throw UserError(where + ": \"replacement\" must be one character");
  }
  PrependScheme scheme = read_prepend_scheme(json, where);
  bool cut = json_optional_bool(json, "split", where).value_or(true);
  Matcher marks = matcher_of(Regex::literal(mark));
  auto mark_blanks = [=](std::string_view piece, bool first, std::string& out) {
    bool wanted = scheme == PrependScheme::kAlways ||
                  (scheme == PrependScheme::kFirst && first);
    bool present = piece.starts_with(' ') || piece.starts_with(mark);
    if (wanted && !present) out += mark;
    for (char c : piece) {
      if (c == ' ') {
        out += mark;
      } else {
        out += c;
      }
    }
  };
  return [=](Pieces& pieces) {
    rewrite(pieces, mark_blanks);
    if (cut) split(pieces, marks, Behavior::kMergedWithNext, false);
  };
}

PreTokenizer bert() {
  return [spaces = matcher_of(is_unicode_space),
          punctuation = matcher_of(is_bert_punctuation)](Pieces& pieces) {
    split(pieces, spaces, Behavior::kRemoved, false);
    split(pieces, punctuation, Behavior::kIsolated, false);
  };
}

PreTokenizer read_punctuation(const Json& json, const std::string& where) {
  Behavior behavior = behavior_of(
      json_optional_string(json, "behavior", where).value_or("Isolated"),
      where);
  return [=, matcher = matcher_of(is_bert_punctuation)](Pieces& pieces) {
    split(pieces, matcher, behavior, false);
  };
}

PreTokenizer whitespace_split() {
  return [matcher = matcher_of(is_unicode_space)](Pieces& pieces) {
    split(pieces, matcher, Behavior::kRemoved, false);
  };
}

// What \w+|[^\w\s]+ matches.
PreTokenizer whitespace() {
  return [spaces = matcher_of(is_unicode_space),
          words = matcher_of(is_word_character)](Pieces& pieces) {
    split(pieces, spaces, Behavior::kRemoved, false);
    split(pieces, words, Behavior::kContiguous, false);
  };
}

PreTokenizer read_step(const Json& json, const std::string& where);

PreTokenizer read_sequence(const Json& json, const std::string& where) {
  std::vector<PreTokenizer> steps;
  for (const Json& step : json_list(json, "pretokenizers", where)) {
    steps.push_back(read_step(step, where));
  }
  return [steps](Pieces& pieces) {
    for (const PreTokenizer& step : steps) step(pieces);
  };
}

PreTokenizer read_step(const Json& json, const std::string& where) {
  std::string type = json_string(json, "type", where);
  if (type == "ByteLevel") return read_byte_level(json, where);
  if (type == "Split") return read_split(json, where);
  if (type == "Digits") return read_digits(json, where);
  if (type == "Metaspace") return read_metaspace(json, where);
  if (type == "BertPreTokenizer") return bert();
  if (type == "Whitespace") return whitespace();
  if (type == "WhitespaceSplit") return whitespace_split();
  if (type == "Punctuation") return read_punctuation(json, where);
  if (type == "Sequence") return read_sequence(json, where);
  throw UserError(fmt::format(
      "{}: the pre_tokenizer \"{}\" is not supported yet", where, type));
}

}  // namespace

PreTokenizer read_pre_tokenizer(const Json& json, const std::string& where) {
  if (json.is_null()) return {};
  return read_step(json, where);
}

}  // namespace cdx
