#include "store/token_records.h"

#include "util/errors.h"
#include "util/json.h"

#include <bit>
#include <fstream>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little);

fs::path description_of(const fs::path& data) {
  return fs::path(data).replace_extension(".json");
}

std::vector<std::string> read_columns(const fs::path& file) {
  const Json json = parse_json_file(file);
  const std::string where = file.string();
  if (json_string(json, "dtype", where) != "<f4") {
    throw UserError(where + ": dtype is not <f4");
  }
  std::vector<std::string> columns;
  const Json& list = json_at(json, "columns", where);
  if (!list.is_array()) throw UserError(where + ": columns is not a list");
  for (const Json& column : list) {
    if (!column.is_string()) throw UserError(where + ": columns are no texts");
    columns.push_back(column.get<std::string>());
  }
  if (columns.empty()) throw UserError(where + ": there are no columns");
  return columns;
}

}  // namespace

TokenRecordWriter::TokenRecordWriter(fs::path folder,
                                     std::string process,
                                     std::vector<std::string> columns)
    : folder_(std::move(folder)),
      name_(process + ".tokens.f32"),
      columns_(std::move(columns)) {}

TokenRecordPlace TokenRecordWriter::append(const std::vector<float>& rows) {
  if (!log_) {
    const Json description = {{"dtype", "<f4"}, {"columns", columns_}};
    write_file_atomic(description_of(folder_ / name_),
                      dump_json(description) + "\n");
    log_ = std::make_unique<AppendLog>(folder_ / name_);
  }
  log_->write({reinterpret_cast<const char*>(rows.data()),
               rows.size() * sizeof(float)});
  const TokenRecordPlace place{.file = name_, .row = rows_};
  rows_ += static_cast<int64_t>(rows.size() / columns_.size());
  return place;
}

void TokenRecordWriter::sync() {
  if (log_) log_->sync();
}

TokenRecords read_token_records(const fs::path& folder,
                                const TokenRecordPlace& place,
                                int64_t n) {
  if (fs::path(place.file).filename() != place.file) {
    throw UserError(fmt::format(
        "{}: '{}' is no file of this folder", folder.string(), place.file));
  }
  const fs::path file = folder / place.file;
  TokenRecords records{.columns = read_columns(description_of(file)),
                       .values = {}};
  const auto width = static_cast<int64_t>(records.columns.size());
  if (place.row < 0 || n < 0) {
    throw UserError(fmt::format("{}: rows {} to {} are no rows of a story",
                                file.string(),
                                place.row,
                                place.row + n - 1));
  }
  const int64_t row_bytes = width * static_cast<int64_t>(sizeof(float));
  std::error_code missing;
  const auto size = static_cast<int64_t>(fs::file_size(file, missing));
  std::ifstream in(file, std::ios::binary);
  if (!missing && n <= size / row_bytes && place.row <= size / row_bytes - n) {
    records.values.resize(static_cast<size_t>(n * width));
    in.seekg(place.row * row_bytes);
    in.read(reinterpret_cast<char*>(records.values.data()), n * row_bytes);
  } else {
    in.setstate(std::ios::failbit);
  }
  if (!in) {
    throw WorldError(
        fmt::format("{}: rows {} to {} cannot be read: the file is "
                    "missing or too short",
                    file.string(),
                    place.row,
                    place.row + n - 1));
  }
  return records;
}

}  // namespace cdx
