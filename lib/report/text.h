#pragma once

#include <span>
#include <string>
#include <string_view>

// Text of unknown origin made safe to show, and numbers as a paper prints them.
namespace cdx {

// Valid UTF-8 in which nothing is invisible or reorders its neighbours: invalid
// bytes become U+FFFD, control characters their symbols (␛), bidirectional
// controls, zero-width and other format characters their numbers (⟨U+202E⟩).
// Line ends and tabs stay when `keep_lines` is set and become symbols
// otherwise.
std::string visible_text(std::string_view text, bool keep_lines = false);

// visible_text with line ends, then the five characters of markup escaped: safe
// as content and in quoted attributes of HTML and XML.
std::string escape_xml(std::string_view text);
// visible_text on one line, for a cell of a GitHub table.
std::string escape_markdown(std::string_view text);
// visible_text on one line, for LaTeX text mode; arrows, minus signs and Greek
// letters of our own headings become commands, other letters pass.
std::string escape_latex(std::string_view text);

// The first `limit` code points of a text, and how many it has.
struct CutText {
  std::string text;
  size_t shown = 0, total = 0;
};
CutText cut_text(std::string_view text, size_t limit);

// Lines of at most `width` terminal columns, broken at spaces, each with \n.
std::string wrapped(std::string_view text, size_t width);

// Columns on a terminal: wide East Asian characters count 2, combining ones 0.
size_t display_width(std::string_view text);

// Decimals that give the largest of `values` three significant digits, 0 to 6.
int decimals_for(std::span<const double> values);
// "−0.25", "0.757"; "–" when undefined.
std::string format_fixed(double value, int decimals);
// With the sign always: "+0.25", "−0.25", "0.00".
std::string format_change(double value, int decimals);
// "[0.74, 0.77]"; empty when undefined.
std::string format_interval(double low, double high, int decimals);
// "0.012", "<0.001".
std::string format_p(double p);

}  // namespace cdx
