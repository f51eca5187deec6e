#include "tokenizer/jinja_builtins.h"
#include "tokenizer/jinja_string.h"
#include "util/unicode.h"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

const std::string& self_text(const Value& self) {
  return *text_of(self);
}

Value pair(const Value& first, const Value& second) {
  return list({first, second}, ListKind::kTuple);
}

// Methods of a map.

Value map_get(const Value& self, const Call& call) {
  const Value* value = find(*map_of(self), call.require(0));
  if (value != nullptr) return *value;
  return call.find(1) == nullptr ? Value(None{}) : *call.find(1);
}

Value map_items(const Value& self, const Call&) {
  Items items;
  for (const auto& [key, value] : map_of(self)->members) {
    items.push_back(pair(key, value));
  }
  return list(std::move(items), ListKind::kItems);
}

Value map_keys(const Value& self, const Call&) {
  return list(elements(self), ListKind::kKeys);
}

Value map_values(const Value& self, const Call&) {
  Items items;
  for (const auto& [key, value] : map_of(self)->members) items.push_back(value);
  return list(std::move(items), ListKind::kValues);
}

// Methods of a text.

Value stripped(const Value& self, const Call& call, bool left, bool right) {
  std::string_view text = self_text(self);
  const Value* characters = call.find(0);
  if (characters != nullptr && !is_none(*characters)) {
    return jinja::text(
        std::string(strip_characters(text, call.text(0, ""), left, right)));
  }
  if (left) text = strip_left(text);
  if (right) text = strip_right(text);
  return jinja::text(std::string(text));
}

Value strip(const Value& self, const Call& call) {
  return stripped(self, call, true, true);
}
Value lstrip(const Value& self, const Call& call) {
  return stripped(self, call, true, false);
}
Value rstrip(const Value& self, const Call& call) {
  return stripped(self, call, false, true);
}

Value texts(const std::vector<std::string>& parts) {
  Items items;
  for (const std::string& part : parts) items.push_back(text(part));
  return list(std::move(items));
}

Value split_any(const Value& self, const Call& call, bool from_right) {
  const Value* given = call.find(0);
  std::optional<std::string> separator;
  if (given != nullptr && !is_none(*given)) separator = call.text(0, "");
  return texts(
      split(self_text(self), separator, call.integer(1, -1), from_right));
}

Value split_left(const Value& self, const Call& call) {
  return split_any(self, call, false);
}
Value split_right(const Value& self, const Call& call) {
  return split_any(self, call, true);
}
Value splitlines(const Value& self, const Call&) {
  return texts(split_lines(self_text(self)));
}

// A text or a tuple of them.
bool any_affix(const Call& call,
               const std::function<bool(const std::string&)>& fits) {
  const Value& affix = call.require(0);
  const List* list = list_of(affix);
  if (list == nullptr || list->kind != ListKind::kTuple) {
    return fits(need_text(affix, call.what()));
  }
  return std::any_of(
      list->items.begin(), list->items.end(), [&](const Value& item) {
        return fits(need_text(item, call.what()));
      });
}

Value startswith(const Value& self, const Call& call) {
  return any_affix(call, [&](const std::string& affix) {
    return self_text(self).starts_with(affix);
  });
}
Value endswith(const Value& self, const Call& call) {
  return any_affix(call, [&](const std::string& affix) {
    return self_text(self).ends_with(affix);
  });
}

Value removeprefix(const Value& self, const Call& call) {
  const std::string prefix = need_text(call.require(0), call.what());
  const std::string& text = self_text(self);
  return text.starts_with(prefix) ? jinja::text(text.substr(prefix.size()))
                                  : self;
}
Value removesuffix(const Value& self, const Call& call) {
  const std::string suffix = need_text(call.require(0), call.what());
  const std::string& text = self_text(self);
  return text.ends_with(suffix)
             ? jinja::text(text.substr(0, text.size() - suffix.size()))
             : self;
}

Value replace(const Value& self, const Call& call) {
  return text(replace_all(self_text(self),
                          need_text(call.require(0), call.what()),
                          need_text(call.require(1), call.what()),
                          call.integer(2, -1)));
}

Value join(const Value& self, const Call& call) {
  std::string out;
  bool first = true;
  for (const Value& item : elements(call.require(0))) {
    if (!first) out += self_text(self);
    first = false;
    out += need_text(item, call.what());
    check_size(out.size());
  }
  return text(std::move(out));
}

Value find_text(const Value& self, const Call& call) {
  const std::string& text = self_text(self);
  const size_t at = text.find(need_text(call.require(0), call.what()));
  if (at == std::string::npos) return int64_t{-1};
  return static_cast<int64_t>(count_code_points(text.substr(0, at)));
}

