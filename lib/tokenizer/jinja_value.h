#pragma once

#include "util/json.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

// Values of the template language: those of Python that templates meet, and
// immutable as its sandbox makes them.
namespace cdx::jinja {

// What is wrong with a template; the interpreter adds where.
class TemplateError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Largest text and list that one operation may make.
constexpr size_t kMaxText = size_t{16} << 20;
constexpr size_t kMaxItems = 100'000;
// Containers within containers, and the values in them all together: what is
// shared counts each time, for it is compared and printed each time.
constexpr int kMaxNesting = 100;
constexpr size_t kMaxWeight = 1'000'000;

struct List;
struct Map;
struct Callable;
struct Namespace;
struct Loop;

struct None {};
// A value that is not there, and why: "'x' is undefined".
struct Undefined {
  std::shared_ptr<const std::string> why;
};
using Text = std::shared_ptr<const std::string>;  // valid UTF-8
// Text that went through the filter `safe`: it can be printed.
struct SafeText {
  Text text;
};

// Namespaces and loops belong to the interpreter, which outlives all values.
using Value = std::variant<Undefined,
                           None,
                           bool,
                           int64_t,
                           double,
                           Text,
                           SafeText,
                           std::shared_ptr<List>,
                           std::shared_ptr<const Map>,
                           std::shared_ptr<const Callable>,
                           Namespace*,
                           Loop*>;
using Items = std::vector<Value>;

struct Extent {
  int nesting = 0;
  size_t weight = 1;
};

enum class ListKind {
  kList,
  kTuple,
  kRange,
  kKeys,  // views of a map
  kValues,
  kItems,
  kGenerator  // can be read once: reading takes the items out of it
};

struct List {
  ListKind kind = ListKind::kList;
  Items items;
  Extent extent;
};

struct Map {
  std::vector<std::pair<Value, Value>> members;  // in the order they came
  Extent extent;
};

struct Namespace {
  std::vector<std::pair<std::string, Value>> members;
};

// Of `for x in y if z` only the items that were asked for are known.
struct Loop {
  Items items;
  std::function<bool()> more;  // adds an item; false if there is none
  size_t index0 = 0;
  int depth = 1;
  Items last_changed;
  bool ever_changed = false;
};

Value undefined(std::string why);
Value text(std::string value);
// Throw TemplateError beyond the limits.
Value list(Items items, ListKind kind = ListKind::kList);
Value map(std::vector<std::pair<Value, Value>> members);
Value from_json(const Json& json);

template <typename T>
const T* get(const Value& value) {
  return std::get_if<T>(&value);
}
inline bool is_undefined(const Value& value) {
  return get<Undefined>(value) != nullptr;
}
inline bool is_none(const Value& value) {
  return get<None>(value) != nullptr;
}
// nullptr if the value is nothing of the kind.
const std::string* text_of(const Value& value);
const List* list_of(const Value& value);
const Map* map_of(const Value& value);

// Python's name of the type ("str", "int", …).
std::string type_name(const Value& value);

// A measure of the work of comparing or printing a value.
size_t weight_of(const Value& value);

// nullptr when absent.
const Value* find(const Map& map, const Value& key);
const Value* find(const Map& map, std::string_view key);

bool truth(const Value& value);
bool equal(const Value& a, const Value& b);
// Negative, 0 or positive; TemplateError if the two have no order.
int compare(const Value& a, const Value& b);

// Elements of what can be iterated (characters of a text, keys of a map); a
// generator is empty afterwards. TemplateError for anything else.
Items elements(const Value& value);

// Python's str(), repr() and json.dumps(ensure_ascii=False).
std::string to_text(const Value& value);
std::string repr(const Value& value);
struct JsonStyle {
  bool indented = false;
  std::string indent;
  std::string item_separator = ", ", key_separator = ": ";
  bool sort_keys = false;
};
std::string to_json(const Value& value, const JsonStyle& style);

// Throws TemplateError if `bytes` is more than kMaxText.
void check_size(size_t bytes);

}  // namespace cdx::jinja
