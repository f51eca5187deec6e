#include "metrics/extract.h"

#include "util/sentences.h"
#include "util/unicode.h"

#include <algorithm>
#include <cctype>
#include <span>

namespace cdx {
namespace {

constexpr std::string_view kRunOnMarkers[] = {"[wp]",
                                              "[eu]",
                                              "[sp]",
                                              "[rf]",
                                              "[pi]",
                                              "[cw]",
                                              "[tt]",
                                              "[ot]",
                                              "[ip]",
                                              "[mp]",
                                              "[pm]",
                                              "[cc]",
                                              "prompt:",
                                              "writing prompt:",
                                              "title:",
                                              "user:",
                                              "human:",
                                              "assistant:",
                                              "### human",
                                              "### user",
                                              "### prompt",
                                              "### instruction",
                                              "### response",
                                              "### assistant",
                                              "<|",
                                              "r/",
                                              "/r/",
                                              "write a story",
                                              "write a short story"};

constexpr std::string_view kPreambleOpeners[] = {"sure",
                                                 "certainly",
                                                 "of course",
                                                 "absolutely",
                                                 "here is",
                                                 "here's",
                                                 "here’s",
                                                 "okay",
                                                 "ok,",
                                                 "great",
                                                 "i'd be happy",
                                                 "i would be happy",
                                                 "as an ai",
                                                 "below is",
                                                 "this is a"};

constexpr std::string_view kPreambleWords[] = {
    "story", "tale", "fable", "poem", "prompt", "piece", "narrative"};

constexpr std::string_view kClosings[] = {"i hope",
                                          "let me know",
                                          "please let me know",
                                          "would you like",
                                          "feel free",
                                          "note:",
                                          "(word count",
                                          "[word count",
                                          "word count",
                                          "this story",
                                          "is there anything",
                                          "thanks for reading",
                                          "thank you for reading",
                                          "edit:",
                                          "edit 1:",
                                          "*word count",
                                          "do you want",
                                          "if you'd like",
                                          "if you would like"};

// ASCII letters only: the markers have no others.
std::string lower_start(std::string_view text, size_t length) {
  std::string start(text.substr(0, length));
  for (char& c : start) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return start;
}

bool begins_with_any(std::string_view text,
                     std::span<const std::string_view> markers) {
  const std::string start = lower_start(text, 40);
  return std::any_of(markers.begin(), markers.end(), [&](const auto& marker) {
    return start.starts_with(marker);
  });
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, std::min(text.size(), text.find('\n')));
}

// Where the line after `at` begins; npos if there is none.
size_t next_line(std::string_view text, size_t at) {
  const size_t newline = text.find('\n', at);
  return newline == std::string_view::npos ? newline : newline + 1;
}

std::string_view without_indent(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? "" : line.substr(first);
}

// Each function returns what is left of the text.
std::string_view cut_run_on(std::string_view text, std::string_view prompt) {
  constexpr size_t kShortestPrompt = 20;  // shorter ones may come up in a story
  const std::string_view again = strip_whitespace(prompt);
  for (size_t at = next_line(text, 0); at < text.size();
       at = next_line(text, at)) {
    const std::string_view line = without_indent(text.substr(at));
    const bool repeats_prompt =
        again.size() >= kShortestPrompt && line.starts_with(again);
    if (repeats_prompt || begins_with_any(line, kRunOnMarkers)) {
      return text.substr(0, at);
    }
  }
  return text;
}

std::string_view drop_preamble(std::string_view text, std::string_view) {
  constexpr size_t kLongest = 300;
  const size_t end = text.find('\n');
  if (end == std::string_view::npos || end > kLongest) return text;
  const std::string_view line = strip_whitespace(text.substr(0, end));
  if (!begins_with_any(line, kPreambleOpeners)) return text;
  const std::string words = lower_start(line, kLongest);
  const bool announces =
      line.ends_with(':') ||
      std::any_of(std::begin(kPreambleWords),
                  std::end(kPreambleWords),
                  [&](std::string_view word) {
                    return words.find(word) != std::string::npos;
                  });
  return announces ? text.substr(end) : text;
}

// No end mark, and half of its words begin in upper case.
bool looks_like_title(std::string_view line) {
  constexpr std::string_view kEndMarks = ".!?,;:\"";
  if (line.empty() || line.size() > 80 ||
      kEndMarks.find(line.back()) != std::string_view::npos ||
      line.ends_with("”") || line.ends_with("…")) {
    return false;
  }
  size_t upper = 0;
  const std::vector<std::string_view> words = split_whitespace(line);
  for (const std::string_view word : words) {
    upper += to_lower(word) != word ? 1 : 0;
  }
  return 2 * upper >= words.size();
}

std::string_view drop_title(std::string_view text, std::string_view) {
  constexpr size_t kLongest = 120;
  const size_t end = text.find('\n');
  if (end == std::string_view::npos || end > kLongest) return text;
  const std::string_view line = strip_whitespace(text.substr(0, end));
  const bool marked =
      line.starts_with('#') ||
      begins_with_any(line,
                      std::array{std::string_view("title:"),
                                 std::string_view("**title")}) ||
      (line.size() > 4 && line.starts_with("**") && line.ends_with("**"));
  const bool above_empty_line =
      strip_whitespace(first_line(text.substr(end + 1))).empty();
  return marked || (above_empty_line && looks_like_title(line))
             ? text.substr(end)
             : text;
}

std::string_view drop_closing(std::string_view text, std::string_view) {
  for (;;) {
    text = strip_whitespace(text);
    const size_t newline = text.rfind('\n');
    if (newline == std::string_view::npos) return text;
    const std::string_view last = without_indent(text.substr(newline + 1));
    const bool rule = last.find_first_not_of("-*_= ") == std::string_view::npos;
    if (!rule && !begins_with_any(last, kClosings)) return text;
    text = text.substr(0, newline);
  }
}

std::string_view trim_unfinished(std::string_view text, std::string_view) {
  const std::vector<size_t> ends = sentence_ends(text);
  return ends.empty() ? text : text.substr(0, ends.back());
}

using Rule = std::string_view (*)(std::string_view text,
                                  std::string_view prompt);
constexpr std::array<Rule, kExtractRules> kRules = {
    cut_run_on, drop_preamble, drop_title, drop_closing, trim_unfinished};

}  // namespace

Extracted extract(std::string_view text,
                  std::string_view prompt,
                  const std::vector<ExtractRule>& rules) {
  Extracted result;
  std::string_view left = strip_whitespace(text);
  for (size_t i = 0; i < kExtractRules; ++i) {
    const auto rule = static_cast<ExtractRule>(i);
    if (std::find(rules.begin(), rules.end(), rule) == rules.end()) continue;
    const std::string_view next = strip_whitespace(kRules[i](left, prompt));
    if (next.empty() || next == left) continue;
    result.hits[i] = true;
    left = next;
  }
  result.text = left;
  return result;
}

}  // namespace cdx
