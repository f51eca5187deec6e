#include "util/csv.h"

#include "support.h"
#include "util/errors.h"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Row = std::vector<std::string>;

CsvTable table_of(std::string_view text) {
  test::TemporaryFolder folder;
  test::write_text(folder / "t.csv", text);
  return read_csv(folder / "t.csv");
}

// What is said about a broken file, without the folder's name.
std::string complaint(std::string_view text) {
  std::string message =
      test::message_of<UserError>([&] { (void)table_of(text); });
  size_t name = message.find("t.csv");
  return name == std::string::npos ? message : message.substr(name);
}

TEST_CASE("fields are quoted only where they must be") {
  CHECK(csv_line({"a", "b c", ""}) == "a,b c,\n");
  CHECK(csv_line({"a,b", "say \"x\"", "two\nlines", "cr\r"}) ==
        "\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\"cr\r\"\n");
  CHECK(csv_line({""}) == "\"\"\n");
}

TEST_CASE("what is written is read back") {
  std::vector<Row> rows = {
      {"a", "b"}, {"", "\""}, {"x,y", "l1\r\nl2"}, {"\"\"", " \xC3\xA9 "}};
  std::string text;
  for (const Row& row : rows) text += csv_line(row);
  CsvTable table = table_of(text);
  CHECK(table.header == rows[0]);
  CHECK(table.rows == std::vector<Row>(rows.begin() + 1, rows.end()));
}

TEST_CASE("byte order mark, CRLF, empty lines and a missing last newline") {
  CsvTable table = table_of("\xEF\xBB\xBFid,text\r\n\r\n1,x\r\n\n2,\"y\"");
  CHECK(table.header == Row{"id", "text"});
  CHECK(table.rows == std::vector<Row>{{"1", "x"}, {"2", "y"}});
  CHECK(table.lines == std::vector<int64_t>{3, 5});
}

TEST_CASE("a broken file is refused with its line") {
  CHECK(complaint("a,b\n1,2\n\n1,2,3\n") ==
        "t.csv:4: 3 fields, the header has 2");
  CHECK(complaint("a,b\n\"x\ny\",2\nz\n") ==
        "t.csv:4: 1 fields, the header has 2");
  CHECK(complaint("a,b\n1,\"2\n") == "t.csv:2: a quoted field is not closed");
  CHECK(complaint("a,b\n\"1\"x,2\n") ==
        "t.csv:2: text after the closing quote of a field");
  CHECK(complaint("\n\n") == "t.csv:1: no header line");
}

TEST_CASE("a column is found by name or refused by name") {
  CsvTable table = table_of("id,text\n");
  CHECK(table.column("text") == 1);
  CHECK(test::message_of<UserError>([&] { (void)table.column("txt"); }) ==
        "no column \"txt\" among \"id\", \"text\"");
}

TEST_CASE("numbers are short and read back as the same double") {
  CHECK(csv_number(0.1) == "0.1");
  CHECK(csv_number(-3.0) == "-3");
  CHECK(csv_number(std::nan("")).empty());
  for (double x : {1.0 / 3,
                   1e-300,
                   123456789012345.67,
                   -0.0,
                   5e-324,
                   1e22,
                   std::numeric_limits<double>::infinity()}) {
    CAPTURE(x);
    CHECK(parse_csv_number(csv_number(x)) == x);
  }
  CHECK(std::isnan(parse_csv_number("")));
}

TEST_CASE("what is not a number is refused") {
  for (const char* text : {"x", "1x", " 1", "1,5", "--1"}) {
    CAPTURE(text);
    CHECK_THROWS_AS((void)parse_csv_number(text), UserError);
  }
}

}  // namespace
}  // namespace cdx
