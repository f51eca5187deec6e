#include "report/text.h"

#include "util/unicode.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <unicode/uchar.h>

namespace cdx {
namespace {

bool is_noncharacter(char32_t c) {
  return (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
}

// Shown by number: they have no shape of their own, or move others. The two
// joiners stay, emoji and several scripts need them.
bool is_hidden(char32_t c) {
  if (c == 0x200C || c == 0x200D) return false;
  int8_t category = u_charType(static_cast<UChar32>(c));
  return category == U_CONTROL_CHAR || category == U_FORMAT_CHAR ||
         category == U_LINE_SEPARATOR || category == U_PARAGRAPH_SEPARATOR ||
         is_noncharacter(c);
}

void append_visible(char32_t c, bool keep_lines, std::string& out) {
  if (keep_lines && (c == '\n' || c == '\t')) {
    out += static_cast<char>(c);
  } else if (c < 0x20) {
    append_utf8(0x2400 + c, out);
  } else if (c == 0x7F) {
    append_utf8(0x2421, out);
  } else if (is_hidden(c)) {
    out += fmt::format("⟨U+{:04X}⟩", static_cast<uint32_t>(c));
  } else {
    append_utf8(c, out);
  }
}

struct Replacement {
  std::string_view from, to;
};

// Each of `table` that occurs in `text` replaced in one pass, first match wins.
std::string replace_each(std::string_view text,
                         std::span<const Replacement> table) {
  std::string out;
  while (!text.empty()) {
    auto hit = std::find_if(table.begin(), table.end(), [&](auto& entry) {
      return text.starts_with(entry.from);
    });
    out += hit == table.end() ? text.substr(0, 1) : hit->to;
    text.remove_prefix(hit == table.end() ? 1 : hit->from.size());
  }
  return out;
}

constexpr Replacement kXml[] = {
    {"&", "&amp;"},
    {"<", "&lt;"},
    {">", "&gt;"},
    {"\"", "&quot;"},
    {"'", "&#39;"},
};

// "](" and "][" make links, a lone bracket is only a bracket.
constexpr Replacement kMarkdown[] = {
    {"\\", "\\\\"},
    {"|", "\\|"},
    {"`", "\\`"},
    {"*", "\\*"},
    {"_", "\\_"},
    {"~", "\\~"},
    {"&", "&amp;"},
    {"<", "&lt;"},
    {">", "&gt;"},
    {"](", "\\]("},
    {"][", "\\]["},
    {"://", ":\\//"},
};

constexpr Replacement kLatex[] = {
    {"\\", "\\textbackslash{}"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"$", "\\$"},
    {"&", "\\&"},
    {"#", "\\#"},
    {"_", "\\_"},
    {"%", "\\%"},
    {"~", "\\textasciitilde{}"},
    {"^", "\\textasciicircum{}"},
    {"<", "\\textless{}"},
    {">", "\\textgreater{}"},
    {"|", "\\textbar{}"},
    {"\"", "\\textquotedbl{}"},
    {"--", "-{}-"},
    {"−", "$-$"},
    {"–", "--"},
    {"×", "$\\times$"},
    {"→", "$\\rightarrow$"},
    {"↑", "$\\uparrow$"},
    {"↓", "$\\downarrow$"},
    {"≥", "$\\geq$"},
    {"Δ", "$\\Delta$"},
    {"γ", "$\\gamma$"},
    {"⟨", "$\\langle$"},
    {"⟩", "$\\rangle$"},
};

// Rounding −0.001 to two decimals must not leave a minus sign before a zero.
bool rounds_to_zero(const std::string& digits) {
  return digits.find_first_of("123456789") == std::string::npos;
}

}  // namespace

std::string visible_text(std::string_view text, bool keep_lines) {
  std::string valid = to_valid_utf8(text);
  std::string out;
  out.reserve(valid.size());
  for (size_t i = 0; i < valid.size();) {
    if (keep_lines && valid.compare(i, 2, "\r\n") == 0) ++i;
    append_visible(next_code_point(valid, i), keep_lines, out);
  }
  return out;
}

std::string escape_xml(std::string_view text) {
  return replace_each(visible_text(text, true), kXml);
}

std::string escape_markdown(std::string_view text) {
  return replace_each(visible_text(text), kMarkdown);
}

std::string escape_latex(std::string_view text) {
  return replace_each(visible_text(text), kLatex);
}

CutText cut_text(std::string_view text, size_t limit) {
  std::string valid = to_valid_utf8(text);
  CutText cut;
  size_t end = 0;
  for (size_t i = 0; i < valid.size();) {
    next_code_point(valid, i);
    if (++cut.total <= limit) end = i;
  }
  cut.shown = std::min(cut.total, limit);
  valid.resize(end);
  cut.text = std::move(valid);
  return cut;
}

size_t display_width(std::string_view text) {
  size_t width = 0;
  for (char32_t code_point : to_code_points(text)) {
    auto c = static_cast<UChar32>(code_point);
    int8_t category = u_charType(c);
    if (category == U_NON_SPACING_MARK || category == U_ENCLOSING_MARK ||
        category == U_FORMAT_CHAR) {
      continue;
    }
    int east_asian = u_getIntPropertyValue(c, UCHAR_EAST_ASIAN_WIDTH);
    width += east_asian == U_EA_WIDE || east_asian == U_EA_FULLWIDTH ? 2 : 1;
  }
  return width;
}

std::string wrapped(std::string_view text, size_t width) {
  std::string out;
  size_t used = 0;
  for (std::string_view word : split_whitespace(text)) {
    const size_t columns = display_width(word);
    if (used > 0) out += used + 1 + columns > width ? '\n' : ' ';
    used =
        used > 0 && used + 1 + columns <= width ? used + 1 + columns : columns;
    out += word;
  }
  return out + "\n";
}

int decimals_for(std::span<const double> values) {
  double largest = 0;
  for (double value : values) {
    if (std::isfinite(value)) largest = std::max(largest, std::fabs(value));
  }
  if (largest == 0) return 2;
  // Rounding to three digits may carry: 9.996 has one decimal, not two.
  std::string rounded = fmt::format("{:.2e}", largest);
  int exponent = std::stoi(rounded.substr(rounded.find('e') + 1));
  return std::clamp(2 - exponent, 0, 6);
}

std::string format_fixed(double value, int decimals) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  std::string digits = fmt::format("{:.{}f}", std::fabs(value), decimals);
  return value < 0 && !rounds_to_zero(digits) ? "−" + digits : digits;
}

std::string format_change(double value, int decimals) {
  std::string text = format_fixed(value, decimals);
  return value > 0 && !rounds_to_zero(text) ? "+" + text : text;
}

std::string format_interval(double low, double high, int decimals) {
  if (std::isnan(low) || std::isnan(high)) return "";
  return fmt::format(
      "[{}, {}]", format_fixed(low, decimals), format_fixed(high, decimals));
}

std::string format_p(double p) {
  if (std::isnan(p)) return "–";
  return p < 0.001 ? "<0.001" : fmt::format("{:.3f}", p);
}

}  // namespace cdx
