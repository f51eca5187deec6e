#include "tokenizer/jinja_value.h"

#include "util/unicode.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

Extent extent_of(const Value& value) {
  if (const List* list = list_of(value)) return list->extent;
  if (const Map* map = map_of(value)) return map->extent;
  return {};
}

// Of a container with these elements so far and one more.
void add_element(Extent& extent, const Value& value) {
  const Extent element = extent_of(value);
  extent.nesting = std::max(extent.nesting, element.nesting + 1);
  extent.weight += element.weight;
  if (extent.nesting > kMaxNesting) {
    throw TemplateError(
        fmt::format("values nest deeper than {} levels", kMaxNesting));
  }
  if (extent.weight > kMaxWeight) {
    throw TemplateError(fmt::format("more than {} values in one", kMaxWeight));
  }
}

void check_count(size_t size) {
  if (size > kMaxItems) {
    throw TemplateError(
        fmt::format("a list of more than {} elements", kMaxItems));
  }
}

// Python compares truth values and integers as numbers.
bool is_number(const Value& value) {
  return get<bool>(value) || get<int64_t>(value) || get<double>(value);
}

int64_t as_integer(const Value& value) {
  const bool* truth = get<bool>(value);
  return truth != nullptr ? *truth : std::get<int64_t>(value);
}

double as_double(const Value& value) {
  const double* number = get<double>(value);
  return number != nullptr ? *number : static_cast<double>(as_integer(value));
}

bool equal_numbers(const Value& a, const Value& b) {
  if (get<double>(a) || get<double>(b)) return as_double(a) == as_double(b);
  return as_integer(a) == as_integer(b);
}

template <typename T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : (b < a ? 1 : 0);
}

// Of the kinds that Python compares by identity, views and ranges are compared
// by what they hold: a template does not tell the difference.
bool equal_lists(const List& a, const List& b) {
  return a.kind == b.kind && a.items.size() == b.items.size() &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), equal);
}

bool equal_maps(const Map& a, const Map& b) {
  return a.members.size() == b.members.size() &&
         std::all_of(a.members.begin(), a.members.end(), [&](const auto& one) {
           const Value* other = find(b, one.first);
           return other != nullptr && equal(one.second, *other);
         });
}

int compare_lists(const List& a, const List& b) {
  const size_t common = std::min(a.items.size(), b.items.size());
  for (size_t i = 0; i < common; ++i) {
    if (!equal(a.items[i], b.items[i])) return compare(a.items[i], b.items[i]);
  }
  return three_way(a.items.size(), b.items.size());
}

Items characters(const std::string& text) {
  Items items;
  for (size_t position = 0; position < text.size();) {
    const size_t start = position;
    next_code_point(text, position);
    items.push_back(jinja::text(text.substr(start, position - start)));
    check_count(items.size());
  }
  return items;
}

}  // namespace

Value undefined(std::string why) {
  return Undefined{std::make_shared<const std::string>(std::move(why))};
}

Value text(std::string value) {
  check_size(value.size());
  return std::make_shared<const std::string>(std::move(value));
}

Value list(Items items, ListKind kind) {
  check_count(items.size());
  auto list = std::make_shared<List>();
  for (const Value& item : items) add_element(list->extent, item);
  list->kind = kind;
  list->items = std::move(items);
  return list;
}

Value map(std::vector<std::pair<Value, Value>> members) {
  check_count(members.size());
  auto map = std::make_shared<Map>();
  for (const auto& [key, value] : members) {
    add_element(map->extent, key);
    add_element(map->extent, value);
  }
  map->members = std::move(members);
  return std::shared_ptr<const Map>(std::move(map));
}

Value from_json(const Json& json) {
  if (json.is_null()) return None{};
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_integer()) return json.get<int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return text(json.get<std::string>());
  if (json.is_array()) {
    Items items;
    for (const Json& item : json) items.push_back(from_json(item));
    return list(std::move(items));
  }
  std::vector<std::pair<Value, Value>> members;
  for (const auto& [key, value] : json.items()) {
    members.emplace_back(text(key), from_json(value));
  }
  return map(std::move(members));
}

const std::string* text_of(const Value& value) {
  if (const Text* text = get<Text>(value)) return text->get();
  return nullptr;
}

const List* list_of(const Value& value) {
  const auto* list = get<std::shared_ptr<List>>(value);
  return list == nullptr ? nullptr : list->get();
}

