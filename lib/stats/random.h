#pragma once

#include <cstddef>
#include <cstdint>

namespace cdx {

// SplitMix64 (Steele, Lea & Flood 2014). Its state is a counter, so a stream
// can start at any position: what resample r draws depends on the seed and r
// alone, on no thread and no machine.
class SplitMix64 {
 public:
  // `position`: how many numbers of the seed's stream come before the first.
  explicit SplitMix64(uint64_t seed, uint64_t position = 0)
      : state_(seed + position * kStep) {}

  uint64_t next() {
    state_ += kStep;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  // Uniform in 0 … n−1, n < 2^32; its bias of at most n/2^32 of a probability
  // is far below what resampling can show.
  size_t below(uint64_t n) { return ((next() >> 32) * n) >> 32; }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15u;

  uint64_t state_;
};

}  // namespace cdx
