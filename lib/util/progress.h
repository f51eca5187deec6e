#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace cdx {

// "generate  conformative-g0.5  1,240/2,400 stories  9,310 tokens/s  0:21
// left". On a terminal one line rewritten in place at most 10 times a second,
// else a plain line at most every 10 seconds; to stderr.
class Progress {
 public:
  // `total` items of work called `unit` ("stories"); `done` of them were done
  // by earlier runs and do not count for the rate.
  Progress(std::string stage, std::string unit, int64_t total, int64_t done);
  ~Progress();

  // `label` is what is being worked on now; `rate_items` counts what the rate
  // is quoted in (tokens), 0 to quote it in units.
  void advance(const std::string& label, int64_t units, int64_t rate_items = 0);
  void set_rate_unit(std::string unit);  // "tokens"
  // Work that is done sooner, in seconds, prints nothing; 0 by default.
  void set_quiet_time(double seconds);
  void finish();

 private:
  void print(bool last);

  std::string stage_, unit_, rate_unit_, label_;
  int64_t total_, done_at_start_, done_, rate_items_ = 0;
  double start_ = 0, last_print_ = 0, quiet_time_ = 0;
  bool terminal_ = false, finished_ = false;
  size_t last_width_ = 0;
};

}  // namespace cdx
