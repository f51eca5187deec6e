#include "tokenizer/jinja_builtins.h"
#include "util/unicode.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

// Attributes that Python's values have beyond those above: asking for one is
// no mistake of the template, so that it must not come out as undefined.
bool has_in_python(const Value& value, const std::string& name) {
  using Names = std::vector<std::string_view>;
  static const Names kText = {
      "casefold",    "center",    "encode",       "expandtabs", "format",
      "format_map",  "index",     "isalnum",      "isalpha",    "isascii",
      "isdecimal",   "isdigit",   "isidentifier", "islower",    "isnumeric",
      "isprintable", "isspace",   "istitle",      "isupper",    "ljust",
      "maketrans",   "partition", "rfind",        "rindex",     "rjust",
      "rpartition",  "swapcase",  "translate",    "zfill"};
  static const Names kMap = {"copy", "fromkeys"};
  static const Names kList = {"copy"};
  static const Names kNumber = {"as_integer_ratio",
                                "bit_count",
                                "bit_length",
                                "conjugate",
                                "denominator",
                                "from_bytes",
                                "fromhex",
                                "hex",
                                "imag",
                                "is_integer",
                                "numerator",
                                "real",
                                "to_bytes"};
  static const Names kRange = {"start", "stop", "step", "index", "count"};
  static const Names kNone;
  const List* list = list_of(value);
  const Names& names =
      text_of(value)                                                  ? kText
      : map_of(value)                                                 ? kMap
      : list != nullptr && list->kind == ListKind::kRange             ? kRange
      : list != nullptr                                               ? kList
      : get<bool>(value) || get<int64_t>(value) || get<double>(value) ? kNumber
                                                                      : kNone;
  return std::find(names.begin(), names.end(), name) != names.end() ||
         get<std::shared_ptr<const Callable>>(value) != nullptr ||
         get<SafeText>(value) != nullptr || name.starts_with("__");
}

// Jinja's sandbox keeps values as they are.
bool would_change(const Value& value, const std::string& name) {
  static const std::vector<std::string_view> kMap = {
      "clear", "pop", "popitem", "setdefault", "update"};
  static const std::vector<std::string_view> kList = {"append",
                                                      "clear",
                                                      "extend",
                                                      "insert",
                                                      "pop",
                                                      "remove",
                                                      "reverse",
                                                      "sort"};
  const List* list = list_of(value);
  const bool is_list = list != nullptr && list->kind == ListKind::kList;
  if (!is_list && map_of(value) == nullptr) return false;
  const auto& names = is_list ? kList : kMap;
  return std::find(names.begin(), names.end(), name) != names.end();
}

Value missing(const Value& value, const std::string& name) {
  return undefined(
      fmt::format("a value of type {} has no '{}'", type_name(value), name));
}

const Value* namespace_member(const Namespace& space, const std::string& name) {
  for (const auto& [member, value] : space.members) {
    if (member == name) return &value;
  }
  return nullptr;
}

// The attribute as Python's getattr() finds it; nothing if there is none.
std::optional<Value> python_attribute(const Value& value,
                                      const std::string& name) {
  if (const auto* space = get<Namespace*>(value)) {
    const Value* member = namespace_member(**space, name);
    return member == nullptr ? std::nullopt : std::optional(*member);
  }
  if (find_builtin(methods_of(value), name) != nullptr) {
    auto method = std::make_shared<Callable>();
    method->kind = Callable::Kind::kMethod;
    method->name = name;
    method->self = value;
    return Value(std::shared_ptr<const Callable>(std::move(method)));
  }
  if (const auto* loop = get<Loop*>(value)) return loop_attribute(*loop, name);
  if (would_change(value, name)) {
    return undefined(
        fmt::format("'{}' would change a value, which templates cannot", name));
  }
  if (has_in_python(value, name)) {
    throw TemplateError(
        fmt::format("'.{}' of a value of type {} is not "
                    "supported",
                    name,
                    type_name(value)));
  }
  return std::nullopt;
}

std::optional<Value> element(const Value& value, const Value& key) {
  if (const Map* map = map_of(value)) {
    const Value* member = find(*map, key);
    return member == nullptr ? std::nullopt : std::optional(*member);
  }
  const bool* truth = get<bool>(key);
  const int64_t* number = get<int64_t>(key);
  if (truth == nullptr && number == nullptr) return std::nullopt;
  int64_t index = number != nullptr ? *number : *truth;
  const List* list = list_of(value);
  if (list != nullptr && (list->kind <= ListKind::kRange)) {
    const auto size = static_cast<int64_t>(list->items.size());
    if (index < 0) index += size;
    if (index < 0 || index >= size) return std::nullopt;
    return list->items[static_cast<size_t>(index)];
  }
  if (const std::string* text = text_of(value)) {
    const std::u32string characters = to_code_points(*text);
    const auto size = static_cast<int64_t>(characters.size());
    if (index < 0) index += size;
    if (index < 0 || index >= size) return std::nullopt;
    return jinja::text(
        to_utf8(characters.substr(static_cast<size_t>(index), 1)));
  }
  return std::nullopt;
}

}  // namespace

Value get_attribute(const Value& value, const std::string& name) {
  need_defined(value);
  if (auto attribute = python_attribute(value, name)) return *attribute;
  if (const Map* map = map_of(value)) {
    if (const Value* member = find(*map, name)) return *member;
  }
  return missing(value, name);
}

Value get_item(const Value& value, const Value& key) {
  need_defined(value);
  if (auto found = element(value, key)) return *found;
  const std::string* name = text_of(key);
  if (name == nullptr) return missing(value, repr(key));
  if (auto attribute = python_attribute(value, *name)) return *attribute;
  return missing(value, *name);
}

Value loop_attribute(Loop* loop, const std::string& name) {
  const auto index0 = static_cast<int64_t>(loop->index0);
  const auto has_next = [&] {
    return loop->index0 + 1 < loop->items.size() ||
           (loop->more && loop->more());
  };
  const auto size = [&] {
    while (loop->more && loop->more()) continue;
    return static_cast<int64_t>(loop->items.size());
  };
  if (name == "index") return index0 + 1;
  if (name == "index0") return index0;
  if (name == "revindex") return size() - index0;
  if (name == "revindex0") return size() - index0 - 1;
  if (name == "first") return index0 == 0;
  if (name == "last") return !has_next();
  if (name == "length") return size();
  if (name == "depth") return int64_t{loop->depth};
  if (name == "depth0") return int64_t{loop->depth - 1};
  if (name == "previtem") {
    return index0 == 0 ? undefined("there is no previous item")
                       : loop->items[loop->index0 - 1];
  }
  if (name == "nextitem") {
    return has_next() ? loop->items[loop->index0 + 1]
                      : undefined("there is no next item");
  }
  return undefined(fmt::format("'loop' has no '{}'", name));
}

}  // namespace cdx::jinja
