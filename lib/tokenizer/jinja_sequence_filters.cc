#include "tokenizer/jinja_builtins.h"
#include "tokenizer/jinja_string.h"
#include "util/unicode.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

// Filters on what can be iterated.
namespace cdx::jinja {
namespace {

// Parts of "a.b.0": names, and numbers as positions.
Items attribute_path(const Value& attribute) {
  if (is_none(attribute)) return {};
  const std::string* name = text_of(attribute);
  if (name == nullptr) return {attribute};
  Items path;
  for (const std::string& part : split(*name, ".", -1, false)) {
    const bool digits = !part.empty() && part.find_first_not_of("0123456789") ==
                                             std::string::npos;
    path.push_back(digits ? Value(parse_integer(part).value_or(0))
                          : text(part));
  }
  return path;
}

Value follow(Value value, const Items& path, const Value* fallback = nullptr) {
  for (const Value& part : path) {
    value = get_item(value, part);
    if (fallback != nullptr && is_undefined(value)) value = *fallback;
  }
  return value;
}

Value without_case(const Value& value) {
  const std::string* name = text_of(value);
  return name == nullptr ? value : text(to_lower(*name));
}

Value path_argument(const Call& call, size_t parameter) {
  return call.find(parameter) ? *call.find(parameter) : Value(None{});
}

Value length(const Value& value, const Call& call) {
  if (const std::string* text = text_of(value)) {
    return static_cast<int64_t>(count_code_points(*text));
  }
  if (const SafeText* safe = get<SafeText>(value)) {
    return static_cast<int64_t>(count_code_points(*safe->text));
  }
  if (const List* list = list_of(value);
      list != nullptr && list->kind == ListKind::kGenerator) {
    call.fail("a generator has no length (| list makes a list of it)");
  }
  return static_cast<int64_t>(elements(value).size());
}

Value to_list(const Value& value, const Call&) {
  return list(elements(value));
}

Value first(const Value& value, const Call&) {
  if (const auto* list = get<std::shared_ptr<List>>(value)) {
    Items& items = (*list)->items;
    if (items.empty()) return undefined("there is no first item");
    const Value one = items.front();
    if ((*list)->kind == ListKind::kGenerator) items.erase(items.begin());
    return one;
  }
  const Items items = elements(value);
  return items.empty() ? undefined("there is no first item") : items.front();
}

Value last(const Value& value, const Call& call) {
  const List* list = list_of(value);
  if (list != nullptr && list->kind == ListKind::kGenerator) {
    call.fail("a generator has no end (| list makes a list of it)");
  }
  const Items items = elements(value);
  return items.empty() ? undefined("there is no last item") : items.back();
}

Value reverse(const Value& value, const Call&) {
  if (const std::string* given = text_of(value)) {
    std::u32string characters = to_code_points(*given);
    std::reverse(characters.begin(), characters.end());
    return text(to_utf8(characters));
  }
  const List* given = list_of(value);
  const bool generator =
      given != nullptr && given->kind == ListKind::kGenerator;
  Items items = elements(value);
  std::reverse(items.begin(), items.end());
  return list(std::move(items),
              generator ? ListKind::kList : ListKind::kGenerator);
}

Value join(const Value& value, const Call& call) {
  const Value* separator = call.find(0);
  const std::string between = separator ? to_text(*separator) : "";
  const Items path = attribute_path(path_argument(call, 1));
  std::string out;
  bool first = true;
  for (const Value& item : elements(value)) {
    if (!first) out += between;
    first = false;
    out += to_text(follow(item, path));
    check_size(out.size());
  }
  return text(std::move(out));
}

Value fallback(const Value& value, const Call& call) {
  if (is_undefined(value) || (call.flag(1, false) && !truth(value))) {
    return call.find(0) ? *call.find(0) : text("");
  }
  return value;
}

Value items(const Value& value, const Call& call) {
  if (is_undefined(value)) return list({}, ListKind::kGenerator);
  const Map* map = map_of(value);
  if (map == nullptr) call.fail("needs a map");
  Items pairs;
  for (const auto& [key, member] : map->members) {
    pairs.push_back(list({key, member}, ListKind::kTuple));
  }
  return list(std::move(pairs), ListKind::kGenerator);
}

Value map_attribute(const Value& value, const Call& call) {
  Value attribute;
  const Value* fallback = nullptr;
  for (const auto& [name, argument] : call.arguments().keywords) {
    if (name == "attribute") {
      attribute = argument;
    } else if (name == "default") {
      fallback = is_none(argument) ? nullptr : &argument;
    } else {
      call.fail(fmt::format("has no argument '{}'", name));
    }
  }
  if (is_undefined(attribute)) call.fail("needs a filter or an attribute");
  const Items path = attribute_path(attribute);
  Items out;
  for (const Value& item : elements(value)) {
    out.push_back(follow(item, path, fallback));
  }
  return list(std::move(out), ListKind::kGenerator);
}

Value map_filter(const Value& value, const Call& call) {
  const Arguments& given = call.arguments();
  if (given.positional.empty()) return map_attribute(value, call);
  const std::string name = need_text(given.positional[0], call.what());
  Arguments rest{{given.positional.begin() + 1, given.positional.end()},
                 given.keywords};
  Items out;
  for (const Value& item : elements(value)) {
    call.environment().spend(16);
    out.push_back(apply_filter(name, item, rest, call.environment()));
  }
  return list(std::move(out), ListKind::kGenerator);
}

// The items whose test (of an attribute, if `by_attribute`) comes out `wanted`.
Value choose(const Value& value,
             const Call& call,
             bool by_attribute,
             bool wanted) {
  if (!truth(value)) return list({}, ListKind::kGenerator);
  Arguments rest = call.arguments();
  Items& given = rest.positional;
  Items path;
  if (by_attribute) {
    if (given.empty()) call.fail("needs the name of an attribute");
    path = attribute_path(given[0]);
    given.erase(given.begin());
  }
  std::string test;
  if (!given.empty()) {
    test = need_text(given[0], call.what());
    given.erase(given.begin());
  }
  Items out;
  for (const Value& item : elements(value)) {
    call.environment().spend(16);
    const Value tested = follow(item, path);
    const bool result =
        test.empty() ? truth(tested)
                     : apply_test(test, tested, rest, call.environment());
    if (result == wanted) out.push_back(item);
  }
  return list(std::move(out), ListKind::kGenerator);
}

Value select(const Value& value, const Call& call) {
  return choose(value, call, false, true);
}
Value reject(const Value& value, const Call& call) {
  return choose(value, call, false, false);
}
Value selectattr(const Value& value, const Call& call) {
  return choose(value, call, true, true);
}
Value rejectattr(const Value& value, const Call& call) {
  return choose(value, call, true, false);
}

// Items with what they are sorted by.
using Keyed = std::vector<std::pair<Value, Value>>;

Value sorted(Keyed keyed, bool descending, const Call& call) {
  size_t work = 0;
  for (const auto& [key, item] : keyed) work += weight_of(key);
  call.environment().spend(work * 16);
  std::stable_sort(
      keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
        return descending ? compare(b.first, a.first) < 0
                          : compare(a.first, b.first) < 0;
      });
  Items out;
  for (auto& [key, item] : keyed) out.push_back(std::move(item));
  return list(std::move(out));
}

// Parameters: reverse, case_sensitive, attribute ("a,b.c").
Value sort(const Value& value, const Call& call) {
  const bool case_sensitive = call.flag(1, false);
  const Value attribute = path_argument(call, 2);
  std::vector<Items> paths;
  if (const std::string* names = text_of(attribute)) {
    for (const std::string& name : split(*names, ",", -1, false)) {
      paths.push_back(attribute_path(text(name)));
    }
  } else {
    paths.push_back(attribute_path(attribute));
  }
  Keyed keyed;
  for (const Value& item : elements(value)) {
    Items key;
    for (const Items& path : paths) {
      const Value part = follow(item, path);
      key.push_back(case_sensitive ? part : without_case(part));
    }
    keyed.emplace_back(list(std::move(key)), item);
  }
  return sorted(std::move(keyed), call.flag(0, false), call);
}

Value dictsort(const Value& value, const Call& call) {
  const Map* map = map_of(value);
  if (map == nullptr) call.fail("needs a map");
  const std::string by = call.text(1, "key");
  if (by != "key" && by != "value") call.fail("sorts by 'key' or 'value'");
  Keyed keyed;
  for (const auto& [name, member] : map->members) {
    const Value& key = by == "key" ? name : member;
    keyed.emplace_back(call.flag(0, false) ? key : without_case(key),
                       list({name, member}, ListKind::kTuple));
  }
  return sorted(std::move(keyed), call.flag(2, false), call);
}

// Parameters of those below: case_sensitive, attribute.
Keyed with_keys(const Value& value, const Call& call) {
  const Items path = attribute_path(path_argument(call, 1));
  Keyed keyed;
  for (const Value& item : elements(value)) {
    const Value key = follow(item, path);
    keyed.emplace_back(call.flag(0, false) ? key : without_case(key), item);
  }
  return keyed;
}

Value unique(const Value& value, const Call& call) {
  Items keys, out;
  for (const auto& [key, item] : with_keys(value, call)) {
    call.environment().spend(16 * (keys.size() + weight_of(key)));
    const bool seen =
        std::any_of(keys.begin(), keys.end(), [&, &key = key](const Value& k) {
          return equal(k, key);
        });
    if (seen) continue;
    keys.push_back(key);
    out.push_back(item);
  }
  return list(std::move(out), ListKind::kGenerator);
}

Value extreme(const Value& value, const Call& call, int sign) {
  const Keyed keyed = with_keys(value, call);
  if (keyed.empty()) return undefined("there is no item");
  const auto* best = &keyed.front();
  for (const auto& one : keyed) {
    if (sign * compare(one.first, best->first) > 0) best = &one;
  }
  return best->second;
}

Value smallest(const Value& value, const Call& call) {
  return extreme(value, call, -1);
}
Value largest(const Value& value, const Call& call) {
  return extreme(value, call, 1);
}

Value sum(const Value& value, const Call& call) {
  const Items path = attribute_path(path_argument(call, 0));
  Value total = call.find(1) ? *call.find(1) : Value(int64_t{0});
  if (text_of(total) != nullptr) call.fail("cannot sum texts");
  for (const Value& item : elements(value)) {
    total = binary("+", total, follow(item, path));
    call.environment().spend(16 * weight_of(total));
  }
  return total;
}

}  // namespace

const std::vector<BuiltinEntry>& sequence_filters() {
  static const std::vector<BuiltinEntry> kFilters = {
      {"length", {}, length},
      {"count", {}, length},
      {"list", {}, to_list},
      {"first", {}, first},
      {"last", {}, last},
      {"reverse", {}, reverse},
      {"join", {"d", "attribute"}, join},
      {"default", {"default_value", "boolean"}, fallback},
      {"d", {"default_value", "boolean"}, fallback},
      {"items", {}, items},
      {"map", {"*"}, map_filter},
      {"select", {"*"}, select},
      {"reject", {"*"}, reject},
      {"selectattr", {"*"}, selectattr},
      {"rejectattr", {"*"}, rejectattr},
      {"sort", {"reverse", "case_sensitive", "attribute"}, sort},
      {"dictsort", {"case_sensitive", "by", "reverse"}, dictsort},
      {"unique", {"case_sensitive", "attribute"}, unique},
      {"min", {"case_sensitive", "attribute"}, smallest},
      {"max", {"case_sensitive", "attribute"}, largest},
      {"sum", {"attribute", "start"}, sum}};
  return kFilters;
}

}  // namespace cdx::jinja
