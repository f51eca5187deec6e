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

struct CsvTable {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::vector<int64_t> lines;  // of the file, on which each row begins
  // Index of a column; UserError naming it when absent.
  size_t column(std::string_view name) const;
};

// The first record is the header; empty lines are skipped; \r\n and a byte
// order mark are accepted. Throws UserError with file and line where a row has
// another number of fields than the header or a quote is not closed.
CsvTable read_csv(const std::filesystem::path& path);

// Shortest decimal that reads back as the same double; NaN is an empty field,
// infinity "inf".
std::string csv_number(double value);
// Empty field → NaN. Throws UserError when it is no number.
double parse_csv_number(std::string_view field);

}  // namespace cdx
