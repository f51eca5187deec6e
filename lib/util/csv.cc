#include "util/csv.h"

#include "util/errors.h"
#include "util/files.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace cdx {
std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    // A lone empty field is quoted: an empty line is no record.
    if (fields[i].find_first_of(",\"\r\n") == std::string::npos &&
        !(fields.size() == 1 && fields[i].empty())) {
      line += fields[i];
      continue;
    }
    line += '"';
    for (char c : fields[i]) {
      if (c == '"') line += '"';
      line += c;
    }
    line += '"';
  }
  line += '\n';
  return line;
}

CsvRows::CsvRows(std::filesystem::path path)
    : path_(std::move(path)), text_(read_file(path_)) {
  take("\xEF\xBB\xBF");
  if (!next_record(header_)) fail("no header line");
}

bool CsvRows::next(std::vector<std::string>& row) {
  if (!next_record(row)) return false;
  if (row.size() != header_.size()) {
    fail(fmt::format(
        "{} fields, the header has {}", row.size(), header_.size()));
  }
  return true;
}

// The fields of the next record that is not an empty line; false at the end.
bool CsvRows::next_record(std::vector<std::string>& fields) {
  fields.clear();
  while (take_line_end()) {
  }
  if (at_end()) return false;
  record_line_ = line_;
  do {
    fields.push_back(field());
  } while (take(","));
  if (!take_line_end() && !at_end()) {
    position_ = std::min(text_.find('\n', position_), text_.size());
    fail("text after the closing quote of a field");
  }
  return true;
}

bool CsvRows::take(std::string_view token) {
  if (text_.compare(position_, token.size(), token) != 0) return false;
  position_ += token.size();
  return true;
}

bool CsvRows::take_line_end() {
  const bool taken = take("\n") || take("\r\n");
  line_ += taken;
  return taken;
}

std::string CsvRows::field() {
  return take("\"") ? quoted_field() : plain_field();
}

std::string CsvRows::plain_field() {
  size_t end = std::min(text_.find_first_of(",\n", position_), text_.size());
  if (end < text_.size() && text_[end] == '\n' && end > position_ &&
      text_[end - 1] == '\r') {
    --end;
  }
  std::string value(text_, position_, end - position_);
  position_ = end;
  return value;
}

std::string CsvRows::quoted_field() {
  std::string value;
  do {
    const size_t quote = std::min(text_.find('"', position_), text_.size());
    const std::string_view part =
        std::string_view(text_).substr(position_, quote - position_);
    line_ += std::count(part.begin(), part.end(), '\n');
    value += part;
    position_ = quote;
    if (!take("\"")) fail("a quoted field is not closed");
    if (!take("\"")) return value;
    value += '"';
  } while (true);
}

void CsvRows::fail(const std::string& what) const {
  throw UserError(fmt::format("{}:{}: {}", path_.string(), record_line_, what));
}

size_t CsvTable::column(std::string_view name) const {
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i] == name) return i;
  }
  throw UserError(fmt::format(
      "no column \"{}\" among \"{}\"", name, fmt::join(header, "\", \"")));
}

CsvTable read_csv(const std::filesystem::path& path) {
  CsvRows rows(path);
  CsvTable table;
  table.header = rows.header();
  std::vector<std::string> row;
  while (rows.next(row)) {
    table.rows.push_back(std::move(row));
    table.lines.push_back(rows.line());
  }
  return table;
}

std::string csv_number(double value) {
  if (std::isnan(value)) return "";
  return fmt::format("{}", value);
}

double parse_csv_number(std::string_view field) {
  if (field.empty()) return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const char* end = field.data() + field.size();
  auto [stop, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc() || stop != end) {
    throw UserError(fmt::format("\"{}\" is not a number", field));
  }
  return value;
}

}  // namespace cdx
