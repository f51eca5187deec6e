#include "decoding/race.h"

#include "kernels/cpu/cpu_kernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace cdx {
namespace {

float clock_of(float u) {
  return -std::log1p(-u);
}

// True if ids[i … i + 31] are 32 ids in a row and begin a block of random
// numbers.
bool is_block(std::span<const int32_t> ids, size_t i) {
  const size_t last = i + cpu::kRaceBlock - 1;
  return last < ids.size() && ids[i] % 4 == 0 &&
         ids[last] - ids[i] == cpu::kRaceBlock - 1;
}

// Who rings first so far.
class Race {
 public:
  Race(std::span<const int32_t> ids,
       std::span<const float> weights,
       const RandomCoordinates& at)
      : ids_(ids), weights_(weights), at_(at) {}

  size_t first_to_ring() {
    static const bool kFast = cpu::supported();
    for (size_t i = 0; i < ids_.size();) {
      if (kFast && is_block(ids_, i)) {
        run_block(i);
        i += cpu::kRaceBlock;
      } else {
        run(i++);
      }
    }
    return winner_;
  }

 private:
  void run(size_t i) {
    const auto id = static_cast<uint32_t>(ids_[i]);
    if (id / 4 != quad_) bits_ = token_bits(at_, quad_ = id / 4);
    enter(i, to_uniform(bits_[id % 4]));
  }

  void run_block(size_t i) {
    std::array<uint32_t, cpu::kRaceBlock> bits;
    uint32_t candidates =
        cpu::race_candidates(at_,
                             static_cast<uint32_t>(ids_[i]) / 4,
                             &weights_[i],
                             static_cast<float>(best_),
                             bits.data());
    for (; candidates != 0; candidates &= candidates - 1) {
      const auto j = static_cast<size_t>(std::countr_zero(candidates));
      enter(i + j, to_uniform(bits[j]));
    }
  }

  void enter(size_t i, float u) {
    if (weights_[i] == 0) return;
    // In double: in float the times of tiny weights overflow.
    const double time = double{clock_of(u)} / weights_[i];
    if (time < best_) {
      best_ = time;
      winner_ = i;
    }
  }

  std::span<const int32_t> ids_;
  std::span<const float> weights_;
  const RandomCoordinates& at_;
  size_t winner_ = 0;
  double best_ = std::numeric_limits<double>::infinity();
  PhiloxBlock bits_{};
  uint32_t quad_ = std::numeric_limits<uint32_t>::max();
};

cpu::WeightSums plain_sums(std::span<const float> weights) {
  cpu::WeightSums sums{.sum = 0, .weighted = 0};
  for (const float weight : weights) {
    sums.sum += weight;
    if (weight > 0) sums.weighted += double{weight} * std::log(weight);
  }
  return sums;
}

cpu::WeightSums sums_of(std::span<const float> weights) {
  static const bool kFast = cpu::supported();
  if (!kFast) return plain_sums(weights);
  const cpu::WeightSums sums =
      cpu::weight_sums(weights.data(), static_cast<int64_t>(weights.size()));
  // Where nearly all may lie below the normal floats.
  return sums.sum < 1e-25 ? plain_sums(weights) : sums;
}

}  // namespace

float exponential(const RandomCoordinates& at, int32_t id) {
  const auto token = static_cast<uint32_t>(id);
  return clock_of(to_uniform(token_bits(at, token / 4)[token % 4]));
}

float coin(const RandomCoordinates& at) {
  return to_uniform(row_bits(at, RandomDomain::kSwitch)[0]);
}

Winner race(std::span<const int32_t> ids,
            std::span<const float> weights,
            const RandomCoordinates& at,
            bool sample) {
  const cpu::WeightSums sums = sums_of(weights);
  Winner winner{.total = sums.sum};
  if (!(winner.total > 0)) return winner;
  winner.entropy = std::log(winner.total) - sums.weighted / winner.total;
  winner.place = sample ? Race(ids, weights, at).first_to_ring()
                        : static_cast<size_t>(
                              std::max_element(weights.begin(), weights.end()) -
                              weights.begin());
  return winner;
}

}  // namespace cdx
