#include "util/csv.h"

#include "util/errors.h"
#include "util/files.h"

#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace cdx {
namespace {

// Reads one record after another from the text of a file.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::filesystem::path& path)
      : text_(text), path_(path) {
    if (text_.starts_with("\xEF\xBB\xBF")) position_ = 3;
  }

  // The fields of the next record that is not an empty line; false at the end.
  bool next(std::vector<std::string>& fields) {
    fields.clear();
    while (take_line_end()) {
    }
    if (at_end()) return false;
    record_line_ = line_;
    do {
      fields.push_back(field());
    } while (take(","));
    if (!take_line_end() && !at_end()) {
      fail("text after the closing quote of a field");
    }
    return true;
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw UserError(
        fmt::format("{}:{}: {}", path_.string(), record_line_, what));
  }

  // On which the last record began.
  int64_t line() const { return record_line_; }

 private:
  bool at_end() const { return position_ == text_.size(); }

  bool take(std::string_view token) {
    if (!text_.substr(position_).starts_with(token)) return false;
    position_ += token.size();
    return true;
  }

  bool take_line_end() {
    bool taken = take("\n") || take("\r\n");
    line_ += taken;
    return taken;
  }

  std::string field() { return take("\"") ? quoted_field() : plain_field(); }

  std::string plain_field() {
    size_t end = text_.find_first_of(",\n", position_);
    if (end == std::string_view::npos) end = text_.size();
    if (end < text_.size() && text_[end] == '\n' && end > position_ &&
        text_[end - 1] == '\r') {
      --end;
    }
    std::string value(text_.substr(position_, end - position_));
    position_ = end;
    return value;
  }

  std::string quoted_field() {
    std::string value;
    while (!at_end()) {
      if (take("\"\"")) {
        value += '"';
      } else if (take("\"")) {
        return value;
      } else {
        line_ += text_[position_] == '\n';
        value += text_[position_++];
      }
    }
    fail("a quoted field is not closed");
  }

  std::string_view text_;
  const std::filesystem::path& path_;
  size_t position_ = 0;
  int64_t line_ = 1, record_line_ = 1;
};

}  // namespace

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

size_t CsvTable::column(std::string_view name) const {
  for (size_t i = 0; i < header.size(); ++i) {
    if (header[i] == name) return i;
  }
  throw UserError(fmt::format(
      "no column \"{}\" among \"{}\"", name, fmt::join(header, "\", \"")));
}

CsvTable read_csv(const std::filesystem::path& path) {
  std::string text = read_file(path);
  CsvReader reader(text, path);
  CsvTable table;
  if (!reader.next(table.header)) reader.fail("no header line");
  std::vector<std::string> row;
  while (reader.next(row)) {
    if (row.size() != table.header.size()) {
      reader.fail(fmt::format(
          "{} fields, the header has {}", row.size(), table.header.size()));
    }
    table.rows.push_back(std::move(row));
    table.lines.push_back(reader.line());
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
