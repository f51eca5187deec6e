#pragma once

#include "metrics/text_set.h"
#include "store/score_table.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace cdx {

// Gives scores from outside to the texts that they are of.
class AttachScores {
 public:
  // UserError: what read_score_table() throws; a score called as a metric is.
  explicit AttachScores(std::filesystem::path path);

  void attach(TextSet& set);

  // After the last set: prints what of the file was not used. UserError unless
  // every text has every score.
  void finish() const;

 private:
  std::filesystem::path path_;
  ScoreTable table_;
  size_t texts_ = 0, missing_ = 0, used_ = 0;
  std::string first_missing_;
};

}  // namespace cdx
