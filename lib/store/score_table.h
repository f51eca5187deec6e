#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

// Numbers that other programs gave to texts: reward models, judges. JSON lines
// or CSV (by the file's ending) with `condition`, `prompt_id`, `sample` and a
// column a score; as per_text.csv of a measurement counts them.
namespace cdx {

struct TextKey {
  std::string condition, prompt_id;
  int64_t sample = 0;
  auto operator<=>(const TextKey&) const = default;
};

struct ScoreTable {
  std::vector<std::string> names;  // of the scores, in the file's order
  // In the order of names; NaN where the field is absent, empty or null.
  std::map<TextKey, std::vector<double>> rows;
  std::vector<std::string> not_scores;  // columns with something else in them
};

// Truth values count as 0 and 1. UserError with file and line: a key that is
// missing or of another type, two rows of one text, a number that is infinite;
// no column of numbers.
ScoreTable read_score_table(const std::filesystem::path& path);

}  // namespace cdx
