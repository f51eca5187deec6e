#pragma once

#include "tokenizer/jinja_ast.h"
#include "tokenizer/jinja_value.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a template finds there: filters, tests, methods, functions, operators.
// All throw TemplateError for what Python or Jinja would not do, and for what
// is not supported.
namespace cdx::jinja {

struct Frame;

// Something that can be called.
struct Callable {
  enum class Kind { kFunction, kMethod, kMacro };
  Kind kind = Kind::kFunction;
  std::string name;
  Value self;                        // of a method
  const Statement* macro = nullptr;  // and the frame it was made in
  Frame* frame = nullptr;
};

struct Arguments {
  Items positional;
  std::vector<std::pair<std::string, Value>> keywords;
};

// The state of one rendering.
class Environment {
 public:
  explicit Environment(std::optional<std::string> date)
      : date(std::move(date)) {}

  // Throws TemplateError once a rendering has done more than any chat needs.
  void spend(size_t work);
  Namespace* make_namespace() { return &namespaces_.emplace_back(); }

  // What strftime_now knows of today: "2024-07-26".
  std::optional<std::string> date;
  bool date_was_asked = false;

 private:
  size_t work_ = 0;
  std::deque<Namespace> namespaces_;
};

// Arguments by parameter. A builtin whose only parameter is "*" takes them as
// they are.
class Call {
 public:
  Call(std::string what,
       const std::vector<const char*>& parameters,
       const Arguments& arguments,
       Environment& environment);

  const Arguments& arguments() const { return arguments_; }
  Environment& environment() const { return environment_; }
  // nullptr if the argument was not given.
  const Value* find(size_t parameter) const { return bound_[parameter]; }
  const Value& require(size_t parameter) const;
  // The fallback if the argument was not given.
  std::string text(size_t parameter, const std::string& fallback) const;
  int64_t integer(size_t parameter, int64_t fallback) const;
  bool flag(size_t parameter, bool fallback) const;
  // "filter 'trim'"
  const std::string& what() const { return what_; }
  [[noreturn]] void fail(const std::string& message) const;

 private:
  std::string what_;
  std::vector<const char*> parameters_;
  const Arguments& arguments_;
  Environment& environment_;
  std::vector<const Value*> bound_;
};

using Builtin = Value (*)(const Value& self, const Call& call);
struct BuiltinEntry {
  const char* name;
  std::vector<const char*> parameters;
  Builtin function;
};
const BuiltinEntry* find_builtin(const std::vector<BuiltinEntry>& table,
                                 std::string_view name);
const std::vector<BuiltinEntry>& text_filters();
const std::vector<BuiltinEntry>& sequence_filters();
const std::vector<BuiltinEntry>& number_filters();

bool is_filter(std::string_view name);
Value apply_filter(const std::string& name,
                   const Value& value,
                   const Arguments& arguments,
                   Environment& environment);

bool is_test(std::string_view name);
bool apply_test(const std::string& name,
                const Value& value,
                const Arguments& arguments,
                Environment& environment);

// A function by name; nullptr if there is none.
std::shared_ptr<const Callable> find_function(const std::string& name);
// Of a function or a method.
Value call_builtin(const Callable& callable,
                   const Arguments& arguments,
                   Environment& environment);

Value call_function(const Callable& callable,
                    const Arguments& arguments,
                    Environment& environment);
const std::vector<BuiltinEntry>& methods_of(const Value& value);

// value.name and value[key]: undefined if there is none.
Value get_attribute(const Value& value, const std::string& name);
Value get_item(const Value& value, const Value& key);
// value[start:stop:step]; None where a bound is absent. Only texts, lists,
// tuples and ranges have slices.
Value get_slice(const Value& value,
                const Value& start,
                const Value& stop,
                const Value& step);
Value loop_attribute(Loop* loop, const std::string& name);

Value binary(const std::string& name, const Value& a, const Value& b);
Value unary(const std::string& name, const Value& value);
bool compared(const std::string& name, const Value& a, const Value& b);
bool contains(const Value& container, const Value& value);

// The text of a value that must be one. Text from `safe` is refused: Jinja
// would escape what it is put together with.
const std::string& need_text(const Value& value, const std::string& what);
// As soft_str(): any value as text, but for text from `safe`.
std::string soft_text(const Value& value);

// Throws TemplateError with the reason if the value is undefined.
void need_defined(const Value& value);

}  // namespace cdx::jinja
