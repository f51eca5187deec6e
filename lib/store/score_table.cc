#include "store/score_table.h"

#include "util/csv.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <string_view>

#include <fmt/format.h>

namespace cdx {
namespace {

bool is_key(const std::string& field) {
  return field == "condition" || field == "prompt_id" || field == "sample";
}

// nullopt for what is no number.
std::optional<double> number_of(const Json& value) {
  if (value.is_null()) return std::nan("");
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number()) return value.get<double>();
  return std::nullopt;
}

// A field of a table that is a number, as that.
Json typed(const std::string& field) {
  if (field.empty()) return nullptr;
  double value = 0;
  const char* end = field.data() + field.size();
  const auto [stop, error] = std::from_chars(field.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return field;
  // Infinite, or next to 0, which from_chars does not say.
  if (error == std::errc::result_out_of_range) {
    return std::strtod(field.c_str(), nullptr);
  }
  return std::isnan(value) ? Json(nullptr) : Json(value);
}

class Reader {
 public:
  explicit Reader(const std::filesystem::path& path) : path_(path) {}

  ScoreTable read() {
    path_.extension() == ".csv" ? read_table() : read_lines();
    std::vector<size_t> kept;
    for (size_t c = 0; c < names_.size(); ++c) {
      if (not_scores_.contains(names_[c])) {
        result_.not_scores.push_back(names_[c]);
      } else {
        kept.push_back(c);
        result_.names.push_back(names_[c]);
      }
    }
    if (kept.empty()) {
      throw UserError(
          fmt::format("{}: there is no column of numbers beside condition, "
                      "prompt_id and sample",
                      path_.string()));
    }
    for (auto& [key, all] : result_.rows) {
      all.resize(names_.size(), std::nan(""));
      std::vector<double> numbers;
      for (const size_t c : kept) numbers.push_back(all[c]);
      all = std::move(numbers);
    }
    return std::move(result_);
  }

 private:
  void read_lines() {
    for_each_line(path_, [&](std::string_view text, int64_t number) {
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) return;
      const std::string where = fmt::format("{}:{}", path_.string(), number);
      const Json line = parse_json(text, where);
      if (!line.is_object()) {
        throw UserError(where + ": the line is not a JSON object");
      }
      add(line, where);
    });
  }

  void read_table() {
    const CsvTable table = read_csv(path_);
    for (size_t i = 0; i < table.rows.size(); ++i) {
      Json line = Json::object();
      for (size_t c = 0; c < table.header.size(); ++c) {
        const std::string& name = table.header[c];
        const std::string& field = table.rows[i][c];
        line[name] = name == "condition" || name == "prompt_id" ? Json(field)
                                                                : typed(field);
      }
      add(line, fmt::format("{}:{}", path_.string(), table.lines[i]));
    }
  }

  void add(const Json& line, const std::string& where) {
    const TextKey key{json_label(line, "condition", where),
                      json_label(line, "prompt_id", where),
                      sample_of(line, where)};
    const auto [row, is_new] = result_.rows.try_emplace(key);
    if (!is_new) {
      throw UserError(
          fmt::format("{}: a second row of condition '{}', prompt '{}', sample "
                      "{}",
                      where,
                      key.condition,
                      key.prompt_id,
                      key.sample));
    }
    for (const auto& [name, value] : line.items()) {
      if (!is_key(name)) add_number(name, value, where, row->second);
    }
  }

  static int64_t sample_of(const Json& line, const std::string& where) {
    const double sample = json_double(line, "sample", where);
    if (sample < 0 || sample != std::floor(sample) || sample > 1e15) {
      throw UserError(
          fmt::format("{}: \"sample\" is not a whole number from 0", where));
    }
    return static_cast<int64_t>(sample);
  }

  void add_number(const std::string& name,
                  const Json& value,
                  const std::string& where,
                  std::vector<double>& numbers) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    const auto column = static_cast<size_t>(found - names_.begin());
    if (found == names_.end()) names_.push_back(name);
    const std::optional<double> number = number_of(value);
    if (!number) {
      not_scores_.insert(name);
      return;
    }
    if (std::isinf(*number)) {
      throw UserError(fmt::format("{}: \"{}\" is infinite", where, name));
    }
    if (numbers.size() <= column) numbers.resize(column + 1, std::nan(""));
    numbers[column] = *number;
  }

  const std::filesystem::path& path_;
  ScoreTable result_;
  std::vector<std::string> names_;
  std::set<std::string> not_scores_;
};

}  // namespace

ScoreTable read_score_table(const std::filesystem::path& path) {
  return Reader(path).read();
}

}  // namespace cdx
