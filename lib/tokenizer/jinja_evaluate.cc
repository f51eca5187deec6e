#include "tokenizer/jinja_interpreter.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

constexpr size_t kStepCost = 16;
constexpr size_t kItemCost = 64;

}  // namespace

Value Interpreter::made(Value value) {
  if (const std::string* text = text_of(value)) {
    environment_.spend(text->size());
  } else if (const List* list = list_of(value)) {
    environment_.spend(kItemCost * list->items.size());
  }
  return value;
}

Value Interpreter::evaluate(const Expression& expression) {
  const Depth depth(*this);
  line_ = expression.line;
  return evaluate_kind(expression);
}

Value Interpreter::evaluate_kind(const Expression& expression) {
  const auto item = [&](size_t i) { return evaluate(*expression.items[i]); };
  switch (expression.kind) {
    case ExpressionKind::kConstant:
      return expression.value;
    case ExpressionKind::kName:
      return evaluate_name(expression);
    case ExpressionKind::kList:
      return made(list(evaluate_items(expression, 0)));
    case ExpressionKind::kTuple:
      return made(list(evaluate_items(expression, 0), ListKind::kTuple));
    case ExpressionKind::kMap:
      return evaluate_map(expression);
    case ExpressionKind::kAttribute:
      return get_attribute(item(0), expression.name);
    case ExpressionKind::kItem: {
      const Value of = item(0);
      environment_.spend(kStepCost * (get<Text>(of) ? weight_of(of) : 1));
      return get_item(of, item(1));
    }
    case ExpressionKind::kSlice:
      return evaluate_slice(expression);
    case ExpressionKind::kCall:
      return evaluate_call(expression);
    case ExpressionKind::kFilter:
      return evaluate_filter(expression);
    case ExpressionKind::kTest:
      return evaluate_test(expression);
    case ExpressionKind::kUnary:
      return unary(expression.name, item(0));
    case ExpressionKind::kBinary:
      return evaluate_binary(expression);
    case ExpressionKind::kJoin:
      return evaluate_join(expression);
    case ExpressionKind::kComparison:
      return evaluate_comparison(expression);
    case ExpressionKind::kAnd: {
      Value left = item(0);
      return truth(left) ? item(1) : left;
    }
    case ExpressionKind::kOr: {
      Value left = item(0);
      return truth(left) ? left : item(1);
    }
    case ExpressionKind::kConditional:
      return evaluate_conditional(expression);
  }
  return None{};
}

Value Interpreter::evaluate_name(const Expression& expression) {
  for (const Frame* frame = frame_; frame != nullptr; frame = frame->parent) {
    for (const auto& [name, value] : frame->names) {
      if (name == expression.name) return value;
    }
  }
  if (auto function = find_function(expression.name)) return function;
  return undefined(fmt::format("'{}' is not defined", expression.name));
}

Items Interpreter::evaluate_items(const Expression& expression, size_t from) {
  Items items;
  for (size_t i = from; i < expression.items.size(); ++i) {
    items.push_back(evaluate(*expression.items[i]));
  }
  return items;
}

Value Interpreter::evaluate_map(const Expression& expression) {
  std::vector<std::pair<Value, Value>> members;
  const Items items = evaluate_items(expression, 0);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    const Value& key = items[i];
    environment_.spend(kStepCost * (members.size() + weight_of(key)));
    const auto same =
        std::find_if(members.begin(), members.end(), [&](const auto& member) {
          return equal(member.first, key);
        });
    if (same != members.end()) {
      same->second = items[i + 1];
    } else {
      members.emplace_back(key, items[i + 1]);
    }
  }
  return map(std::move(members));
}

Value Interpreter::evaluate_slice(const Expression& expression) {
  const auto bound = [&](size_t i) {
    const ExpressionPtr& given = expression.items[i];
    return given == nullptr ? Value(None{}) : evaluate(*given);
  };
  const Value of = evaluate(*expression.items[0]);
  const Value start = bound(1), stop = bound(2), step = bound(3);
  environment_.spend(kStepCost * weight_of(of));
  return made(get_slice(of, start, stop, step));
}

Value Interpreter::evaluate_join(const Expression& expression) {
  std::string out;
  for (const Value& item : evaluate_items(expression, 0)) {
    out += to_text(item);
    check_size(out.size());
  }
  return made(text(std::move(out)));
}

Arguments Interpreter::evaluate_arguments(const Expression& expression) {
  Arguments arguments;
  arguments.positional = evaluate_items(expression, 1);
  for (const auto& [name, value] : expression.keywords) {
    arguments.keywords.emplace_back(name, evaluate(*value));
  }
  return arguments;
}

Value Interpreter::evaluate_call(const Expression& expression) {
  const Value callee = evaluate(*expression.items[0]);
  const Arguments arguments = evaluate_arguments(expression);
  line_ = expression.line;
  need_defined(callee);
  const auto* callable = get<std::shared_ptr<const Callable>>(callee);
  if (callable == nullptr) {
    throw TemplateError(
        fmt::format("a value of type {} cannot be called", type_name(callee)));
  }
  return made((*callable)->kind == Callable::Kind::kMacro
                  ? call_macro(**callable, arguments)
                  : call_builtin(**callable, arguments, environment_));
}

Value Interpreter::evaluate_filter(const Expression& expression) {
  const Value value = evaluate(*expression.items[0]);
  const Arguments arguments = evaluate_arguments(expression);
  line_ = expression.line;
  return made(apply_filter(expression.name, value, arguments, environment_));
}

bool Interpreter::evaluate_test(const Expression& expression) {
  const Value value = evaluate(*expression.items[0]);
  const Arguments arguments = evaluate_arguments(expression);
  line_ = expression.line;
  return apply_test(expression.name, value, arguments, environment_);
}

Value Interpreter::evaluate_binary(const Expression& expression) {
  const Value left = evaluate(*expression.items[0]);
  const Value right = evaluate(*expression.items[1]);
  line_ = expression.line;
  return made(binary(expression.name, left, right));
}

Value Interpreter::evaluate_comparison(const Expression& expression) {
  Value left = evaluate(*expression.items[0]);
  for (size_t i = 0; i < expression.operators.size(); ++i) {
    Value right = evaluate(*expression.items[i + 1]);
    environment_.spend(kStepCost * (weight_of(left) + weight_of(right)));
    line_ = expression.line;
    if (!compared(expression.operators[i], left, right)) return false;
    left = std::move(right);
  }
  return true;
}

Value Interpreter::evaluate_conditional(const Expression& expression) {
  if (truth(evaluate(*expression.items[0]))) {
    return evaluate(*expression.items[1]);
  }
  if (expression.items[2] != nullptr) return evaluate(*expression.items[2]);
  return undefined("an inline if without else came out false");
}

}  // namespace cdx::jinja
