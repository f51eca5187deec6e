#include "report/table.h"

#include "report/rows.h"
#include "report/text.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace cdx;

namespace {

Table small_table() {
  Table table;
  table.name = "small";
  table.caption = "Two conditions & one 100 % made-up metric.";
  table.columns = {{"condition", "", "", false, {"condition"}},
                   {"m_1 ↑", "bits", "", true, {"m_1", "low", "high"}}};
  table.rows = {
      {{}, {{"base", "", {}}, {"2.65", "[2.5, 2.8]", {2.648, 2.5, 2.8}}}},
      {{},
       {{"你好", "", {}}, {"–", "", {kUndefined, kUndefined, kUndefined}}}}};
  table.notes = {"↑: more"};
  return table;
}

Table grouped_table() {
  Table table;
  table.name = "grouped";
  table.group_names = {"condition_a", "condition_b"};
  table.columns = {{"metric", "", "", false, {"metric"}},
                   {"p", "", "", true, {"p"}}};
  table.rows = {{{"a", "b"}, {{"m", "", {}}, {"0.012", "", {0.0123}}}},
                {{"a", "b"}, {{"n", "", {}}, {"0.500", "", {0.5}}}},
                {{"a", "c"}, {{"m", "", {}}, {"<0.001", "", {1e-5}}}}};
  return table;
}

size_t widest_line(const std::string& text) {
  size_t widest = 0;
  for (size_t start = 0; start < text.size();) {
    const size_t end = text.find('\n', start);
    widest = std::max(widest, display_width(text.substr(start, end - start)));
    start = end + 1;
  }
  return widest;
}

}  // namespace

TEST_CASE("A table is aligned on the terminal, wide characters included") {
  CHECK(table_text(small_table(), 100) ==
        "condition            m_1 ↑\n"
        "                      bits\n"
        "──────────────────────────\n"
        "base       2.65 [2.5, 2.8]\n"
        "你好                     –\n");
}

TEST_CASE("Groups stand under their heading") {
  CHECK(table_text(grouped_table(), 100) ==
        "metric       p\n"
        "──────────────\n"
        "a → b\n"
        "m        0.012\n"
        "n        0.500\n"
        "\n"
        "a → c\n"
        "m       <0.001\n");
}

TEST_CASE("Columns that do not fit follow in a further block") {
  Table table = small_table();
  for (int i = 0; i < 6; ++i) {
    table.columns.push_back(table.columns[1]);
    for (TableRow& row : table.rows) row.cells.push_back(row.cells[1]);
  }
  const std::string text = table_text(table, 60);
  CHECK(widest_line(text) <= 60);
  size_t n = 0;
  for (size_t at = text.find("base"); at != std::string::npos;
       at = text.find("base", at + 1)) {
    ++n;
  }
  CHECK(n == 3);  // 7 numeric columns of 15, three in a block of 60
}

TEST_CASE("A terminal cannot be steered and an endless name is clipped") {
  Table table = small_table();
  table.rows[0].cells[0].text = "\x1B]0;owned\x07" + std::string(500, 'x');
  const std::string text = table_text(table, 100);
  CHECK(text.find('\x1B') == std::string::npos);
  CHECK(text.find("␛]0;owned␇xxx") != std::string::npos);
  CHECK(text.find("x…") != std::string::npos);
  CHECK(widest_line(text) <= 100);
}

TEST_CASE("The Markdown table is a GitHub table") {
  CHECK(table_markdown(small_table()) ==
        "Two conditions &amp; one 100 % made-up metric.\n\n"
        "| condition | m\\_1 ↑ bits |\n"
        "| --- | ---: |\n"
        "| base | 2.65 [2.5, 2.8] |\n"
        "| 你好 | – |\n"
        "\n↑: more\n");
  CHECK(table_markdown(grouped_table()).find("| **a → c** |  |\n") !=
        std::string::npos);
}

TEST_CASE("The LaTeX table has booktabs rules and intervals underneath") {
  CHECK(table_latex(small_table()) ==
        "% needs \\usepackage[T1]{fontenc} and \\usepackage{booktabs}\n"
        "\\begin{table}\n\\centering\\footnotesize\n"
        "\\setlength{\\tabcolsep}{4pt}\n"
        "\\caption{Two conditions \\& one 100 \\% made-up metric.}"
        "\\label{tab:small}\n"
        "\n\\begin{tabular}{lr}\n\\toprule\n"
        "condition & m\\_1 $\\uparrow$ \\\\*[-2pt]\n"
        " & {\\scriptsize bits} \\\\\n\\midrule\n"
        "base & 2.65 \\\\*[-2pt]\n"
        " & {\\scriptsize [2.5, 2.8]} \\\\\n"
        "你好 & -- \\\\\n"
        "\\bottomrule\n\\end{tabular}\\medskip\n"
        "\n$\\uparrow$: more\\par\n"
        "\\end{table}\n");
}

TEST_CASE("A LaTeX table with groups breaks over pages") {
  const std::string latex = table_latex(grouped_table());
  CHECK(latex.find("\\usepackage{booktabs,longtable}") != std::string::npos);
  CHECK(latex.find("\\begin{longtable}{lr}\n") != std::string::npos);
  CHECK(latex.find("\\midrule\n\\endhead\n"
                   "\\multicolumn{2}{l}{\\emph{a $\\rightarrow$ b}} \\\\*\n"
                   "m & 0.012 \\\\\n") != std::string::npos);
}

TEST_CASE("A wide LaTeX table is set in blocks of columns") {
  Table table = small_table();
  for (int i = 0; i < 7; ++i) {
    table.columns.push_back(table.columns[1]);
    for (TableRow& row : table.rows) row.cells.push_back(row.cells[1]);
  }
  const std::string latex = table_latex(table);
  // 8 columns of 10 letters: 5 beside the first within 80, then 3.
  CHECK(latex.find("\\begin{tabular}{lrrrrr}") != std::string::npos);
  CHECK(latex.find("\\begin{tabular}{lrrr}") != std::string::npos);
}

TEST_CASE("Columns are packed into blocks that repeat the first") {
  using Blocks = std::vector<std::vector<size_t>>;
  CHECK(column_blocks({5}, 10) == Blocks{{0}});
  CHECK(column_blocks({5, 3}, 10) == Blocks{{0, 1}});
  CHECK(column_blocks({5, 3, 1}, 10) == Blocks{{0, 1}, {0, 2}});
  CHECK(column_blocks({5, 90, 90}, 10) == Blocks{{0, 1}, {0, 2}});
}

TEST_CASE("The CSV has the unrounded numbers and every group") {
  CHECK(table_csv(small_table()) ==
        "condition,m_1,low,high\n"
        "base,2.648,2.5,2.8\n"
        "你好,,,\n");
  CHECK(table_csv(grouped_table()) ==
        "condition_a,condition_b,metric,p\n"
        "a,b,m,0.0123\n"
        "a,b,n,0.5\n"
        "a,c,m,1e-05\n");
}
