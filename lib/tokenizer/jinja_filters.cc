#include "tokenizer/jinja_builtins.h"
#include "tokenizer/jinja_string.h"
#include "util/unicode.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

// Filters on texts and on numbers.
namespace cdx::jinja {
namespace {

Value trim(const Value& value, const Call& call) {
  const std::string whole = soft_text(value);
  const Value* characters = call.find(0);
  if (characters == nullptr || is_none(*characters)) {
    return text(std::string(strip_whitespace(whole)));
  }
  return text(
      std::string(strip_characters(whole, call.text(0, ""), true, true)));
}

Value upper(const Value& value, const Call&) {
  return text(to_upper(soft_text(value)));
}
Value lower(const Value& value, const Call&) {
  return text(to_lower(soft_text(value)));
}
Value title(const Value& value, const Call&) {
  return text(title_words(soft_text(value)));
}
Value capitalized(const Value& value, const Call&) {
  return text(capitalize(soft_text(value)));
}
Value string(const Value& value, const Call&) {
  if (get<SafeText>(value) != nullptr) return value;
  return text(to_text(value));
}
Value safe(const Value& value, const Call&) {
  if (get<SafeText>(value) != nullptr) return value;
  return SafeText{std::make_shared<const std::string>(to_text(value))};
}

Value replace(const Value& value, const Call& call) {
  const Value* count = call.find(2);
  const bool all = count == nullptr || is_none(*count);
  return text(replace_all(soft_text(value),
                          soft_text(call.require(0)),
                          soft_text(call.require(1)),
                          all ? -1 : call.integer(2, -1)));
}

Value indent(const Value& value, const Call& call) {
  const Value* width = call.find(0);
  const std::string indention =
      width != nullptr && text_of(*width) != nullptr
          ? *text_of(*width)
          : std::string(static_cast<size_t>(
                            std::clamp<int64_t>(call.integer(0, 4), 0, 1000)),
                        ' ');
  const bool first = call.flag(1, false), blank = call.flag(2, false);
  std::vector<std::string> lines =
      split_lines(need_text(value, call.what()) + "\n");
  std::string out;
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += '\n';
    if (i == 0 ? first : blank || !lines[i].empty()) out += indention;
    out += lines[i];
    check_size(out.size());
  }
  return text(std::move(out));
}

JsonStyle json_style(const Call& call) {
  JsonStyle style;
  if (call.flag(0, false)) call.fail("ensure_ascii is not supported");
  const Value* indent = call.find(1);
  if (indent != nullptr && !is_none(*indent)) {
    style.indented = true;
    style.item_separator.pop_back();  // its space
    const std::string* given = text_of(*indent);
    const int64_t width = given != nullptr ? 0 : call.integer(1, 0);
    style.indent =
        given != nullptr
            ? *given
            : std::string(
                  static_cast<size_t>(std::clamp<int64_t>(width, 0, 100)), ' ');
  }
  const Value* separators = call.find(2);
  if (separators != nullptr && !is_none(*separators)) {
    const Items pair = elements(*separators);
    if (pair.size() != 2) call.fail("separators are two texts");
    style.item_separator = need_text(pair[0], call.what());
    style.key_separator = need_text(pair[1], call.what());
  }
  style.sort_keys = call.flag(3, false);
  return style;
}

Value tojson(const Value& value, const Call& call) {
  need_defined(value);
  return text(to_json(value, json_style(call)));
}

// Number filters.

Value from_double(double number, const Call& call) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  if (!(number > -kLimit && number < kLimit)) {
    call.fail("the number is too large");
  }
  return static_cast<int64_t>(number);
}

Value to_integer(const Value& value, const Call& call) {
  need_defined(value);
  const Value fallback = call.find(0) ? *call.find(0) : Value(int64_t{0});
  if (call.integer(1, 10) != 10) call.fail("only base 10 is supported");
  if (const bool* truth = get<bool>(value)) return int64_t{*truth};
  if (get<int64_t>(value) != nullptr) return value;
  std::optional<double> number;
  if (const double* given = get<double>(value)) number = *given;
  if (const std::string* text = text_of(value)) {
    if (const auto integer = parse_integer(*text)) return *integer;
    number = parse_double(*text);
    if (number && std::isinf(*number)) return fallback;
  }
  if (!number || std::isnan(*number)) return fallback;
  return from_double(*number, call);
}

Value to_double(const Value& value, const Call& call) {
  need_defined(value);
  if (const bool* truth = get<bool>(value)) return *truth ? 1.0 : 0.0;
  if (const int64_t* number = get<int64_t>(value)) {
    return static_cast<double>(*number);
  }
  if (get<double>(value) != nullptr) return value;
  if (const std::string* text = text_of(value)) {
    if (const auto number = parse_double(*text)) return *number;
  }
  return call.find(0) ? *call.find(0) : Value(0.0);
}

Value absolute(const Value& value, const Call& call) {
  if (const double* number = get<double>(value)) return std::abs(*number);
  const int64_t zero = 0;
  const Value number = binary("+", value, zero);  // refuses what is none
  if (get<int64_t>(number) == nullptr) call.fail("needs a number");
  return compare(number, zero) < 0 ? binary("-", zero, number) : number;
}

}  // namespace

const std::vector<BuiltinEntry>& text_filters() {
  static const std::vector<BuiltinEntry> kFilters = {
      {"trim", {"chars"}, trim},
      {"upper", {}, upper},
      {"lower", {}, lower},
      {"title", {}, title},
      {"capitalize", {}, capitalized},
      {"string", {}, string},
      {"safe", {}, safe},
      {"replace", {"old", "new", "count"}, replace},
      {"indent", {"width", "first", "blank"}, indent},
      {"tojson",
       {"ensure_ascii", "indent", "separators", "sort_keys"},
       tojson}};
  return kFilters;
}

const std::vector<BuiltinEntry>& number_filters() {
  static const std::vector<BuiltinEntry> kFilters = {
      {"int", {"default", "base"}, to_integer},
      {"float", {"default"}, to_double},
      {"abs", {}, absolute}};
  return kFilters;
}

}  // namespace cdx::jinja
