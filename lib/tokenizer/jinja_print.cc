#include "tokenizer/jinja_value.h"
#include "util/unicode.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

std::string print_double(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

std::string escaped(char32_t c) {
  const auto code = static_cast<uint32_t>(c);
  if (code < 0x100) return fmt::format("\\x{:02x}", code);
  if (code < 0x10000) return fmt::format("\\u{:04x}", code);
  return fmt::format("\\U{:08x}", code);
}

std::string repr_text(const std::string& text) {
  const bool double_quotes = text.find('\'') != std::string::npos &&
                             text.find('"') == std::string::npos;
  const char32_t quote = double_quotes ? U'"' : U'\'';
  std::string out;
  append_utf8(quote, out);
  for (size_t position = 0; position < text.size();) {
    const char32_t c = next_code_point(text, position);
    if (c == quote || c == U'\\') {
      out += '\\';
      append_utf8(c, out);
    } else if (c == U'\n') {
      out += "\\n";
    } else if (c == U'\r') {
      out += "\\r";
    } else if (c == U'\t') {
      out += "\\t";
    } else if (is_printable(c)) {
      append_utf8(c, out);
    } else {
      out += escaped(c);
    }
  }
  append_utf8(quote, out);
  return out;
}

std::string repr_items(const Items& items) {
  std::string out;
  for (const Value& item : items) {
    if (!out.empty()) out += ", ";
    out += repr(item);
    check_size(out.size());
  }
  return out;
}

std::string repr_list(const List& list) {
  const std::string items = repr_items(list.items);
  switch (list.kind) {
    case ListKind::kList:
      return "[" + items + "]";
    case ListKind::kTuple:
      return "(" + items + (list.items.size() == 1 ? ",)" : ")");
    case ListKind::kKeys:
      return "dict_keys([" + items + "])";
    case ListKind::kValues:
      return "dict_values([" + items + "])";
    case ListKind::kItems:
      return "dict_items([" + items + "])";
    default:
      throw TemplateError(
          "a range or generator cannot be printed (| list makes a list of it)");
  }
}

std::string repr_map(const Map& map) {
  std::string out = "{";
  for (const auto& [key, value] : map.members) {
    if (out.size() > 1) out += ", ";
    out += repr(key) + ": " + repr(value);
    check_size(out.size());
  }
  return out + "}";
}

class JsonWriter {
 public:
  explicit JsonWriter(const JsonStyle& style) : style_(style) {}

  void write(const Value& value) {
    if (const std::string* text = text_of(value)) {
      write_text(*text);
    } else if (const SafeText* safe = get<SafeText>(value)) {
      write_text(*safe->text);
    } else if (const List* list = list_of(value)) {
      write_list(*list);
    } else if (const Map* map = map_of(value)) {
      write_map(*map);
    } else {
      out_ += scalar(value);
    }
    check_size(out_.size());
  }
  std::string take() { return std::move(out_); }

 private:
  static std::string scalar(const Value& value) {
    if (is_none(value)) return "null";
    if (const bool* truth = get<bool>(value)) return *truth ? "true" : "false";
    if (const int64_t* number = get<int64_t>(value)) {
      return std::to_string(*number);
    }
    if (const double* number = get<double>(value)) {
      if (std::isnan(*number)) return "NaN";
      if (std::isinf(*number)) return *number < 0 ? "-Infinity" : "Infinity";
      return print_double(*number);
    }
    throw TemplateError(fmt::format(
        "a value of type {} cannot be written as JSON", type_name(value)));
  }

  void write_text(const std::string& text) {
    out_ += '"';
    for (const char c : text) {
      static constexpr std::string_view kSpecial = "\"\\\n\r\t\f\b";
      static constexpr std::string_view kLetters = "\"\\nrtfb";
      const size_t special = kSpecial.find(c);
      if (special != std::string_view::npos) {
        out_ += '\\';
        out_ += kLetters[special];
      } else if (static_cast<unsigned char>(c) < 0x20) {
        out_ += fmt::format("\\u{:04x}", static_cast<int>(c));
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  // Python's keys of other types: numbers, truth values and None become text.
  void write_key(const Value& key) {
    const std::string* text = text_of(key);
    write_text(text != nullptr ? *text : scalar(key));
  }

  void new_line() {
    if (!style_.indented) return;
    out_ += '\n';
    for (int i = 0; i < level_; ++i) out_ += style_.indent;
  }

  void enclosed(char open,
                char close,
                size_t size,
                const std::function<void(size_t)>& item) {
    out_ += open;
    ++level_;
    for (size_t i = 0; i < size; ++i) {
      if (i > 0) out_ += style_.item_separator;
      new_line();
      item(i);
    }
    --level_;
    if (size > 0) new_line();
    out_ += close;
  }

  void write_list(const List& list) {
    if (list.kind != ListKind::kList && list.kind != ListKind::kTuple) {
      throw TemplateError(
          "only lists, not views, ranges or generators, can be "
          "written as JSON (| list makes a list of them)");
    }
    enclosed(
        '[', ']', list.items.size(), [&](size_t i) { write(list.items[i]); });
  }

  void write_map(const Map& map) {
    auto members = map.members;
    if (style_.sort_keys) {
      std::stable_sort(
          members.begin(), members.end(), [](const auto& a, const auto& b) {
            return compare(a.first, b.first) < 0;
          });
    }
    enclosed('{', '}', members.size(), [&](size_t i) {
      write_key(members[i].first);
      out_ += style_.key_separator;
      write(members[i].second);
    });
  }

  const JsonStyle& style_;
  int level_ = 0;
  std::string out_;
};

}  // namespace

std::string repr(const Value& value) {
  if (const std::string* text = text_of(value)) return repr_text(*text);
  if (const SafeText* safe = get<SafeText>(value)) {
    return "Markup(" + repr_text(*safe->text) + ")";
  }
  if (is_undefined(value)) return "Undefined";
  return to_text(value);
}

std::string to_text(const Value& value) {
  if (const std::string* text = text_of(value)) return *text;
  if (const SafeText* safe = get<SafeText>(value)) return *safe->text;
  if (is_undefined(value)) return "";
  if (is_none(value)) return "None";
  if (const bool* truth = get<bool>(value)) return *truth ? "True" : "False";
  if (const int64_t* number = get<int64_t>(value)) {
    return std::to_string(*number);
  }
  if (const double* number = get<double>(value)) return print_double(*number);
  if (const List* list = list_of(value)) return repr_list(*list);
  if (const Map* map = map_of(value)) return repr_map(*map);
  throw TemplateError(
      fmt::format("a value of type {} cannot be printed", type_name(value)));
}

std::string to_json(const Value& value, const JsonStyle& style) {
  JsonWriter writer(style);
  writer.write(value);
  return writer.take();
}

}  // namespace cdx::jinja
