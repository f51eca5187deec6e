#include "tokenizer/jinja_builtins.h"

#include "tokenizer/jinja_string.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

constexpr size_t kMaxWork = size_t{128} << 20;
constexpr int64_t kMaxRange = 100'000;  // as Jinja's sandbox

Value make_namespace(const Value&, const Call& call) {
  Namespace* space = call.environment().make_namespace();
  for (const Value& value : call.arguments().positional) {
    const Map* map = map_of(value);
    if (map == nullptr) call.fail("takes a map and named arguments");
    for (const auto& [key, member] : map->members) {
      space->members.emplace_back(to_text(key), member);
    }
  }
  for (const auto& [name, value] : call.arguments().keywords) {
    space->members.emplace_back(name, value);
  }
  return space;
}

Value make_range(const Value&, const Call& call) {
  const bool one = call.find(1) == nullptr;
  const int64_t start = one ? 0 : call.integer(0, 0);
  const int64_t stop = call.integer(one ? 0 : 1, 0);
  const int64_t step = call.integer(2, 1);
  call.require(0);
  if (step == 0) call.fail("the step is 0");
  Items items;
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    if (static_cast<int64_t>(items.size()) == kMaxRange) {
      call.fail(fmt::format("more than {} numbers", kMaxRange));
    }
    items.emplace_back(i);
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return list(std::move(items), ListKind::kRange);
}

void set_member(std::vector<std::pair<Value, Value>>& members,
                const Value& key,
                const Value& value) {
  for (auto& [name, old] : members) {
    if (equal(name, key)) {
      old = value;
      return;
    }
  }
  members.emplace_back(key, value);
}

Value make_map(const Value&, const Call& call) {
  std::vector<std::pair<Value, Value>> members;
  const Items& positional = call.arguments().positional;
  if (positional.size() > 1) call.fail("takes one map or list of pairs");
  if (!positional.empty() && map_of(positional[0]) != nullptr) {
    members = map_of(positional[0])->members;
  } else if (!positional.empty()) {
    for (const Value& pair : elements(positional[0])) {
      const Items parts = elements(pair);
      if (parts.size() != 2) call.fail("an element is no pair");
      set_member(members, parts[0], parts[1]);
    }
  }
  for (const auto& [name, value] : call.arguments().keywords) {
    set_member(members, text(name), value);
  }
  return map(std::move(members));
}

Value raise_exception(const Value&, const Call& call) {
  throw TemplateError(to_text(call.require(0)));
}

Value strftime_now(const Value&, const Call& call) {
  Environment& environment = call.environment();
  environment.date_was_asked = true;
  if (!environment.date) {
    throw TemplateError(
        "the template asks for today's date, which would make the prompt "
        "another one tomorrow; pin it in the format, such as `date: "
        "2024-07-26`");
  }
  return text(format_date(*environment.date, call.text(0, "")));
}

const std::vector<BuiltinEntry>& functions() {
  static const std::vector<BuiltinEntry> kFunctions = {
      {"namespace", {"*"}, make_namespace},
      {"range", {"start", "stop", "step"}, make_range},
      {"dict", {"*"}, make_map},
      {"raise_exception", {"message"}, raise_exception},
      {"strftime_now", {"format"}, strftime_now}};
  return kFunctions;
}

}  // namespace

void Environment::spend(size_t work) {
  work_ += work;
  if (work_ > kMaxWork) {
    throw TemplateError(
        "the template works without end, or far longer than a chat needs");
  }
}

Call::Call(std::string what,
           const std::vector<const char*>& parameters,
           const Arguments& arguments,
           Environment& environment)
    : what_(std::move(what)),
      parameters_(parameters),
      arguments_(arguments),
      environment_(environment) {
  if (parameters.size() == 1 && std::string_view(parameters[0]) == "*") return;
  bound_.resize(parameters.size(), nullptr);
  if (arguments.positional.size() > parameters.size()) {
    fail(fmt::format("takes at most {} arguments, got {}",
                     parameters.size(),
                     arguments.positional.size()));
  }
  for (size_t i = 0; i < arguments.positional.size(); ++i) {
    bound_[i] = &arguments.positional[i];
  }
  for (const auto& [name, value] : arguments.keywords) {
    const auto at = std::find(parameters.begin(), parameters.end(), name);
    if (at == parameters.end()) {
      fail(fmt::format("has no argument '{}' here", name));
    }
    const Value*& slot = bound_[static_cast<size_t>(at - parameters.begin())];
    if (slot != nullptr) fail(fmt::format("gets '{}' twice", name));
    slot = &value;
  }
}

