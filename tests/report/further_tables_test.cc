#include "report/further_tables.h"

#include "example.h"
#include "report/page.h"

#include <doctest/doctest.h>

using namespace cdx;
using test::example_report;

namespace {

std::vector<std::string> texts_of(const TableRow& row) {
  std::vector<std::string> texts;
  for (const TableCell& cell : row.cells) texts.push_back(cell.text);
  return texts;
}

std::vector<std::string> titles_of(const Table& table) {
  std::vector<std::string> titles;
  for (const TableColumn& column : table.columns) {
    titles.push_back(column.title);
  }
  return titles;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("Bounds stand beside the means of the report's metrics") {
  ReportData data = example_report();
  data.bounds = {{"dpo", "distinct_2", "ws", "shuffled", 40, 0.9},
                 {"dpo", "distinct_2", "ws", "duplicated", 40, 0.125},
                 {"sft", "distinct_2", "ws", "duplicated", 40, 0.25},
                 {"dpo", "self_bleu", "nltk310", "duplicated", 40, 1},
                 {"other", "distinct_2", "ws", "duplicated", 40, 0.5}};
  const Table table = bounds_table(data);
  CHECK(titles_of(table) ==
        Texts{"condition", "measured", "duplicated", "shuffled"});
  REQUIRE(table.rows.size() == 2);
  CHECK(table.rows[0].group == Texts{"distinct_2"});
  CHECK(texts_of(table.rows[0]) == Texts{"sft", "0.770", "0.250", "–"});
  CHECK(texts_of(table.rows[1]) == Texts{"dpo", "0.740", "0.125", "0.900"});
  REQUIRE(table.notes.size() == 2);
  CHECK(table.notes[0].starts_with("duplicated: the first text"));
  CHECK(report_page(data).find("<section id=\"bounds\">") != std::string::npos);
}

TEST_CASE("Stretches of the texts are columns, the first ten of them") {
  ReportData data = example_report();
  for (int64_t i = 0; i < 12; ++i) {
    data.by_position.push_back({"base",
                                "distinct_2",
                                "ws",
                                100 * i + 1,
                                100 * i + 100,
                                40,
                                400,
                                0.25,
                                0.125,
                                0.375});
  }
  data.by_position[1].mean = kUndefined;
  data.by_position[1].ci_low = data.by_position[1].ci_high = kUndefined;
  const Table table = position_table(data);
  REQUIRE(table.columns.size() == 11);
  CHECK(table.columns[1].title == "1–100");
  CHECK(table.columns[10].csv_names.front() == "words_901_1000");
  CHECK(table.notes == Texts{"2 more stretches are in by_position.csv."});
  REQUIRE(table.rows.size() == 1);
  CHECK(table.rows[0].cells[1].text == "0.250");
  CHECK(table.rows[0].cells[1].note == "[0.125, 0.375]");
  CHECK(table.rows[0].cells[2].text == "–");
  CHECK(report_page(data).find("<section id=\"by_position\">") !=
        std::string::npos);
}

TEST_CASE("Only numbers on whole texts have bounds") {
  ReportData data = example_report();
  data.bounds = {{"dpo", "distinct_2", "ws", "shuffled", 40, 0.9}};
  for (const char* variant : {"", "ws", "ws/extracted"}) {
    for (const char* level : {"set", "corpus"}) {
      data.metrics = {{"distinct_2", level, variant}};
      const bool whole = std::string(level) == "set" &&
                         !std::string(variant).ends_with("extracted");
      CHECK(bounds_table(data).rows.size() == (whole ? 1 : 0));
    }
  }
}

TEST_CASE("Where nothing was asked for there is no table") {
  CHECK(bounds_table(example_report()).rows.empty());
  CHECK(position_table(example_report()).rows.empty());
  CHECK(report_page(example_report()).find("id=\"bounds\"") ==
        std::string::npos);
}
