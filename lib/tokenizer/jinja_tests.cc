#include "tokenizer/jinja_builtins.h"

#include <array>
#include <cstdlib>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

using Test = bool (*)(const Value& value);

bool is_string(const Value& value) {
  return text_of(value) != nullptr || get<SafeText>(value) != nullptr;
}
bool is_mapping(const Value& value) {
  return map_of(value) != nullptr;
}
bool is_boolean(const Value& value) {
  return get<bool>(value) != nullptr;
}
bool is_integer(const Value& value) {
  return get<int64_t>(value) != nullptr;
}
bool is_float(const Value& value) {
  return get<double>(value) != nullptr;
}
bool is_number(const Value& value) {
  return is_boolean(value) || is_integer(value) || is_float(value);
}
bool is_iterable(const Value& value) {
  return is_undefined(value) || is_string(value) || is_mapping(value) ||
         list_of(value) != nullptr || get<Loop*>(value) != nullptr;
}
// Has a length and elements by position or key: not the views of a map.
bool is_sequence(const Value& value) {
  const List* list = list_of(value);
  return is_undefined(value) || is_string(value) || is_mapping(value) ||
         (list != nullptr && list->kind <= ListKind::kRange);
}
bool is_true(const Value& value) {
  return is_boolean(value) && std::get<bool>(value);
}
bool is_false(const Value& value) {
  return is_boolean(value) && !std::get<bool>(value);
}
bool is_defined(const Value& value) {
  return !is_undefined(value);
}
bool is_callable(const Value& value) {
  return get<std::shared_ptr<const Callable>>(value) != nullptr ||
         is_undefined(value) || get<Loop*>(value) != nullptr;
}
bool is_odd(const Value& value) {
  return equal(binary("%", value, int64_t{2}), int64_t{1});
}
bool is_even(const Value& value) {
  return equal(binary("%", value, int64_t{2}), int64_t{0});
}

struct SimpleTest {
  const char* name;
  Test test;
};
constexpr std::array kSimple = {SimpleTest{"defined", is_defined},
                                SimpleTest{"undefined", is_undefined},
                                SimpleTest{"none", is_none},
                                SimpleTest{"string", is_string},
                                SimpleTest{"mapping", is_mapping},
                                SimpleTest{"iterable", is_iterable},
                                SimpleTest{"sequence", is_sequence},
                                SimpleTest{"number", is_number},
                                SimpleTest{"integer", is_integer},
                                SimpleTest{"float", is_float},
                                SimpleTest{"boolean", is_boolean},
                                SimpleTest{"true", is_true},
                                SimpleTest{"false", is_false},
                                SimpleTest{"callable", is_callable},
                                SimpleTest{"odd", is_odd},
                                SimpleTest{"even", is_even}};

// Tests that are operators, by all their names.
struct OperatorTest {
  const char* name;
  const char* operation;
};
constexpr std::array kOperators = {OperatorTest{"equalto", "=="},
                                   OperatorTest{"eq", "=="},
                                   OperatorTest{"==", "=="},
                                   OperatorTest{"ne", "!="},
                                   OperatorTest{"!=", "!="},
                                   OperatorTest{"lt", "<"},
                                   OperatorTest{"lessthan", "<"},
                                   OperatorTest{"<", "<"},
                                   OperatorTest{"le", "<="},
                                   OperatorTest{"<=", "<="},
                                   OperatorTest{"gt", ">"},
                                   OperatorTest{"greaterthan", ">"},
                                   OperatorTest{">", ">"},
                                   OperatorTest{"ge", ">="},
                                   OperatorTest{">=", ">="},
                                   OperatorTest{"in", "in"},
                                   OperatorTest{"divisibleby", "%"}};

template <typename Table>
auto find_test(const Table& table, std::string_view name) {
  const auto* at = table.begin();
  while (at != table.end() && at->name != name) ++at;
  return at == table.end() ? nullptr : at;
}

}  // namespace

bool is_test(std::string_view name) {
  return find_test(kSimple, name) != nullptr ||
         find_test(kOperators, name) != nullptr;
}

bool apply_test(const std::string& name,
                const Value& value,
                const Arguments& arguments,
                Environment& environment) {
  const auto refuse = [&](const char* message) {
    throw TemplateError(fmt::format("test '{}' {}", name, message));
  };
  environment.spend(weight_of(value));
  const Items& given = arguments.positional;
  if (!arguments.keywords.empty()) refuse("takes no named argument");
  if (const auto* simple = find_test(kSimple, name)) {
    if (!given.empty()) refuse("takes no argument");
    return simple->test(value);
  }
  const auto* operation = find_test(kOperators, name);
  if (operation == nullptr) refuse("is not supported");
  if (given.size() != 1) refuse("needs one argument");
  environment.spend(weight_of(given[0]));
  const std::string operation_name = operation->operation;
  if (operation_name != "%") return compared(operation_name, value, given[0]);
  return equal(binary("%", value, given[0]), int64_t{0});
}

}  // namespace cdx::jinja
