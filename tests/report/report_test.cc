#include "report/report.h"

#include "example.h"
#include "support.h"
#include "util/csv.h"
#include "util/errors.h"
#include "util/files.h"
#include "xml.h"

#include <set>

#include <doctest/doctest.h>

using namespace cdx;
using test::example_report;
using test::TemporaryFolder;

namespace {

std::set<std::string> files_in(const std::filesystem::path& folder) {
  std::set<std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) {
      files.insert(entry.path().lexically_relative(folder).string());
    }
  }
  return files;
}

}  // namespace

TEST_CASE("A report is a page, tables in three forms and figures") {
  TemporaryFolder folder;
  write_report(example_report(), folder / "report");
  CHECK(files_in(folder / "report") ==
        std::set<std::string>{"figures/diversity_by_condition.svg",
                              "figures/diversity_quality.svg",
                              "figures/per_prompt.svg",
                              "index.html",
                              "tables/comparisons.csv",
                              "tables/comparisons.md",
                              "tables/comparisons.tex",
                              "tables/result.csv",
                              "tables/result.md",
                              "tables/result.tex",
                              "tables/trends.csv",
                              "tables/trends.md",
                              "tables/trends.tex"});
  const CsvTable table = read_csv(folder / "report" / "tables" / "result.csv");
  REQUIRE(table.rows.size() == 6);
  CHECK(table.rows[2][table.column("choice_entropy")] == "1.19");
  CHECK(table.rows[2][table.column("condition")] == "dpo");
}

TEST_CASE("A second report over the first leaves nothing of the first behind") {
  TemporaryFolder folder;
  write_report(example_report(), folder.path());
  ReportData data = example_report();
  data.comparisons.clear();
  data.trends.clear();
  data.per_prompt.clear();
  data.quality.clear();
  write_report(data, folder.path());
  CHECK(files_in(folder.path()) ==
        std::set<std::string>{"figures/diversity_by_condition.svg",
                              "index.html",
                              "tables/result.csv",
                              "tables/result.md",
                              "tables/result.tex"});
}

TEST_CASE("The same values give the same bytes") {
  TemporaryFolder folder;
  write_report(example_report(), folder / "a");
  write_report(example_report(), folder / "b");
  for (const std::string& file : files_in(folder / "a")) {
    CHECK(read_file(folder / "a" / file) == read_file(folder / "b" / file));
  }
}

TEST_CASE("A folder that cannot be written is the world's error") {
  TemporaryFolder folder;
  test::write_text(folder / "report", "in the way");
  CHECK(test::message_of<WorldError>([&] {
          write_report(example_report(), folder / "report");
        }).find("report") != std::string::npos);
}
