#pragma once

#include <filesystem>
#include <string>
#include <vector>

// What a file of a tale grammar says; data/fable/README.md describes it.
namespace cdx {

// Of Piece::variable, what is no variable's number.
inline constexpr int kLiteral = -2;

// One wording of a mention and the values of the variable that it may mean
// ("he" may be any of several names), ascending.
struct Wording {
  std::string text;
  std::vector<int> values;
};

// A literal (one wording) or a mention (several, none a prefix of another).
struct Piece {
  int variable = kLiteral;
  std::vector<Wording> wordings;
};

struct Template {
  int part = 0;
  int choice = 0;
  std::vector<Piece> pieces;
};

struct Variable {
  std::string name;
  std::vector<std::string> values;
};

struct Part {
  std::string slot;  // empty: not a slot
  std::vector<std::string> choices;
  std::vector<Template> templates;
};

struct TaleRules {
  std::vector<Variable> variables;
  std::vector<Part> parts;
  std::vector<std::string> slots;
  int theme_part = -1;
  int object_variable = -1;
};

// Throws UserError naming file and key where the file is not a grammar.
TaleRules read_tale_rules(const std::filesystem::path& path);

}  // namespace cdx
