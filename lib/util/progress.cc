#include "util/progress.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cdx {
namespace {

constexpr double kTerminalInterval = 0.1, kPlainInterval = 10;  // seconds

double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string with_commas(int64_t number) {
  std::string text = std::to_string(number);
  for (int64_t i = static_cast<int64_t>(text.size()) - 3; i > 0; i -= 3) {
    text.insert(static_cast<size_t>(i), 1, ',');
  }
  return text;
}

// 0:21, 12:05, 3:07:44
std::string duration(double seconds) {
  auto s = static_cast<int64_t>(std::llround(seconds));
  if (s < 3600) return fmt::format("{}:{:02}", s / 60, s % 60);
  return fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string rate_text(double rate, const std::string& unit) {
  std::string number =
      rate < 10 ? fmt::format("{:.1f}", rate)
                : with_commas(static_cast<int64_t>(std::llround(rate)));
  return fmt::format("{} {}/s", number, unit);
}

size_t terminal_width() {
  winsize size{};
  bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0;
  return known && size.ws_col > 1 ? size.ws_col - 1 : 79;
}

}  // namespace

Progress::Progress(std::string stage,
                   std::string unit,
                   int64_t total,
                   int64_t done)
    : stage_(std::move(stage)),
      unit_(std::move(unit)),
      total_(total),
      done_at_start_(done),
      done_(done),
      start_(now()),
      terminal_(::isatty(STDERR_FILENO) == 1) {
  last_print_ = start_;
}

Progress::~Progress() {
  finish();
}

void Progress::set_rate_unit(std::string unit) {
  rate_unit_ = std::move(unit);
}

void Progress::set_quiet_time(double seconds) {
  quiet_time_ = seconds;
}

void Progress::advance(const std::string& label,
                       int64_t units,
                       int64_t rate_items) {
  label_ = label;
  done_ += units;
  rate_items_ += rate_items;
  double interval = terminal_ ? kTerminalInterval : kPlainInterval;
  const double time = now();
  if (time - last_print_ >= interval && time - start_ >= quiet_time_) {
    print(false);
  }
}

void Progress::finish() {
  if (finished_) return;
  finished_ = true;
  const bool worked = done_ > done_at_start_ && now() - start_ >= quiet_time_;
  if (worked || last_width_ > 0) print(true);
}

void Progress::print(bool last) {
  last_print_ = now();
  double elapsed = std::max(last_print_ - start_, 1e-3);
  auto worked = static_cast<double>(done_ - done_at_start_);
  std::string line = stage_;
  if (!label_.empty() && !last) line += "  " + label_;
  line +=
      fmt::format("  {}/{} {}", with_commas(done_), with_commas(total_), unit_);
  bool items = rate_items_ > 0 && !rate_unit_.empty();
  line += "  " + rate_text((items ? static_cast<double>(rate_items_) : worked) /
                               elapsed,
                           items ? rate_unit_ : unit_);
  if (last) {
    line += "  in " + duration(elapsed);
  } else if (worked > 0) {
    auto left = static_cast<double>(std::max<int64_t>(total_ - done_, 0));
    line += fmt::format("  {} left", duration(left * elapsed / worked));
  }
  if (terminal_) {
    line.resize(std::min(line.size(), terminal_width()));
    fmt::print(stderr, "\r{:<{}}{}", line, last_width_, last ? "\n" : "");
  } else {
    fmt::print(stderr, "{}\n", line);
  }
  std::fflush(stderr);
  last_width_ = line.size();
}

}  // namespace cdx
