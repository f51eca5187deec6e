#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cdx {

struct TaleRules;

// What the prompt of a fable fixes: the fields "theme" and "object" of its line
// in data/prompts/fable.jsonl.
struct TalePrompt {
  std::string theme;
  std::string object;
};

// The value of a slot whose sentence is in no way a sentence of the grammar.
inline constexpr char kUnrecognised[] = "unrecognised";

struct TaleCheck {
  // The whole text parses as a tale when every mention is free.
  bool grammatical = false;
  // Grammatical, and names, pronouns, species, objects … agree throughout.
  bool agreeing = false;
  // The moral is the prompt's theme, and every object named is the prompt's.
  // (Of the sentences that are recognised; the rest need not be.)
  bool on_prompt = false;
  // One a slot, in the order of TaleGrammar::slots(): what the first sentence
  // that tells says, whether or not the whole parses.
  std::vector<std::string> choices;

  bool valid() const { return agreeing && on_prompt; }
};

// The grammar that the stories of the shipped models were taught from, as a
// checker of stories. data/fable/README.md describes the file.
class TaleGrammar {
 public:
  // Throws UserError naming file and key where the file is not a grammar.
  static TaleGrammar load(const std::filesystem::path& path);

  // Throws UserError for a theme or object that is not in the grammar.
  TaleCheck check(std::string_view text, const TalePrompt& prompt) const;

  // The slots whose choices are counted, in the order of the file.
  const std::vector<std::string>& slots() const;

  // All that a slot can be in a tale, in the order of the file.
  const std::vector<std::string>& values(const std::string& slot) const;

 private:
  explicit TaleGrammar(std::shared_ptr<const TaleRules> rules)
      : rules_(std::move(rules)) {}

  std::shared_ptr<const TaleRules> rules_;
};

}  // namespace cdx
