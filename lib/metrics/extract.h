#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The story in what a model wrote: the same rules for every condition, so that
// metrics compare stories and not what stands around them.
namespace cdx {

enum class ExtractRule {
  // Cut before a line that begins something else: a reddit tag ([WP], [EU] …),
  // "Prompt:", a chat's next turn ("User:", "### Human", "<|…"), a second title
  // ("Title:"), or the prompt itself once more.
  kRunOn,
  // Drop a first paragraph that announces the story ("Sure! Here is …:").
  kPreamble,
  // Drop a first line that is a title: "Title: …", "# …", "**…**", or a short
  // line without an end mark above an empty one.
  kTitle,
  // Drop last paragraphs that speak to the reader ("I hope you enjoyed …",
  // "Let me know …", "(Word count: …", "Edit: …").
  kClosing,
  // Trim a last sentence that does not end; a text without any sentence end
  // stays.
  kUnfinished,
};
constexpr size_t kExtractRules = 5;

// The rules in the order in which they act, and their names in experiment
// files.
constexpr std::array<std::string_view, kExtractRules> kExtractRuleNames = {
    "run_on", "preamble", "title", "closing", "unfinished"};

struct Extracted {
  std::string text;                        // outer white space stripped
  std::array<bool, kExtractRules> hits{};  // which rules took something away
};

// `rules` in any order; `prompt` may be empty. A rule that would leave nothing
// takes nothing away. Texts are valid UTF-8; linear in their length.
Extracted extract(std::string_view text,
                  std::string_view prompt,
                  const std::vector<ExtractRule>& rules);

}  // namespace cdx
