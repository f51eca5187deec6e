#pragma once

#include "program.h"
#include "support.h"
#include "util/csv.h"

#include <filesystem>
#include <string>

#include <fmt/format.h>

namespace cdx::test {

inline bool has(const Result& result, const std::string& text) {
  return result.out.find(text) != std::string::npos;
}

// Two files of texts, measured into a folder.
struct MeasuredInput {
  TemporaryFolder folder;
  std::string base = (folder / "base.jsonl").string();
  std::string tuned = (folder / "tuned.jsonl").string();
  std::string out = (folder / "out").string();

  // Twelve prompts; the tuned texts repeat themselves. Prompt 0 has a third
  // text from the base.
  MeasuredInput() {
    std::string first, second;
    for (int prompt = 0; prompt < 12; ++prompt) {
      for (int i = 0; i < (prompt == 0 ? 3 : 2); ++i) {
        first += line(prompt, fmt::format("a{0} b{1} c{0}{1} d", prompt, i));
      }
      for (int i = 0; i < 2; ++i) {
        second += line(prompt, fmt::format("a{} b c d", prompt));
      }
    }
    write_text(base, first);
    write_text(tuned, second);
  }

  static std::string line(int prompt, const std::string& text) {
    return fmt::format(R"({{"prompt_id":{},"response":"{}"}})"
                       "\n",
                       prompt,
                       text);
  }

  Result measure(const std::string& more) const {
    return cdx(fmt::format(
        "measure --input {} {} --out {} {}", base, tuned, out, more));
  }

  CsvTable table(const std::string& name) const {
    return read_csv(std::filesystem::path(out) / "metrics" / name);
  }
};

inline std::string cell(const CsvTable& table, size_t row, const char* column) {
  return table.rows.at(row).at(table.column(column));
}

}  // namespace cdx::test
