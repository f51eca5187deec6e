#include "tokenizer/jinja_string.h"

#include "util/unicode.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

namespace cdx::jinja {
namespace {

// Position of the character before `end`.
size_t previous(std::string_view text, size_t end) {
  do {
    --end;
  } while (end > 0 && (text[end] & 0xC0) == 0x80);
  return end;
}

char32_t code_point_at(std::string_view text, size_t position) {
  return next_code_point(text, position);
}

template <typename F>
std::string_view strip_where(std::string_view text,
                             F&& is_off,
                             bool left,
                             bool right) {
  while (left && !text.empty()) {
    size_t position = 0;
    if (!is_off(next_code_point(text, position))) break;
    text.remove_prefix(position);
  }
  while (right && !text.empty()) {
    const size_t last = previous(text, text.size());
    if (!is_off(code_point_at(text, last))) break;
    text = text.substr(0, last);
  }
  return text;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// One backslash sequence of a literal.
class Escape {
 public:
  Escape(std::string_view literal, size_t& position, std::string& out)
      : literal_(literal), position_(position), out_(out) {}

  void read() {
    static constexpr std::string_view kNames = "abfnrtv\\'\"";
    static constexpr std::string_view kValues = "\a\b\f\n\r\t\v\\'\"";
    const char c = literal_[++position_];
    ++position_;
    if (const size_t i = kNames.find(c); i != std::string_view::npos) {
      out_ += kValues[i];
    } else if (c == 'x' || c == 'u' || c == 'U') {
      hexadecimal(c == 'x' ? 2 : c == 'u' ? 4 : 8);
    } else if (c >= '0' && c <= '7') {
      octal();
    } else if (c == 'N') {
      throw TemplateError("\\N{…} is not supported; write the character");
    } else if (c != '\n') {  // an escaped line break goes
      out_ += '\\';
      out_ += c;
    }
  }

 private:
  void hexadecimal(int digits) {
    uint32_t code = 0;
    for (int i = 0; i < digits; ++i, ++position_) {
      const int digit =
          position_ < literal_.size() ? hex_value(literal_[position_]) : -1;
      if (digit < 0) throw TemplateError("a string has a broken \\ sequence");
      code = code * 16 + static_cast<uint32_t>(digit);
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) {
      throw TemplateError(fmt::format("\\u{:04x} is no character", code));
    }
    append_utf8(code, out_);
  }

  void octal() {
    char32_t code = 0;
    --position_;
    for (int i = 0; i < 3 && position_ < literal_.size() &&
                    literal_[position_] >= '0' && literal_[position_] <= '7';
         ++i, ++position_) {
      code = code * 8 + static_cast<char32_t>(literal_[position_] - '0');
    }
    append_utf8(code, out_);
  }

  std::string_view literal_;
  size_t& position_;
  std::string& out_;
};

// An empty separator stands between all characters, as in Python.
std::string interleave(std::string_view text,
                       std::string_view to,
                       int64_t count) {
  std::string out;
  size_t position = 0;
  while (count != 0 && position <= text.size()) {
    out += to;
    --count;
    if (position == text.size()) return out;
    const size_t start = position;
    next_code_point(text, position);
    out += text.substr(start, position - start);
    check_size(out.size());
  }
  return out.append(text.substr(position));
}

std::vector<std::string> split_at(std::string_view text,
                                  const std::string& separator,
                                  int64_t max_splits) {
  std::vector<std::string> parts;
  size_t at = text.find(separator);
  for (; at != std::string_view::npos && max_splits-- != 0;
       at = text.find(separator)) {
    parts.emplace_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

std::vector<std::string> split_at_from_right(std::string_view text,
                                             const std::string& separator,
                                             int64_t max_splits) {
  std::vector<std::string> parts;
  size_t at = text.rfind(separator);
  for (; at != std::string_view::npos && max_splits-- != 0;
       at = text.rfind(separator)) {
    parts.emplace_back(text.substr(at + separator.size()));
    text = text.substr(0, at);
  }
  parts.emplace_back(text);
  std::reverse(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string> split_at_space(std::string_view text,
                                        int64_t max_splits) {
  std::vector<std::string> parts;
  for (text = strip_left(text); !text.empty(); text = strip_left(text)) {
    if (max_splits-- == 0) {
      parts.emplace_back(text);
      break;
    }
    size_t end = 0;
    for (size_t next = 0; next < text.size(); end = next) {
      if (is_white_space(next_code_point(text, next))) break;
    }
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return parts;
}

std::vector<std::string> split_at_space_from_right(std::string_view text,
                                                   int64_t max_splits) {
  std::vector<std::string> parts;
  for (text = strip_right(text); !text.empty(); text = strip_right(text)) {
    if (max_splits-- == 0) {
      parts.emplace_back(text);
      break;
    }
    size_t start = text.size();
    while (start > 0 &&
           !is_white_space(code_point_at(text, previous(text, start)))) {
      start = previous(text, start);
    }
    parts.emplace_back(text.substr(start));
    text = text.substr(0, start);
  }
  std::reverse(parts.begin(), parts.end());
  return parts;
}

bool ends_line(char32_t c) {
  return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 ||
         c == 0x2028 || c == 0x2029;
}

}  // namespace

std::string_view strip_left(std::string_view text) {
  return strip_where(text, is_white_space, true, false);
}

std::string_view strip_right(std::string_view text) {
  return strip_where(text, is_white_space, false, true);
}

std::string_view strip_characters(std::string_view text,
                                  std::string_view characters,
                                  bool left,
                                  bool right) {
  const std::u32string set = to_code_points(characters);
  const auto is_off = [&](char32_t c) {
    return set.find(c) != std::u32string::npos;
  };
  return strip_where(text, is_off, left, right);
}

std::string unescape(std::string_view literal) {
  std::string out;
  for (size_t position = 0; position < literal.size();) {
    if (literal[position] == '\\') {
      Escape(literal, position, out).read();
    } else {
      out += literal[position++];
    }
  }
  return out;
}

std::string replace_all(std::string_view text,
                        std::string_view from,
                        std::string_view to,
                        int64_t count) {
  if (from.empty()) return interleave(text, to, count);
  std::string out;
  for (size_t at = text.find(from);
       at != std::string_view::npos && count-- != 0;
       at = text.find(from)) {
    out.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
    check_size(out.size());
  }
  return out.append(text);
}

std::vector<std::string> split(std::string_view text,
                               const std::optional<std::string>& separator,
                               int64_t max_splits,
                               bool from_right) {
  if (!separator) {
    return from_right ? split_at_space_from_right(text, max_splits)
                      : split_at_space(text, max_splits);
  }
  if (separator->empty()) throw TemplateError("split() at an empty text");
  return from_right ? split_at_from_right(text, *separator, max_splits)
                    : split_at(text, *separator, max_splits);
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  size_t start = 0;
  for (size_t position = 0; position < text.size();) {
    const size_t end = position;
    const char32_t c = next_code_point(text, position);
    if (!ends_line(c)) continue;
    if (c == '\r' && text.substr(position).starts_with('\n')) ++position;
    lines.emplace_back(text.substr(start, end - start));
    start = position;
  }
  if (start < text.size()) lines.emplace_back(text.substr(start));
  return lines;
}

std::string capitalize(std::string_view text) {
  if (text.empty()) return "";
  size_t position = 0;
  next_code_point(text, position);
  return to_title(text.substr(0, position)) + to_lower(text.substr(position));
}

std::string title_words(std::string_view text) {
  std::string out;
  bool first = true;
  size_t start = 0;
  const auto end_word = [&](size_t end) {
    std::string_view word = text.substr(start, end - start);
    if (word.empty()) return;
    size_t one = 0;
    next_code_point(word, one);
    out += to_upper(word.substr(0, one)) + to_lower(word.substr(one));
  };
  for (size_t position = 0; position < text.size();) {
    const size_t before = position;
    const char32_t c = next_code_point(text, position);
    const bool between =
        is_white_space(c) ||
        std::u32string_view(U"-({[<").find(c) != std::u32string_view::npos;
    if (between == first) continue;
    // A run of words or of what is between them ends here.
    end_word(before);
    start = before;
    first = between;
  }
  end_word(text.size());
  return out;
}

std::optional<int64_t> parse_integer(std::string_view text) {
  std::string digits(strip_whitespace(text));
  for (size_t i = 1; i + 1 < digits.size(); ++i) {
    if (digits[i] == '_' && digits[i - 1] != '_') digits.erase(i, 1);
  }
  std::string_view rest = digits;
  if (rest.starts_with('+')) rest.remove_prefix(1);
  if (rest.starts_with('-') && digits[0] == '+') return std::nullopt;
  int64_t value = 0;
  const char* end = rest.data() + rest.size();
  const auto [stop, error] = std::from_chars(rest.data(), end, value);
  if (error == std::errc::result_out_of_range) {
    throw TemplateError("a whole number beyond 64 bits");
  }
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<double> parse_double(std::string_view text) {
  text = strip_whitespace(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.starts_with("+-")) return std::nullopt;
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || text.empty()) return std::nullopt;
  // Beyond the range it is infinity or 0, which strtod() tells.
  if (error == std::errc::result_out_of_range) {
    return std::strtod(std::string(text).c_str(), nullptr);
  }
  if (error != std::errc()) return std::nullopt;
  return value;
}

}  // namespace cdx::jinja
