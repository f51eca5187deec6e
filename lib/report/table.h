#pragma once

#include <string>
#include <vector>

// One small table that is written as terminal text, Markdown, LaTeX and CSV;
// page.cc writes it as HTML. Cells hold what is printed and, for the CSV, the
// unrounded numbers behind it.
namespace cdx {

struct TableColumn {
  std::string title;  // "distinct_2 ↑"
  // Second line of the heading, lighter: "bits".
  std::string note;
  // What the heading means, shown by the page as a tooltip.
  std::string meaning;
  bool numeric = true;  // right-aligned
  // Names of this column in the CSV: one for text, one per number of a cell.
  std::vector<std::string> csv_names;
};

struct TableCell {
  std::string text;             // "0.757"
  std::string note;             // "[0.741, 0.773]", lighter than the text
  std::vector<double> numbers;  // as csv_names; empty when the cell is text
};

struct TableRow {
  // Rows of the same group stand together under one heading line, its fields
  // joined by " → "; in the CSV they are the first columns. May be empty.
  std::vector<std::string> group;
  std::vector<TableCell> cells;
};

struct Table {
  std::string name;     // file name without its ending; LaTeX label
  std::string caption;  // one sentence
  std::vector<std::string> group_names;
  std::vector<TableColumn> columns;
  std::vector<TableRow> rows;
  std::vector<std::string> notes;  // below the table
};

// "dpo → base"; empty when the row has no group.
std::string group_heading(const TableRow& row);
// True for the first row of each group.
bool starts_group(const Table& table, size_t row);

// Columns of the given widths packed into blocks of at most `width`, a gap of 2
// between them; each block starts with column 0 and has another one.
std::vector<std::vector<size_t>> column_blocks(
    const std::vector<size_t>& widths, size_t width);

// Columns of one table side by side within `width` terminal columns; those that
// do not fit follow in further blocks, each with the first column.
std::string table_text(const Table& table, size_t width);
std::string table_markdown(const Table& table);
// Rules of booktabs, intervals under their numbers. A table without groups is a
// float, its columns in blocks that fit the text of a page; one with groups is
// a longtable, which breaks over pages.
std::string table_latex(const Table& table);
// Numbers unrounded.
std::string table_csv(const Table& table);

}  // namespace cdx
