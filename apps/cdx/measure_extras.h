#pragma once

#include "experiment/config.h"

#include <filesystem>
#include <string>

namespace cdx {

// What the command line of `cdx measure` may ask beside the experiment file.
struct MeasureExtras {
  std::filesystem::path scores;  // of other programs, see store/score_table.h
  std::string gate;              // NAME>=NUMBER: what effective_* count
  bool rarefaction = false;
  bool reliability = false;
  bool match_length = false;
  int64_t length_floor = 0;  // 0: as in the options
  std::string long_text;     // windows, truncate or "": as in the options
  int64_t by_position = 0;   // words of a stretch
  bool bounds = false;
};

// Puts them into the options; with scores the metric `score`, too. UserError:
// the gate cannot be read or needs a tale grammar; a metric of the options
// needs a gate or scores and has none.
void add_extras(const MeasureExtras& extras, MeasureOptions& options);

}  // namespace cdx