void Call::fail(const std::string& message) const {
  throw TemplateError(what_ + ": " + message);
}

const Value& Call::require(size_t parameter) const {
  if (bound_[parameter] != nullptr) return *bound_[parameter];
  fail(fmt::format("needs the argument '{}'", parameters_[parameter]));
}

std::string Call::text(size_t parameter, const std::string& fallback) const {
  const Value* value = bound_[parameter];
  if (value == nullptr) return fallback;
  need_defined(*value);
  return need_text(*value, what_);
}

int64_t Call::integer(size_t parameter, int64_t fallback) const {
  const Value* value = bound_[parameter];
  if (value == nullptr) return fallback;
  need_defined(*value);
  if (const bool* truth = get<bool>(*value)) return *truth ? 1 : 0;
  if (const int64_t* number = get<int64_t>(*value)) return *number;
  fail(fmt::format("'{}' must be a whole number, is a value of type {}",
                   parameters_[parameter],
                   type_name(*value)));
}

bool Call::flag(size_t parameter, bool fallback) const {
  const Value* value = bound_[parameter];
  return value == nullptr ? fallback : truth(*value);
}

const BuiltinEntry* find_builtin(const std::vector<BuiltinEntry>& table,
                                 std::string_view name) {
  for (const BuiltinEntry& entry : table) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

namespace {

const BuiltinEntry* find_filter(std::string_view name) {
  for (const auto* table :
       {&text_filters(), &sequence_filters(), &number_filters()}) {
    if (const BuiltinEntry* entry = find_builtin(*table, name)) return entry;
  }
  return nullptr;
}

}  // namespace

bool is_filter(std::string_view name) {
  return find_filter(name) != nullptr;
}

Value apply_filter(const std::string& name,
                   const Value& value,
                   const Arguments& arguments,
                   Environment& environment) {
  const BuiltinEntry* entry = find_filter(name);
  if (entry == nullptr) {
    throw TemplateError(fmt::format("filter '{}' is not supported", name));
  }
  environment.spend(weight_of(value));
  const Call call(
      "filter '" + name + "'", entry->parameters, arguments, environment);
  return entry->function(value, call);
}

std::shared_ptr<const Callable> find_function(const std::string& name) {
  if (find_builtin(functions(), name) == nullptr) {
    static const char* const kOthers[] = {
        "cycler", "joiner", "lipsum", "self", "caller", "varargs", "kwargs"};
    if (std::find(std::begin(kOthers), std::end(kOthers), name) !=
        std::end(kOthers)) {
      throw TemplateError(fmt::format("'{}' is not supported", name));
    }
    return nullptr;
  }
  auto function = std::make_shared<Callable>();
  function->name = name;
  return function;
}

Value call_function(const Callable& callable,
                    const Arguments& arguments,
                    Environment& environment) {
  const BuiltinEntry* entry = find_builtin(functions(), callable.name);
  return entry->function(
      None{},
      Call(callable.name + "()", entry->parameters, arguments, environment));
}

const std::string& need_text(const Value& value, const std::string& what) {
  if (const std::string* text = text_of(value)) return *text;
  need_defined(value);
  if (get<SafeText>(value) != nullptr) {
    throw TemplateError(what +
                        ": text that went through the filter 'safe' can only "
                        "be printed here");
  }
  throw TemplateError(fmt::format(
      "{}: needs text, got a value of type {}", what, type_name(value)));
}

std::string soft_text(const Value& value) {
  if (get<SafeText>(value) != nullptr) need_text(value, "text");
  return to_text(value);
}

void need_defined(const Value& value) {
  if (const Undefined* nothing = get<Undefined>(value)) {
    throw TemplateError(*nothing->why);
  }
}

}  // namespace cdx::jinja
