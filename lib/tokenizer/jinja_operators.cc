#include "tokenizer/jinja_builtins.h"
#include "util/unicode.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

// Truth values count as integers.
std::optional<int64_t> integer_of(const Value& value) {
  if (const bool* truth = get<bool>(value)) return *truth ? 1 : 0;
  if (const int64_t* number = get<int64_t>(value)) return *number;
  return std::nullopt;
}

std::optional<double> number_of(const Value& value) {
  if (const double* number = get<double>(value)) return *number;
  if (const auto integer = integer_of(value)) {
    return static_cast<double>(*integer);
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const std::string& name,
                         const Value& a,
                         const Value& b) {
  need_defined(a);
  need_defined(b);
  if (get<SafeText>(a)) need_text(a, name);
  if (get<SafeText>(b)) need_text(b, name);
  throw TemplateError(fmt::format("'{}' between values of type {} and {}",
                                  name,
                                  type_name(a),
                                  type_name(b)));
}

[[noreturn]] void overflow() {
  throw TemplateError("a whole number beyond 64 bits");
}

// Rounds down, as Python does; the remainder has the divisor's sign.
int64_t floor_divide(int64_t a, int64_t b) {
  if (a == INT64_MIN && b == -1) overflow();
  const int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

Value integer_result(const std::string& name, int64_t a, int64_t b) {
  int64_t result = 0;
  bool too_large = false;
  if (name == "+") {
    too_large = __builtin_add_overflow(a, b, &result);
  } else if (name == "-") {
    too_large = __builtin_sub_overflow(a, b, &result);
  } else if (name == "*") {
    too_large = __builtin_mul_overflow(a, b, &result);
  } else {
    if (b == 0) throw TemplateError("a division by zero");
    if (name == "/") return static_cast<double>(a) / static_cast<double>(b);
    const int64_t quotient = floor_divide(a, b);
    result = name == "//" ? quotient : a - quotient * b;
  }
  if (too_large) overflow();
  return result;
}

double double_result(const std::string& name, double a, double b) {
  if (name == "+") return a + b;
  if (name == "-") return a - b;
  if (name == "*") return a * b;
  if (b == 0) throw TemplateError("a division by zero");
  if (name == "/") return a / b;
  double remainder = std::fmod(a, b);
  if (remainder != 0 && (remainder < 0) != (b < 0)) remainder += b;
  if (name == "%") return remainder == 0 ? std::copysign(0.0, b) : remainder;
  return std::floor((a - remainder) / b + 0.5);
}

Value repeated(const Value& value, int64_t times) {
  const auto count = static_cast<size_t>(std::max<int64_t>(times, 0));
  if (const std::string* text = text_of(value)) {
    if (!text->empty() && count > kMaxText / text->size())
      check_size(kMaxText + 1);
    std::string out;
    out.reserve(text->size() * count);
    for (size_t i = 0; !text->empty() && i < count; ++i) out += *text;
    return jinja::text(std::move(out));
  }
  const List& list = *list_of(value);
  Items items;
  for (size_t i = 0; !list.items.empty() && i < count; ++i) {
    items.insert(items.end(), list.items.begin(), list.items.end());
    if (items.size() > kMaxItems) break;  // refused below
  }
  return jinja::list(std::move(items), list.kind);
}

bool is_sequence(const Value& value) {
  const List* list = list_of(value);
  return text_of(value) != nullptr ||
         (list != nullptr &&
          (list->kind == ListKind::kList || list->kind == ListKind::kTuple));
}

Value concatenated(const Value& a, const Value& b) {
  if (const std::string* text = text_of(a)) {
    check_size(text->size() + text_of(b)->size());
    return jinja::text(*text + *text_of(b));
  }
  Items items = list_of(a)->items;
  const Items& more = list_of(b)->items;
  items.insert(items.end(), more.begin(), more.end());
  return list(std::move(items), list_of(a)->kind);
}

bool same_sequences(const Value& a, const Value& b) {
  return is_sequence(a) && is_sequence(b) && a.index() == b.index() &&
         (text_of(a) != nullptr || list_of(a)->kind == list_of(b)->kind);
}

// Python's slice.indices(): the positions that a slice takes.
std::vector<size_t> slice_positions(size_t size,
                                    const std::optional<int64_t>& start,
                                    const std::optional<int64_t>& stop,
                                    int64_t step) {
  if (step == 0) throw TemplateError("the step of a slice is 0");
  const auto length = static_cast<int64_t>(size);
  const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? length : length - 1;
  const auto bound = [&](const std::optional<int64_t>& given,
                         int64_t fallback) {
    if (!given) return fallback;
    return std::clamp(*given < 0 ? *given + length : *given, low, high);
  };
  const int64_t first = bound(start, step > 0 ? low : high);
  const int64_t last = bound(stop, step > 0 ? high : low);
  std::vector<size_t> positions;
  for (int64_t i = first; step > 0 ? i < last : i > last;) {
    positions.push_back(static_cast<size_t>(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return positions;
}

Value sliced_text(const std::string& text,
                  const std::optional<int64_t>& start,
                  const std::optional<int64_t>& stop,
                  int64_t step) {
  const std::u32string characters = to_code_points(text);
  std::string out;
  for (const size_t i : slice_positions(characters.size(), start, stop, step)) {
    append_utf8(characters[i], out);
  }
  return jinja::text(std::move(out));
}

}  // namespace

Value binary(const std::string& name, const Value& a, const Value& b) {
  const auto x = integer_of(a), y = integer_of(b);
  if (x && y) return integer_result(name, *x, *y);
  const auto p = number_of(a), q = number_of(b);
  if (p && q) return double_result(name, *p, *q);
  if (name == "+" && same_sequences(a, b)) return concatenated(a, b);
  if (name == "*" && is_sequence(a) && y) return repeated(a, *y);
  if (name == "*" && is_sequence(b) && x) return repeated(b, *x);
  if (name == "%" && text_of(a) != nullptr) {
    throw TemplateError("formatting with % is not supported");
  }
  refuse(name, a, b);
}

Value unary(const std::string& name, const Value& value) {
  if (name == "not") return !truth(value);
  if (const auto integer = integer_of(value)) {
    if (name == "+") return *integer;
    if (*integer == INT64_MIN) overflow();
    return -*integer;
  }
  if (const double* number = get<double>(value)) {
    return name == "-" ? -*number : *number;
  }
  need_defined(value);
  throw TemplateError(
      fmt::format("'{}' before a value of type {}", name, type_name(value)));
}

bool compared(const std::string& name, const Value& a, const Value& b) {
  if (name == "==") return equal(a, b);
  if (name == "!=") return !equal(a, b);
  if (name == "in") return contains(b, a);
  if (name == "not in") return !contains(b, a);
  const auto p = number_of(a), q = number_of(b);
  if (p && q && (std::isnan(*p) || std::isnan(*q))) return false;
  const int order = compare(a, b);
  if (name == "<") return order < 0;
  if (name == "<=") return order <= 0;
  return name == ">" ? order > 0 : order >= 0;
}

bool contains(const Value& container, const Value& value) {
  if (const std::string* text = text_of(container)) {
    return text->find(need_text(value, "'in' a text")) != std::string::npos;
  }
  if (const Map* map = map_of(container)) return find(*map, value) != nullptr;
  const Items items = elements(container);
  return std::any_of(items.begin(), items.end(), [&](const Value& item) {
    return equal(item, value);
  });
}

Value get_slice(const Value& value,
                const Value& start,
                const Value& stop,
                const Value& step) {
  need_defined(value);
  for (const Value* bound : {&start, &stop, &step}) {
    if (is_none(*bound) || integer_of(*bound)) continue;
    need_defined(*bound);
    throw TemplateError(
        fmt::format("a slice has bounds of whole numbers, not of type {}",
                    type_name(*bound)));
  }
  const auto from = integer_of(start), to = integer_of(stop);
  const int64_t by = integer_of(step).value_or(1);
  if (const std::string* text = text_of(value)) {
    return sliced_text(*text, from, to, by);
  }
  const List* list = list_of(value);
  if (list == nullptr || list->kind > ListKind::kRange) {
    throw TemplateError(
        fmt::format("a value of type {} has no slices", type_name(value)));
  }
  Items items;
  for (const size_t i : slice_positions(list->items.size(), from, to, by)) {
    items.push_back(list->items[i]);
  }
  return jinja::list(std::move(items), list->kind);
}

}  // namespace cdx::jinja
