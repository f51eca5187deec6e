#include "fuzz/targets.h"
#include "store/npy_input.h"
#include "store/score_table.h"
#include "store/text_files.h"
#include "support.h"
#include "util/errors.h"
#include "util/unicode.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <stdexcept>

namespace cdx::fuzz {
namespace {

void require(bool is_true, const char* what) {
  if (!is_true) throw std::logic_error(what);
}

// Calls `read` with the bytes as a file of each ending.
template <typename Read>
void read_as(std::initializer_list<const char*> endings,
             std::string_view bytes,
             Read read) {
  static const test::TemporaryFolder folder;
  for (const char* ending : endings) {
    const std::filesystem::path file = folder / (std::string("input") + ending);
    test::write_text(file, bytes);
    read(file);
  }
}

void read_texts(const std::filesystem::path& file, bool skip_bad_lines) {
  try {
    const TextFiles files = read_text_files(
        {.inputs = {file.string()}, .skip_bad_lines = skip_bad_lines});
    require(!files.texts.empty(), "no text, and no error");
    require(files.bad_lines == 0 || skip_bad_lines, "a bad line was passed");
    for (const FileText& text : files.texts) {
      for (const std::string* field : {&text.condition,
                                       &text.prompt_id,
                                       &text.text,
                                       &text.prompt,
                                       &text.finish_reason}) {
        require(is_utf8(*field), "a field is no UTF-8");
      }
    }
  } catch (const Error&) {
  }
}

}  // namespace

void text_files(std::string_view bytes) {
  read_as({".jsonl", ".csv"}, bytes, [](const auto& file) {
    read_texts(file, false);
    read_texts(file, true);
  });
}

void score_table(std::string_view bytes) {
  read_as({".jsonl", ".csv"}, bytes, [](const auto& file) {
    try {
      const ScoreTable table = read_score_table(file);
      require(!table.names.empty(), "no score, and no error");
      for (const auto& [key, numbers] : table.rows) {
        require(key.sample >= 0, "a sample below 0");
        require(numbers.size() == table.names.size(), "a row of other length");
        for (const double number : numbers) {
          require(!std::isinf(number), "an infinite score");
        }
      }
    } catch (const Error&) {
    }
  });
}

void npy(std::string_view bytes) {
  read_as({".npy"}, bytes, [](const auto& file) {
    try {
      const NpyMatrix matrix = read_npy_input(file);
      require(matrix.rows > 0 && matrix.columns > 0, "an empty matrix");
      require(matrix.values.size() == static_cast<size_t>(matrix.rows) *
                                          static_cast<size_t>(matrix.columns),
              "other numbers than the shape's");
      require(std::all_of(matrix.values.begin(),
                          matrix.values.end(),
                          [](float x) { return std::isfinite(x); }),
              "a number that is not finite");
    } catch (const Error&) {
    }
  });
}

}  // namespace cdx::fuzz
