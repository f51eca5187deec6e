#pragma once

#include "store/record.h"
#include "util/files.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

// The stories of one condition: a folder of files that only grow, one writer a
// file. Readers take what is whole and leave every file as it is.
namespace cdx {

// Appends stories to a file of its own, made with the first of them.
class GenerationWriter {
 public:
  // `process` tells this process from all others that write into `folder`
  // (unique_process_name()).
  GenerationWriter(std::filesystem::path folder, std::string process);

  // The story survives a crash of this process at once, and a crash of the
  // machine within some seconds. Throws WorldError.
  void append(const GenerationRecord& record);
  // Every story appended so far survives a power cut. Call it at the end.
  void sync();

 private:
  std::filesystem::path folder_;
  std::string process_;
  std::unique_ptr<AppendLog> log_;
  std::chrono::steady_clock::time_point last_sync_;
};

// "SHARD-rRESTART-HOST-PID-TIME": differs between any two processes.
std::string unique_process_name(const std::string& shard, int64_t restart);

// What was found besides sound records.
struct LogProblems {
  int64_t torn = 0;        // last lines that a crash cut off
  int64_t damaged = 0;     // other lines whose CRC does not match
  int64_t conflicts = 0;   // stories drawn twice with different ids
  int64_t duplicates = 0;  // stories drawn twice, alike: harmless
  std::string first;       // file and line of the first damage or conflict

  // One line for the user, "" if nothing needs saying.
  std::string warning() const;
};

struct Generations {
  // Sorted by prompt id and sample; each story once.
  std::vector<GenerationRecord> records;
  LogProblems problems;
};

// All *.jsonl of a folder; none if the folder does not exist. Of stories drawn
// twice the first in the order of file names counts. Throws WorldError for what
// cannot be read, UserError for a sound line that is no record.
Generations read_generations(const std::filesystem::path& folder);

struct DoneSamples {
  std::map<std::string, std::set<int64_t>> samples;  // by prompt id
  int64_t count = 0;
  LogProblems problems;  // conflicts are not looked for
};

// Which stories are there, without parsing them.
DoneSamples done_samples(const std::filesystem::path& folder);

}  // namespace cdx
