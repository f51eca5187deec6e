#include "report/text.h"

#include "report/rows.h"
#include "util/unicode.h"

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

using namespace cdx;

TEST_CASE("Control characters are shown by their symbols") {
  CHECK(visible_text("a\x1B[31mb") == "a␛[31mb");
  CHECK(visible_text(std::string("\0x", 2)) == "␀x");
  CHECK(visible_text("a\nb\tc\r\n") == "a␊b␉c␍␊");
  CHECK(visible_text("a\nb\tc\r\nd\re", true) == "a\nb\tc\nd␍e");
  CHECK(visible_text("\x7F") == "␡");
  CHECK(visible_text("\xC2\x9B") == "⟨U+009B⟩");  // C1: a terminal's CSI
}

TEST_CASE("Characters that hide or reorder text are shown by number") {
  CHECK(visible_text("a\u202Eb") == "a⟨U+202E⟩b");
  CHECK(visible_text("\u2066\u200F\uFEFF") == "⟨U+2066⟩⟨U+200F⟩⟨U+FEFF⟩");
  CHECK(visible_text("\u2028") == "⟨U+2028⟩");
  CHECK(visible_text("\U000E0041") == "⟨U+E0041⟩");  // a tag letter
  CHECK(visible_text("\uFFFF") == "⟨U+FFFF⟩");
  // Joined emoji and Indic text keep their joiners.
  CHECK(visible_text("👩\u200D🚀 क्\u200Dष") == "👩\u200D🚀 क्\u200Dष");
  CHECK(visible_text("naïve 你好 ﷺ") == "naïve 你好 ﷺ");
}

TEST_CASE("Invalid bytes become the replacement character") {
  CHECK(visible_text("a\xFF\xC3") == "a\uFFFD\uFFFD");
  CHECK(is_utf8(escape_xml("\xED\xA0\x80 \xF0\x9F")));
}

TEST_CASE("Markup is escaped in text and in quoted attributes") {
  CHECK(escape_xml("<script>alert('x')</script> & \"q\"") ==
        "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;q&quot;");
  CHECK(escape_xml("&amp;") == "&amp;amp;");
}

TEST_CASE("LaTeX specials are escaped and our own signs become commands") {
  CHECK(escape_latex("a_b & 50% #1 {x} $y$ ~ ^ \\z") ==
        "a\\_b \\& 50\\% \\#1 \\{x\\} \\$y\\$ \\textasciitilde{} "
        "\\textasciicircum{} \\textbackslash{}z");
  CHECK(escape_latex("<0.001 a--b") == "\\textless{}0.001 a-{}-b");
  CHECK(escape_latex("distinct_2 ↑ −0.25 – γ") ==
        "distinct\\_2 $\\uparrow$ $-$0.25 -- $\\gamma$");
}

TEST_CASE("Markdown cells cannot break their table or make links") {
  CHECK(escape_markdown("a|b\nc") == "a\\|b␊c");
  CHECK(escape_markdown("distinct_2 *x* `y`") ==
        "distinct\\_2 \\*x\\* \\`y\\`");
  CHECK(escape_markdown("[x](http://y)") == "[x\\](http:\\//y)");
  CHECK(escape_markdown("<img>") == "&lt;img&gt;");
  CHECK(escape_markdown("[0.74, 0.77]") == "[0.74, 0.77]");
}

TEST_CASE("A long text is cut between characters, never inside one") {
  CutText cut = cut_text("äöü", 2);
  CHECK(cut.text == "äö");
  CHECK(cut.shown == 2);
  CHECK(cut.total == 3);
  cut = cut_text("äöü", 3);
  CHECK(cut.text == "äöü");
  CHECK(cut.shown == cut.total);
  CHECK(cut_text("", 5).total == 0);
}

TEST_CASE("Width on a terminal counts wide and combining characters") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("你好") == 4);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("−γ↑") == 3);
}

TEST_CASE("Lines are broken at spaces") {
  CHECK(wrapped("aa bb cc", 5) == "aa bb\ncc\n");
  CHECK(wrapped("aaaaaaa bb", 5) == "aaaaaaa\nbb\n");
  CHECK(wrapped("aa", 5) == "aa\n");
}

TEST_CASE("Three significant digits decide the decimals") {
  const auto decimals = [](std::vector<double> values) {
    return decimals_for(values);
  };
  CHECK(decimals({0.757, 0.4}) == 3);
  CHECK(decimals({2.65, 0.4}) == 2);
  CHECK(decimals({104.2}) == 0);
  CHECK(decimals({123456}) == 0);
  CHECK(decimals({9.996}) == 1);
  CHECK(decimals({-0.0123}) == 4);
  CHECK(decimals({1e-12}) == 6);
  CHECK(decimals({0, kUndefined}) == 2);
  CHECK(decimals({}) == 2);
}

TEST_CASE("Numbers are printed as a paper does") {
  CHECK(format_fixed(0.7571, 3) == "0.757");
  CHECK(format_fixed(-0.25, 2) == "−0.25");
  CHECK(format_fixed(-0.001, 2) == "0.00");
  CHECK(format_fixed(kUndefined, 2) == "–");
  CHECK(format_fixed(-std::numeric_limits<double>::infinity(), 2) == "−∞");
  CHECK(format_change(0.25, 2) == "+0.25");
  CHECK(format_change(0.001, 2) == "0.00");
  CHECK(format_change(-1.5, 1) == "−1.5");
  CHECK(format_change(kUndefined, 1) == "–");
  CHECK(format_interval(-0.1, 0.2, 1) == "[−0.1, 0.2]");
  CHECK(format_interval(kUndefined, 0.2, 1) == "");
  CHECK(format_p(0.0004) == "<0.001");
  CHECK(format_p(0.001) == "0.001");
  CHECK(format_p(1) == "1.000");
  CHECK(format_p(kUndefined) == "–");
}
