#pragma once

#include "tokenizer/jinja_ast.h"
#include "tokenizer/jinja_builtins.h"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cdx::jinja {

// Names of one scope: of the template, a turn of a loop, a macro's call.
struct Frame {
  Frame* parent = nullptr;
  std::vector<std::pair<std::string, Value>> names;
  bool captured = false;  // by a macro: it must stay
};

// Walks the tree of a template, once. Throws TemplateError; line() then tells
// where it was.
class Interpreter {
 public:
  explicit Interpreter(Environment& environment);
  Interpreter(const Interpreter&) = delete;
  Interpreter& operator=(const Interpreter&) = delete;

  // `variables` is a map of names.
  std::string run(const Block& block, const Map& variables);
  int line() const { return line_; }

 private:
  enum class Flow { kOn, kBreak, kContinue };
  class Scope;  // a frame for as long as it lives
  // One level of recursion; also a step.
  class Depth {
   public:
    explicit Depth(Interpreter& interpreter);
    ~Depth() { --interpreter_.depth_; }
    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    Interpreter& interpreter_;
  };

  Flow execute(const Block& block);
  Flow execute(const Statement& statement);
  Flow execute_if(const Statement& statement);
  void execute_for(const Statement& statement);
  Flow loop_turn(const Statement& statement, Loop* loop);
  Loop* make_loop(const Statement& statement);
  bool fits(const Statement& statement, const Value& item);
  void assign(const Statement& statement, const Value& value);
  void assign_attribute(const Statement& statement, const Value& value);
  void set(const std::string& name, const Value& value);
  void define_macro(const Statement& statement);
  std::string capture(const Block& block);
  void print(const std::string& text);

  Value evaluate(const Expression& expression);
  Value evaluate_kind(const Expression& expression);
  Value evaluate_name(const Expression& expression);
  Value evaluate_map(const Expression& expression);
  Value evaluate_slice(const Expression& expression);
  Value evaluate_join(const Expression& expression);
  Value evaluate_call(const Expression& expression);
  Value evaluate_filter(const Expression& expression);
  bool evaluate_test(const Expression& expression);
  Value evaluate_binary(const Expression& expression);
  Value evaluate_comparison(const Expression& expression);
  Value evaluate_conditional(const Expression& expression);
  Items evaluate_items(const Expression& expression, size_t from);
  Arguments evaluate_arguments(const Expression& expression);
  Value call_macro(const Callable& macro, const Arguments& arguments);
  void bind(const Statement& macro, const Arguments& arguments);
  // Pays for a value that was made.
  Value made(Value value);

  Environment& environment_;
  std::vector<std::unique_ptr<Frame>> frames_;  // all that are alive
  Frame* frame_ = nullptr;                      // the innermost
  std::string output_;
  int line_ = 1;
  int depth_ = 0;
  int loop_depth_ = 0;
  std::deque<Loop> loops_;  // all there were: a namespace may hold one
};

}  // namespace cdx::jinja
