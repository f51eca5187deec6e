#include "report/table.h"

#include "report/text.h"
#include "util/csv.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr size_t kWidestCell = 40;
constexpr std::string_view kGap = "  ";

std::string with_note(const std::string& text, const std::string& note) {
  return note.empty() ? text : text + " " + note;
}

std::string clipped(const std::string& text) {
  std::string shown = visible_text(text);
  if (display_width(shown) <= kWidestCell) return shown;
  size_t keep = kWidestCell - 1;
  while (display_width(cut_text(shown, keep).text) >= kWidestCell) --keep;
  return cut_text(shown, keep).text + "…";
}

std::string cell_text(const TableCell& cell) {
  return clipped(with_note(cell.text, cell.note));
}

std::string padded(const std::string& text, size_t width, bool right) {
  std::string space(width - std::min(width, display_width(text)), ' ');
  return right ? space + text : text + space;
}

size_t column_width(const Table& table, size_t column) {
  size_t width = std::max(display_width(clipped(table.columns[column].title)),
                          display_width(clipped(table.columns[column].note)));
  for (const TableRow& row : table.rows) {
    width = std::max(width, display_width(cell_text(row.cells[column])));
  }
  return width;
}

std::string trimmed_line(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

class TextWriter {
 public:
  explicit TextWriter(const Table& table) : table_(table) {
    for (size_t i = 0; i < table.columns.size(); ++i) {
      widths_.push_back(column_width(table, i));
    }
  }

  std::string write(size_t width) {
    for (const auto& block : column_blocks(widths_, width)) {
      if (!out_.empty()) out_ += '\n';
      write_block(block);
    }
    return std::move(out_);
  }

 private:
  void write_block(const std::vector<size_t>& block) {
    std::string titles, notes;
    size_t width = 0;
    for (size_t i : block) {
      append(titles, i, clipped(table_.columns[i].title));
      append(notes, i, clipped(table_.columns[i].note));
      width += widths_[i] + (i == 0 ? 0 : kGap.size());
    }
    out_ += trimmed_line(titles);
    if (trimmed_line(notes) != "\n") out_ += trimmed_line(notes);
    for (size_t i = 0; i < width; ++i) out_ += "─";
    out_ += '\n';
    for (size_t r = 0; r < table_.rows.size(); ++r) write_row(block, r);
  }

  void write_row(const std::vector<size_t>& block, size_t r) {
    const TableRow& row = table_.rows[r];
    if (starts_group(table_, r)) {
      if (r > 0) out_ += '\n';
      out_ += visible_text(group_heading(row)) + "\n";
    }
    std::string line;
    for (size_t i : block) append(line, i, cell_text(row.cells[i]));
    out_ += trimmed_line(line);
  }

  void append(std::string& line, size_t column, const std::string& text) {
    if (column > 0) line += kGap;
    line += padded(text, widths_[column], table_.columns[column].numeric);
  }

  const Table& table_;
  std::vector<size_t> widths_;
  std::string out_;
};

std::string markdown_row(const std::vector<std::string>& cells) {
  return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

}  // namespace

std::string group_heading(const TableRow& row) {
  return fmt::format("{}", fmt::join(row.group, " → "));
}

bool starts_group(const Table& table, size_t row) {
  const auto& group = table.rows[row].group;
  return !group.empty() && (row == 0 || group != table.rows[row - 1].group);
}

std::vector<std::vector<size_t>> column_blocks(
    const std::vector<size_t>& widths, size_t width) {
  std::vector<std::vector<size_t>> result = {{0}};
  size_t used = widths[0];
  for (size_t i = 1; i < widths.size(); ++i) {
    if (used + kGap.size() + widths[i] > width && result.back().size() > 1) {
      result.push_back({0});
      used = widths[0];
    }
    result.back().push_back(i);
    used += kGap.size() + widths[i];
  }
  return result;
}

std::string table_text(const Table& table, size_t width) {
  if (table.columns.empty()) return "";
  return TextWriter(table).write(width);
}

std::string table_markdown(const Table& table) {
  std::vector<std::string> titles, rules;
  for (const TableColumn& column : table.columns) {
    titles.push_back(escape_markdown(with_note(column.title, column.note)));
    rules.emplace_back(column.numeric ? "---:" : "---");
  }
  std::string out = escape_markdown(table.caption) + "\n\n";
  out += markdown_row(titles) + markdown_row(rules);
  for (size_t r = 0; r < table.rows.size(); ++r) {
    std::vector<std::string> cells(table.columns.size());
    if (starts_group(table, r)) {
      cells[0] =
          fmt::format("**{}**", escape_markdown(group_heading(table.rows[r])));
      out += markdown_row(cells);
    }
    for (size_t i = 0; i < cells.size(); ++i) {
      const TableCell& cell = table.rows[r].cells[i];
      cells[i] = escape_markdown(with_note(cell.text, cell.note));
    }
    out += markdown_row(cells);
  }
  for (const std::string& note : table.notes) {
    out += fmt::format("\n{}\n", escape_markdown(note));
  }
  return out;
}

std::string table_csv(const Table& table) {
  std::vector<std::string> names = table.group_names;
  for (const TableColumn& column : table.columns) {
    names.insert(names.end(), column.csv_names.begin(), column.csv_names.end());
  }
  std::string out = csv_line(names);
  for (const TableRow& row : table.rows) {
    std::vector<std::string> fields = row.group;
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const TableCell& cell = row.cells[i];
      if (cell.numbers.empty()) fields.push_back(cell.text);
      for (double number : cell.numbers) fields.push_back(csv_number(number));
    }
    out += csv_line(fields);
  }
  return out;
}

}  // namespace cdx
