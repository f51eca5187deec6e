#pragma once

#include "store/score.h"
#include "util/files.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace cdx {

// A file of scores that grows, and is continued where an earlier process
// stopped. One writer at a time.
class ScoreLog {
 public:
  // Reads what is there: of each head the first sound line. Throws WorldError
  // for what cannot be read, UserError for a sound line that is no score.
  explicit ScoreLog(std::filesystem::path path);

  // By head.
  const std::map<std::string, Score>& scores() const { return scores_; }
  // "FILE:NUMBER" of the first damaged line but for a torn last one, "" if
  // there is none.
  const std::string& first_damage() const { return first_damage_; }

  // The score does not count any more; nothing happens if there is none.
  void drop(const std::string& head);
  // Survives a crash of this process at once, and one of the machine within
  // some seconds. The first call removes from the file what does not count
  // (torn, damaged, dropped lines), by a new file in its place. Throws
  // WorldError.
  void append(const ScoreLine& line);
  // Every score appended so far survives a power cut. Call it at the end.
  void sync();

 private:
  void open();

  std::filesystem::path path_;
  std::map<std::string, Score> scores_;
  std::string first_damage_;
  bool clean_ = true;  // every line of the file counts
  std::unique_ptr<AppendLog> log_;
  std::chrono::steady_clock::time_point last_sync_;
};

}  // namespace cdx
