#include "store/generation_log.h"

#include "store/folders.h"
#include "store/lines.h"
#include "util/errors.h"

#include <algorithm>
#include <array>
#include <functional>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

namespace cdx {
namespace {

constexpr std::chrono::seconds kSyncInterval{5};

void note(std::string where, std::string& first) {
  if (first.empty()) first = std::move(where);
}

// Calls `line(text, where)` for each sound line of the folder.
void for_each_sound_line(
    const std::filesystem::path& folder,
    LogProblems& problems,
    const std::function<void(std::string_view, const std::string&)>& line) {
  for (const std::filesystem::path& file :
       files_with_extension(folder, ".jsonl")) {
    for_each_stored_line(
        file,
        [&](std::string_view text, LineState state, const std::string& where) {
          if (state == LineState::kSound) {
            line(text, where);
          } else if (state == LineState::kTorn) {
            ++problems.torn;
          } else {
            ++problems.damaged;
            note(where, problems.first);
          }
        });
  }
}

auto order(const GenerationRecord& record) {
  return std::tie(record.coordinates.prompt_id, record.coordinates.sample);
}

// Sorts, and keeps the first of each story. `wheres` are the records' lines.
void keep_first(std::vector<GenerationRecord>& records,
                const std::vector<std::string>& wheres,
                LogProblems& problems) {
  std::vector<size_t> sorted(records.size());
  for (size_t i = 0; i < sorted.size(); ++i) sorted[i] = i;
  std::stable_sort(sorted.begin(), sorted.end(), [&](size_t a, size_t b) {
    return order(records[a]) < order(records[b]);
  });
  std::vector<GenerationRecord> kept;
  for (const size_t i : sorted) {
    if (kept.empty() || order(kept.back()) != order(records[i])) {
      kept.push_back(std::move(records[i]));
    } else if (kept.back().token_ids == records[i].token_ids) {
      ++problems.duplicates;
    } else {
      ++problems.conflicts;
      note(wheres[i], problems.first);
    }
  }
  records = std::move(kept);
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "host";
  return file_name_of(name.data());
}

}  // namespace

GenerationWriter::GenerationWriter(std::filesystem::path folder,
                                   std::string process)
    : folder_(std::move(folder)), process_(std::move(process)) {}

void GenerationWriter::append(const GenerationRecord& record) {
  const auto now = std::chrono::steady_clock::now();
  if (!log_) {
    make_folders(folder_);
    log_ = std::make_unique<AppendLog>(folder_ / (process_ + ".jsonl"));
    last_sync_ = now;
  }
  log_->append(encode_record(record));
  if (now - last_sync_ >= kSyncInterval) sync();
}

void GenerationWriter::sync() {
  if (!log_) return;
  log_->sync();
  last_sync_ = std::chrono::steady_clock::now();
}

std::string unique_process_name(const std::string& shard, int64_t restart) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
  return fmt::format("{}-r{}-{}-{}-{}",
                     shard,
                     restart,
                     host_name(),
                     getpid(),
                     now.time_since_epoch().count());
}

std::string LogProblems::warning() const {
  if (damaged + conflicts == 0) return "";
  std::string text;
  if (damaged > 0) {
    text = fmt::format(
        "{} damaged lines left out, their stories count as "
        "missing",
        damaged);
  }
  if (conflicts > 0) {
    text += fmt::format(
        "{}{} stories were drawn twice with different tokens, "
        "the first counts",
        text.empty() ? "" : "; ",
        conflicts);
  }
  return fmt::format("{} (first: {})", text, first);
}

Generations read_generations(const std::filesystem::path& folder) {
  Generations result;
  std::vector<std::string> wheres;
  for_each_sound_line(folder,
                      result.problems,
                      [&](std::string_view line, const std::string& where) {
                        result.records.push_back(decode_record(line, where));
                        wheres.push_back(where);
                      });
  keep_first(result.records, wheres, result.problems);
  return result;
}

DoneSamples done_samples(const std::filesystem::path& folder) {
  DoneSamples done;
  for_each_sound_line(folder,
                      done.problems,
                      [&](std::string_view line, const std::string& where) {
                        const auto coordinates = read_coordinates(line);
                        if (!coordinates) {
                          throw UserError(where + ": not a generation record");
                        }
                        const bool added = done.samples[coordinates->prompt_id]
                                               .insert(coordinates->sample)
                                               .second;
                        ++(added ? done.count : done.problems.duplicates);
                      });
  return done;
}

}  // namespace cdx
