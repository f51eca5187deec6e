#pragma once

#include "tokenizer/jinja_value.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

// A template as a tree.
namespace cdx::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

enum class ExpressionKind {
  kConstant,    // value
  kName,        // name
  kList,        // items
  kTuple,       // items
  kMap,         // items: key, value, key, value …
  kAttribute,   // items[0].name
  kItem,        // items[0][items[1]]
  kSlice,       // items[0][items[1]:items[2]:items[3]], each may be absent
  kCall,        // items[0](items[1] …, keywords)
  kFilter,      // items[0] | name(items[1] …, keywords)
  kTest,        // items[0] is name(items[1] …, keywords)
  kUnary,       // name items[0]: not, -, +
  kBinary,      // items[0] name items[1]: + - * / // %
  kJoin,        // items[0] ~ items[1] ~ …
  kComparison,  // items[0] operators[0] items[1] operators[1] …
  kAnd,         // items[0] and items[1]
  kOr,          // items[0] or items[1]
  kConditional  // items[1] if items[0] else items[2], which may be absent
};

struct Expression {
  ExpressionKind kind = ExpressionKind::kConstant;
  int line = 0;
  int depth = 1;  // of the tree
  std::string name;
  Value value;
  std::vector<ExpressionPtr> items;
  std::vector<std::pair<std::string, ExpressionPtr>> keywords;
  std::vector<std::string> operators;
};

struct Statement;
using Block = std::vector<Statement>;

enum class StatementKind {
  kText,        // text
  kPrint,       // expression
  kFor,         // for targets in expression if condition: body, otherwise
  kIf,          // branches, otherwise
  kSet,         // targets = expression, or target.attribute = expression
  kSetBlock,    // targets[0] = what body prints
  kMacro,       // name, parameters, body
  kGeneration,  // body
  kBreak,
  kContinue
};

struct Parameter {
  std::string name;
  ExpressionPtr fallback;  // may be absent
};

struct Branch {
  ExpressionPtr condition;
  Block body;
};

struct Statement {
  StatementKind kind = StatementKind::kText;
  int line = 0;
  std::string text;                  // or the name of a macro
  std::vector<std::string> targets;  // names that are set
  // With brackets or a comma: the value is taken apart even for one name.
  bool unpack = false;
  std::string attribute;  // of targets[0], a namespace
  ExpressionPtr expression, condition;
  std::vector<Parameter> parameters;
  std::vector<Branch> branches;
  Block body, otherwise;
};

}  // namespace cdx::jinja