Value count_text(const Value& self, const Call& call) {
  const std::string& text = self_text(self);
  const std::string& part = need_text(call.require(0), call.what());
  if (part.empty()) return static_cast<int64_t>(count_code_points(text)) + 1;
  int64_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos;
       at = text.find(part, at + part.size())) {
    ++count;
  }
  return count;
}

Value upper(const Value& self, const Call&) {
  return text(to_upper(self_text(self)));
}
Value lower(const Value& self, const Call&) {
  return text(to_lower(self_text(self)));
}
Value title(const Value& self, const Call&) {
  return text(to_title(self_text(self)));
}
Value capitalized(const Value& self, const Call&) {
  return text(capitalize(self_text(self)));
}

// Methods of a list.

Value list_index(const Value& self, const Call& call) {
  const Items& items = list_of(self)->items;
  for (size_t i = 0; i < items.size(); ++i) {
    if (equal(items[i], call.require(0))) return static_cast<int64_t>(i);
  }
  call.fail("the list does not hold the value");
}

Value list_count(const Value& self, const Call& call) {
  int64_t count = 0;
  for (const Value& item : list_of(self)->items) {
    if (equal(item, call.require(0))) ++count;
  }
  return count;
}

// Methods of `loop`.

Value loop_cycle(const Value& self, const Call& call) {
  const Items& items = call.arguments().positional;
  if (items.empty()) call.fail("needs arguments");
  return items[std::get<Loop*>(self)->index0 % items.size()];
}

Value loop_changed(const Value& self, const Call& call) {
  Loop& loop = *std::get<Loop*>(self);
  const Items& now = call.arguments().positional;
  const bool same = loop.ever_changed && std::equal(now.begin(),
                                                    now.end(),
                                                    loop.last_changed.begin(),
                                                    loop.last_changed.end(),
                                                    equal);
  loop.ever_changed = true;
  loop.last_changed = now;
  return !same;
}

using Table = std::vector<BuiltinEntry>;

const Table& map_methods() {
  static const Table kTable = {{"get", {"key", "default"}, map_get},
                               {"items", {}, map_items},
                               {"keys", {}, map_keys},
                               {"values", {}, map_values}};
  return kTable;
}

const Table& text_methods() {
  static const Table kTable = {{"strip", {"chars"}, strip},
                               {"lstrip", {"chars"}, lstrip},
                               {"rstrip", {"chars"}, rstrip},
                               {"split", {"sep", "maxsplit"}, split_left},
                               {"rsplit", {"sep", "maxsplit"}, split_right},
                               {"splitlines", {}, splitlines},
                               {"startswith", {"prefix"}, startswith},
                               {"endswith", {"suffix"}, endswith},
                               {"removeprefix", {"prefix"}, removeprefix},
                               {"removesuffix", {"suffix"}, removesuffix},
                               {"replace", {"old", "new", "count"}, replace},
                               {"join", {"iterable"}, join},
                               {"find", {"sub"}, find_text},
                               {"count", {"sub"}, count_text},
                               {"upper", {}, upper},
                               {"lower", {}, lower},
                               {"title", {}, title},
                               {"capitalize", {}, capitalized}};
  return kTable;
}

const Table& list_methods() {
  static const Table kTable = {{"index", {"value"}, list_index},
                               {"count", {"value"}, list_count}};
  return kTable;
}

const Table& loop_methods() {
  static const Table kTable = {{"cycle", {"*"}, loop_cycle},
                               {"changed", {"*"}, loop_changed}};
  return kTable;
}

}  // namespace

const std::vector<BuiltinEntry>& methods_of(const Value& value) {
  static const Table kNone;
  if (text_of(value) != nullptr) return text_methods();
  if (map_of(value) != nullptr) return map_methods();
  if (get<Loop*>(value) != nullptr) return loop_methods();
  const List* list = list_of(value);
  const bool has_order = list != nullptr && (list->kind == ListKind::kList ||
                                             list->kind == ListKind::kTuple);
  return has_order ? list_methods() : kNone;
}

Value call_builtin(const Callable& callable,
                   const Arguments& arguments,
                   Environment& environment) {
  for (const Value& value : arguments.positional) {
    environment.spend(weight_of(value));
  }
  if (callable.kind == Callable::Kind::kFunction) {
    return call_function(callable, arguments, environment);
  }
  environment.spend(weight_of(callable.self));
  const BuiltinEntry* entry =
      find_builtin(methods_of(callable.self), callable.name);
  return entry->function(
      callable.self,
      Call(callable.name + "()", entry->parameters, arguments, environment));
}

}  // namespace cdx::jinja
