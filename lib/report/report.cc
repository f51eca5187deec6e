#include "report/report.h"

#include "report/figures.h"
#include "report/further_tables.h"
#include "report/page.h"
#include "report/result_tables.h"
#include "util/files.h"

namespace cdx {
namespace {

void write_or_remove(const std::filesystem::path& path,
                     bool wanted,
                     const std::string& content) {
  if (wanted) {
    write_file_atomic(path, content);
  } else {
    std::error_code absent;
    std::filesystem::remove(path, absent);
  }
}

void write_table(const Table& table, const std::filesystem::path& folder) {
  const bool wanted = !table.rows.empty();
  const auto path = [&](const char* ending) {
    return folder / (table.name + ending);
  };
  write_or_remove(path(".csv"), wanted, table_csv(table));
  write_or_remove(path(".md"), wanted, table_markdown(table));
  write_or_remove(path(".tex"), wanted, table_latex(table));
}

}  // namespace

void write_report(const ReportData& data, const std::filesystem::path& folder) {
  check(data);
  for (const Table& table : {result_table(data),
                             comparison_table(data),
                             exploratory_table(data),
                             trend_table(data),
                             step_table(data),
                             across_table(data),
                             bounds_table(data),
                             position_table(data)}) {
    write_table(table, folder / "tables");
  }
  for (const Figure& figure : {diversity_figure(data),
                               quality_figure(data),
                               per_prompt_figure(data)}) {
    const bool wanted = !figure.panels.empty();
    write_or_remove(folder / "figures" / (figure.name + ".svg"),
                    wanted,
                    wanted ? figure_file(figure) : "");
  }
  write_file_atomic(folder / "index.html", report_page(data));
}

}  // namespace cdx
