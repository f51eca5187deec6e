#include "store/score_log.h"

#include "store/lines.h"

#include <set>
#include <utility>

namespace cdx {
namespace {

constexpr std::chrono::seconds kSyncInterval{5};

}  // namespace

ScoreLog::ScoreLog(std::filesystem::path path) : path_(std::move(path)) {
  if (!std::filesystem::exists(path_)) return;
  for_each_stored_line(
      path_,
      [&](std::string_view text, LineState state, const std::string& where) {
        if (state == LineState::kSound) {
          ScoreLine line = decode_score(text, where);
          clean_ &= scores_.emplace(line.head, std::move(line.score)).second;
          return;
        }
        clean_ = false;
        if (state == LineState::kDamaged && first_damage_.empty()) {
          first_damage_ = where;
        }
      });
}

void ScoreLog::drop(const std::string& head) {
  if (scores_.erase(head) > 0) clean_ = false;
}

void ScoreLog::open() {
  if (!clean_) {
    std::string kept;
    std::set<std::string> heads;
    for_each_stored_line(
        path_,
        [&](std::string_view text, LineState state, const std::string& where) {
          if (state != LineState::kSound) return;
          const ScoreLine line = decode_score(text, where);
          if (!scores_.contains(line.head) || !heads.insert(line.head).second) {
            return;
          }
          kept.append(text).push_back('\n');
        });
    write_file_atomic(path_, kept);
  }
  clean_ = true;
  log_ = std::make_unique<AppendLog>(path_, AppendLog::Mode::kContinue);
  last_sync_ = std::chrono::steady_clock::now();
}

void ScoreLog::append(const ScoreLine& line) {
  if (!log_) open();
  log_->append(encode_score(line));
  scores_.insert_or_assign(line.head, line.score);
  const auto now = std::chrono::steady_clock::now();
  if (now - last_sync_ >= kSyncInterval) sync();
}

void ScoreLog::sync() {
  if (!log_) return;
  log_->sync();
  last_sync_ = std::chrono::steady_clock::now();
}

}  // namespace cdx
