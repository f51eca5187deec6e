#include "outside.h"

#include "store/npy_input.h"
#include "util/csv.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

int64_t sample_of(const std::string& field, const std::string& where) {
  int64_t sample = 0;
  const char* end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, sample);
  if (error != std::errc() || stop != end || sample < 0) {
    throw UserError(fmt::format(
        "{}: sample \"{}\" is no whole number from 0 on", where, field));
  }
  return sample;
}

// What a file says of each text.
template <typename T>
class PlacedValues {
 public:
  explicit PlacedValues(const fs::path& file) : file_(file) {}

  void add(TextPlace place, T value, const std::string& where) {
    if (values_.emplace(std::move(place), std::move(value)).second) return;
    throw UserError(fmt::format("{}: this text was there before", where));
  }

  const T& at(const TextPlace& place) const {
    const auto found = values_.find(place);
    if (found != values_.end()) return found->second;
    throw UserError(fmt::format(
        "{}: nothing about condition '{}', prompt '{}', sample {} (counted "
        "from 0 in the order in which the texts are read)",
        file_.string(),
        place.condition,
        place.prompt_id,
        place.sample));
  }

 private:
  const fs::path& file_;
  std::map<TextPlace, T> values_;
};

// Calls take(line, place, where) for each line of a JSONL file.
template <typename Take>
void for_each_place(const fs::path& file, Take&& take) {
  for_each_line(file, [&](std::string_view text, int64_t number) {
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
    const std::string where = fmt::format("{}:{}", file.string(), number);
    const Json line = parse_json(text, where);
    take(line,
         TextPlace{json_label(line, "condition", where),
                   json_label(line, "prompt_id", where),
                   sample_of(json_label(line, "sample", where), where)},
         where);
  });
}

std::vector<float> vector_of(const Json& line, const std::string& where) {
  std::vector<float> row;
  for (const Json& number : json_list(line, "embedding", where)) {
    if (!number.is_number()) {
      throw UserError(where + ": \"embedding\" is no list of numbers");
    }
    row.push_back(number.get<float>());
    if (!std::isfinite(row.back())) {
      throw UserError(where + ": \"embedding\" has a number out of range");
    }
  }
  return row;
}

NpyMatrix matrix_of_lines(const fs::path& file,
                          const std::vector<TextPlace>& places) {
  PlacedValues<std::vector<float>> rows(file);
  size_t columns = 0;
  for_each_place(file,
                 [&](const Json& line, TextPlace&& place, const auto& where) {
                   std::vector<float> row = vector_of(line, where);
                   if (columns == 0) columns = row.size();
                   if (row.empty() || row.size() != columns) {
                     throw UserError(
                         fmt::format("{}: {} numbers, the lines before have {}",
                                     where,
                                     row.size(),
                                     columns));
                   }
                   rows.add(std::move(place), std::move(row), where);
                 });
  NpyMatrix matrix{.rows = static_cast<int64_t>(places.size()),
                   .columns = static_cast<int64_t>(columns),
                   .values = {}};
  for (const TextPlace& place : places) {
    const std::vector<float>& row = rows.at(place);
    matrix.values.insert(matrix.values.end(), row.begin(), row.end());
  }
  return matrix;
}

}  // namespace

Embeddings read_outside_embeddings(const fs::path& file,
                                   const std::vector<TextPlace>& places) {
  const NpyMatrix matrix = file.extension() == ".npy"
                               ? read_npy_input(file)
                               : matrix_of_lines(file, places);
  if (matrix.rows != static_cast<int64_t>(places.size())) {
    throw UserError(
        fmt::format("{}: {} rows for {} texts; there is to be one for each "
                    "text, in the order in which the texts are read",
                    file.string(),
                    matrix.rows,
                    places.size()));
  }
  Embeddings rows(matrix.rows, matrix.columns);
  std::copy(matrix.values.begin(), matrix.values.end(), rows.data());
  for (int64_t i = 0; i < matrix.rows; ++i) {
    if (!rows.row(i).isZero(0)) continue;
    throw UserError(fmt::format(
        "{}: row {} is all zeros, which has no direction", file.string(), i));
  }
  return rows;
}

std::vector<std::string> read_outside_classes(
    const fs::path& file, const std::vector<TextPlace>& places) {
  PlacedValues<std::string> classes(file);
  if (file.extension() == ".csv") {
    const CsvTable table = read_csv(file);
    const size_t condition = table.column("condition");
    const size_t prompt = table.column("prompt_id");
    const size_t sample = table.column("sample");
    const size_t name = table.column("class");
    for (size_t i = 0; i < table.rows.size(); ++i) {
      const std::vector<std::string>& row = table.rows[i];
      const std::string where =
          fmt::format("{}:{}", file.string(), table.lines[i]);
      classes.add({row[condition], row[prompt], sample_of(row[sample], where)},
                  row[name],
                  where);
    }
  } else {
    for_each_place(
        file, [&](const Json& line, TextPlace&& place, const auto& where) {
          classes.add(
              std::move(place), json_label(line, "class", where), where);
        });
  }
  std::vector<std::string> result;
  result.reserve(places.size());
  for (const TextPlace& place : places) result.push_back(classes.at(place));
  return result;
}

}  // namespace cdx