const Map* map_of(const Value& value) {
  const auto* map = get<std::shared_ptr<const Map>>(value);
  return map == nullptr ? nullptr : map->get();
}

std::string type_name(const Value& value) {
  static const char* const kKinds[] = {"list",
                                       "tuple",
                                       "range",
                                       "dict_keys",
                                       "dict_values",
                                       "dict_items",
                                       "generator"};
  static const char* const kTypes[] = {"Undefined",
                                       "NoneType",
                                       "bool",
                                       "int",
                                       "float",
                                       "str",
                                       "Markup",
                                       "list",
                                       "dict",
                                       "function",
                                       "Namespace",
                                       "LoopContext"};
  if (const List* list = list_of(value)) {
    return kKinds[static_cast<size_t>(list->kind)];
  }
  return kTypes[value.index()];
}

size_t weight_of(const Value& value) {
  constexpr size_t kCharactersAsOne = 64;
  if (const std::string* text = text_of(value)) {
    return text->size() / kCharactersAsOne + 1;
  }
  return extent_of(value).weight;
}

const Value* find(const Map& map, const Value& key) {
  for (const auto& [name, value] : map.members) {
    if (equal(name, key)) return &value;
  }
  return nullptr;
}

const Value* find(const Map& map, std::string_view key) {
  for (const auto& [name, value] : map.members) {
    const std::string* text = text_of(name);
    if (text != nullptr && *text == key) return &value;
  }
  return nullptr;
}

bool truth(const Value& value) {
  if (is_undefined(value) || is_none(value)) return false;
  if (is_number(value)) return as_double(value) != 0;
  if (const std::string* text = text_of(value)) return !text->empty();
  if (const SafeText* safe = get<SafeText>(value)) return !safe->text->empty();
  if (const Map* map = map_of(value)) return !map->members.empty();
  const List* list = list_of(value);
  return list == nullptr || list->kind == ListKind::kGenerator ||
         !list->items.empty();
}

bool equal(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) return equal_numbers(a, b);
  if (const SafeText* safe = get<SafeText>(a)) return equal(safe->text, b);
  if (const SafeText* safe = get<SafeText>(b)) return equal(a, safe->text);
  if (a.index() != b.index()) return false;
  if (is_undefined(a) || is_none(a)) return true;
  if (const std::string* text = text_of(a)) return *text == *text_of(b);
  if (const List* list = list_of(a)) {
    if (list == list_of(b)) return true;
    return list->kind != ListKind::kGenerator &&
           equal_lists(*list, *list_of(b));
  }
  if (const Map* map = map_of(a)) return equal_maps(*map, *map_of(b));
  if (const auto* space = get<Namespace*>(a)) {
    return *space == std::get<Namespace*>(b);
  }
  return false;
}

int compare(const Value& a, const Value& b) {
  if (is_number(a) && is_number(b)) {
    if (get<double>(a) || get<double>(b)) {
      return three_way(as_double(a), as_double(b));
    }
    return three_way(as_integer(a), as_integer(b));
  }
  const std::string *x = text_of(a), *y = text_of(b);
  // The order of UTF-8 is that of code points.
  if (x != nullptr && y != nullptr) return x->compare(*y);
  const List *left = list_of(a), *right = list_of(b);
  if (left != nullptr && right != nullptr && left->kind == right->kind &&
      (left->kind == ListKind::kList || left->kind == ListKind::kTuple)) {
    return compare_lists(*left, *right);
  }
  for (const Value* value : {&a, &b}) {
    if (const Undefined* none = get<Undefined>(*value)) {
      throw TemplateError(*none->why);
    }
  }
  throw TemplateError(
      fmt::format("'{}' and '{}' have no order", type_name(a), type_name(b)));
}

Items elements(const Value& value) {
  if (const auto* list = get<std::shared_ptr<List>>(value)) {
    if ((*list)->kind != ListKind::kGenerator) return (*list)->items;
    return std::exchange((*list)->items, {});
  }
  if (is_undefined(value)) return {};
  if (const std::string* text = text_of(value)) return characters(*text);
  if (const Map* map = map_of(value)) {
    Items keys;
    for (const auto& [key, member] : map->members) keys.push_back(key);
    return keys;
  }
  throw TemplateError(
      fmt::format("'{}' is nothing to iterate over", type_name(value)));
}

void check_size(size_t bytes) {
  if (bytes > kMaxText) {
    throw TemplateError(
        fmt::format("a text of more than {} MiB", kMaxText >> 20));
  }
}

}  // namespace cdx::jinja
