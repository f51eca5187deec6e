#include "report/table.h"
#include "report/text.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

namespace cdx {
namespace {

using Columns = std::vector<size_t>;

// Letters of \footnotesize in the 345 pt of an article's line.
constexpr size_t kLineLetters = 80;

std::string row_of(const std::vector<std::string>& cells,
                   const char* end = "\\\\") {
  return fmt::format("{} {}\n", fmt::join(cells, " & "), end);
}

std::string small(const std::string& text) {
  return text.empty() ? ""
                      : fmt::format("{{\\scriptsize {}}}", escape_latex(text));
}

// A line of texts and, when there is a note, one of the notes below it. Item is
// a heading or a cell: both have a note.
template <typename Item>
std::string stacked(const std::vector<Item>& items,
                    std::string Item::*text,
                    const Columns& columns) {
  std::vector<std::string> texts, notes;
  for (size_t i : columns) {
    texts.push_back(escape_latex(items[i].*text));
    notes.push_back(small(items[i].note));
  }
  const bool any = std::any_of(
      notes.begin(), notes.end(), [](auto& note) { return !note.empty(); });
  // The star keeps both lines on one page.
  return any ? row_of(texts, "\\\\*[-2pt]") + row_of(notes) : row_of(texts);
}

std::string alignment(const Table& table, const Columns& columns) {
  std::string letters;
  for (size_t i : columns) letters += table.columns[i].numeric ? 'r' : 'l';
  return letters;
}

std::string heading(const Table& table, const Columns& columns) {
  return "\\toprule\n" + stacked(table.columns, &TableColumn::title, columns) +
         "\\midrule\n";
}

std::string rows(const Table& table, const Columns& columns) {
  std::string out;
  for (size_t r = 0; r < table.rows.size(); ++r) {
    if (starts_group(table, r)) {
      if (r > 0) out += "\\addlinespace\n";
      out += fmt::format("\\multicolumn{{{}}}{{l}}{{\\emph{{{}}}}} \\\\*\n",
                         columns.size(),
                         escape_latex(group_heading(table.rows[r])));
    }
    out += stacked(table.rows[r].cells, &TableCell::text, columns);
  }
  return out + "\\bottomrule\n";
}

std::string title(const Table& table) {
  return fmt::format("\\caption{{{}}}\\label{{tab:{}}}",
                     escape_latex(table.caption),
                     table.name);
}

std::string notes(const Table& table) {
  std::string out;
  for (const std::string& note : table.notes) {
    out += fmt::format("\n{}\\par\n", escape_latex(note));
  }
  return out;
}

size_t letters(const Table& table, size_t column) {
  const TableColumn& head = table.columns[column];
  size_t most = std::max(display_width(head.title), display_width(head.note));
  for (const TableRow& row : table.rows) {
    const TableCell& cell = row.cells[column];
    most = std::max({most, display_width(cell.text), display_width(cell.note)});
  }
  return most;
}

std::string in_float(const Table& table) {
  std::vector<size_t> widths;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    widths.push_back(letters(table, i));
  }
  std::string out = fmt::format(
      "\\begin{{table}}\n\\centering\\footnotesize\n"
      "\\setlength{{\\tabcolsep}}{{4pt}}\n{}\n",
      title(table));
  for (const Columns& block : column_blocks(widths, kLineLetters)) {
    out += fmt::format(
        "\n\\begin{{tabular}}{{{}}}\n{}{}\\end{{tabular}}\\medskip\n",
        alignment(table, block),
        heading(table, block),
        rows(table, block));
  }
  return out + notes(table) + "\\end{table}\n";
}

std::string over_pages(const Table& table) {
  Columns all(table.columns.size());
  std::iota(all.begin(), all.end(), 0);
  const std::string head = heading(table, all);
  return fmt::format(
      "{{\\footnotesize\n\\setlength{{\\tabcolsep}}{{3pt}}\n"
      "\\begin{{longtable}}{{{0}}}\n{1} \\\\\n{2}\\endfirsthead\n"
      "{2}\\endhead\n{3}\\end{{longtable}}\n{4}}}\n",
      alignment(table, all),
      title(table),
      head,
      rows(table, all),
      notes(table));
}

}  // namespace

std::string table_latex(const Table& table) {
  const bool grouped = !table.group_names.empty();
  return fmt::format(
      "% needs \\usepackage[T1]{{fontenc}} and \\usepackage{{{}}}\n{}",
      grouped ? "booktabs,longtable" : "booktabs",
      grouped ? over_pages(table) : in_float(table));
}

}  // namespace cdx
