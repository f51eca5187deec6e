#include "tokenizer/jinja_interpreter.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

constexpr int kMaxDepth = 800;
// What a step, a byte and an element cost of Environment's budget.
constexpr size_t kStepCost = 16;
constexpr size_t kItemCost = 64;
constexpr size_t kLoopCost = 256;

}  // namespace

class Interpreter::Scope {
 public:
  Scope(Interpreter& interpreter, Frame* parent)
      : interpreter_(interpreter), before_(interpreter.frame_) {
    interpreter_.frames_.push_back(std::make_unique<Frame>());
    interpreter_.frame_ = interpreter_.frames_.back().get();
    interpreter_.frame_->parent = parent;
  }
  ~Scope() {
    if (!interpreter_.frame_->captured) interpreter_.frames_.pop_back();
    interpreter_.frame_ = before_;
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Interpreter& interpreter_;
  Frame* before_;
};

Interpreter::Depth::Depth(Interpreter& interpreter)
    : interpreter_(interpreter) {
  if (interpreter_.depth_ == kMaxDepth) {
    throw TemplateError("the template nests or calls itself too deep");
  }
  ++interpreter_.depth_;
  interpreter_.environment_.spend(kStepCost);
}

Interpreter::Interpreter(Environment& environment)
    : environment_(environment) {}

std::string Interpreter::run(const Block& block, const Map& variables) {
  const Scope scope(*this, nullptr);
  for (const auto& [name, value] : variables.members) {
    set(*text_of(name), value);
  }
  execute(block);
  return std::move(output_);
}

Interpreter::Flow Interpreter::execute(const Block& block) {
  for (const Statement& statement : block) {
    const Flow flow = execute(statement);
    if (flow != Flow::kOn) return flow;
  }
  return Flow::kOn;
}

Interpreter::Flow Interpreter::execute(const Statement& statement) {
  const Depth depth(*this);
  line_ = statement.line;
  switch (statement.kind) {
    case StatementKind::kText:
      print(statement.text);
      break;
    case StatementKind::kPrint:
      print(to_text(evaluate(*statement.expression)));
      break;
    case StatementKind::kFor:
      execute_for(statement);
      break;
    case StatementKind::kIf:
      return execute_if(statement);
    case StatementKind::kSet:
      assign(statement, evaluate(*statement.expression));
      break;
    case StatementKind::kSetBlock:
      set(statement.targets[0], text(capture(statement.body)));
      break;
    case StatementKind::kMacro:
      define_macro(statement);
      break;
    case StatementKind::kGeneration: {
      const Scope scope(*this, frame_);
      execute(statement.body);
      break;
    }
    case StatementKind::kBreak:
      return Flow::kBreak;
    case StatementKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kOn;
}

void Interpreter::print(const std::string& text) {
  environment_.spend(text.size());
  check_size(output_.size() + text.size());
  output_ += text;
}

Interpreter::Flow Interpreter::execute_if(const Statement& statement) {
  for (const Branch& branch : statement.branches) {
    if (truth(evaluate(*branch.condition))) return execute(branch.body);
  }
  return execute(statement.otherwise);
}

void Interpreter::execute_for(const Statement& statement) {
  Loop* loop = make_loop(statement);
  ++loop_depth_;
  loop->depth = 1;
  Flow flow = Flow::kOn;
  // As Jinja has it: a turn that break or continue left does not count.
  bool whole_turn = false;
  while (flow != Flow::kBreak &&
         (loop->index0 < loop->items.size() || (loop->more && loop->more()))) {
    flow = loop_turn(statement, loop);
    whole_turn = whole_turn || flow == Flow::kOn;
    ++loop->index0;
  }
  --loop_depth_;
  loop->more = nullptr;
  if (loop->index0 > 0) --loop->index0;
  if (whole_turn) return;
  const Scope scope(*this, frame_);
  execute(statement.otherwise);
}

Loop* Interpreter::make_loop(const Statement& statement) {
  Items source = elements(evaluate(*statement.expression));
  environment_.spend(kLoopCost + kItemCost * source.size());
  Loop* loop = &loops_.emplace_back();
  if (statement.condition == nullptr) {
    loop->items = std::move(source);
    return loop;
  }
  loop->more = [this,
                loop,
                &statement,
                outside = frame_,
                next = size_t{0},
                source = std::move(source)]() mutable {
    Frame* before = std::exchange(frame_, outside);
    bool found = false;
    while (!found && next < source.size()) {
      found = fits(statement, source[next]);
      if (found) loop->items.push_back(source[next]);
      ++next;
    }
    frame_ = before;
    return found;
  };
  return loop;
}

bool Interpreter::fits(const Statement& statement, const Value& item) {
  const Scope scope(*this, frame_);
  assign(statement, item);
  return truth(evaluate(*statement.condition));
}

Interpreter::Flow Interpreter::loop_turn(const Statement& statement,
                                         Loop* loop) {
  const Scope scope(*this, frame_);
  // A copy: the loop's items may move when more are asked for.
  const Value item = loop->items[loop->index0];
  assign(statement, item);
  set("loop", loop);
  return execute(statement.body);
}

void Interpreter::assign(const Statement& statement, const Value& value) {
  if (!statement.attribute.empty()) return assign_attribute(statement, value);
  if (!statement.unpack) return set(statement.targets[0], value);
  need_defined(value);
  const Items items = elements(value);
  if (items.size() != statement.targets.size()) {
    throw TemplateError(fmt::format("{} names cannot take {} values",
                                    statement.targets.size(),
                                    items.size()));
  }
  for (size_t i = 0; i < items.size(); ++i) set(statement.targets[i], items[i]);
}

void Interpreter::assign_attribute(const Statement& statement,
                                   const Value& value) {
  Expression name;
  name.name = statement.targets[0];
  const Value target = evaluate_name(name);
  auto* const* space = get<Namespace*>(target);
  if (space == nullptr) {
    throw TemplateError(fmt::format(
        "'{}' is no namespace: only a namespace's attributes can be set",
        name.name));
  }
  for (auto& [member, old] : (*space)->members) {
    if (member == statement.attribute) {
      old = value;
      return;
    }
  }
  (*space)->members.emplace_back(statement.attribute, value);
}

void Interpreter::set(const std::string& name, const Value& value) {
  for (auto& [known, old] : frame_->names) {
    if (known == name) {
      old = value;
      return;
    }
  }
  frame_->names.emplace_back(name, value);
}

void Interpreter::define_macro(const Statement& statement) {
  auto macro = std::make_shared<Callable>();
  macro->kind = Callable::Kind::kMacro;
  macro->name = statement.text;
  macro->macro = &statement;
  macro->frame = frame_;
  for (Frame* frame = frame_; frame != nullptr; frame = frame->parent) {
    frame->captured = true;
  }
  environment_.spend(kLoopCost);
  set(statement.text, std::shared_ptr<const Callable>(std::move(macro)));
}

std::string Interpreter::capture(const Block& block) {
  std::string before = std::exchange(output_, "");
  const Scope scope(*this, frame_);
  execute(block);
  return std::exchange(output_, std::move(before));
}

Value Interpreter::call_macro(const Callable& macro,
                              const Arguments& arguments) {
  const Depth depth(*this);
  const Scope scope(*this, macro.frame);
  bind(*macro.macro, arguments);
  const Scope body(*this, frame_);
  std::string before = std::exchange(output_, "");
  execute(macro.macro->body);
  return text(std::exchange(output_, std::move(before)));
}

void Interpreter::bind(const Statement& macro, const Arguments& arguments) {
  const auto refuse = [&](const std::string& what) {
    throw TemplateError(fmt::format("macro '{}' {}", macro.text, what));
  };
  const std::vector<Parameter>& parameters = macro.parameters;
  if (arguments.positional.size() > parameters.size()) {
    refuse(fmt::format("takes {} arguments", parameters.size()));
  }
  std::vector<const Value*> given(parameters.size(), nullptr);
  for (size_t i = 0; i < arguments.positional.size(); ++i) {
    given[i] = &arguments.positional[i];
  }
  for (const auto& [name, value] : arguments.keywords) {
    const auto at = std::find_if(
        parameters.begin(),
        parameters.end(),
        [&, &name = name](const Parameter& one) { return one.name == name; });
    if (at == parameters.end()) refuse("has no parameter '" + name + "'");
    const Value*& slot = given[static_cast<size_t>(at - parameters.begin())];
    if (slot != nullptr) refuse("gets '" + name + "' twice");
    slot = &value;
  }
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    set(parameter.name,
        given[i] != nullptr ? *given[i]
        : parameter.fallback != nullptr
            ? evaluate(*parameter.fallback)
            : undefined(
                  fmt::format("parameter '{}' was not given", parameter.name)));
  }
}

}  // namespace cdx::jinja
