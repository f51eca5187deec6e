#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

// Comma-separated values (RFC 4180): fields with a comma, a quote or a line
// break are quoted, quotes doubled, lines end in \n.
namespace cdx {

// One record with its final \n.
std::string csv_line(const std::vector<std::string>& fields);

// The rows of a file, one after the other. The first record is the header;
// empty lines are skipped; \r\n and a byte order mark are accepted. Throws
// UserError with file and line where there is no header.
class CsvRows {
 public:
  explicit CsvRows(std::filesystem::path path);

  const std::vector<std::string>& header() const { return header_; }
  // The fields of the next row; false after the last. Throws UserError with
  // file and line where the row has another number of fields than the header, a
  // quote is not closed or text follows one; the next call goes on behind it.
  bool next(std::vector<std::string>& row);
  // Of the file, on which the last row began.
  int64_t line() const { return record_line_; }
  // Read so far.
  int64_t bytes() const { return static_cast<int64_t>(position_); }

 private:
  bool next_record(std::vector<std::string>& fields);
  bool at_end() const { return position_ == text_.size(); }
  bool take(std::string_view token);
  bool take_line_end();
  std::string field();
  std::string plain_field();
  std::string quoted_field();
  [[noreturn]] void fail(const std::string& what) const;

  std::filesystem::path path_;
  std::string text_;
  std::vector<std::string> header_;
  size_t position_ = 0;
  int64_t line_ = 1, record_line_ = 1;
};

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<int64_t> lines;  // of the file, on which each row begins
  // Index of a column; UserError naming it when absent.
  size_t column(std::string_view name) const;
};

// All rows. Throws UserError where CsvRows does.
CsvTable read_csv(const std::filesystem::path& path);

// Shortest decimal that reads back as the same double; NaN is an empty field,
// infinity "inf".
std::string csv_number(double value);
// Empty field → NaN. Throws UserError when it is no number.
double parse_csv_number(std::string_view field);

}  // namespace cdx
