#include "decoding/race.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cdx {
namespace {

float exponential_of(uint32_t bits) {
  return -std::log1p(-to_uniform(bits));
}

size_t first_to_ring(std::span<const int32_t> ids,
                     std::span<const float> weights,
                     const RandomCoordinates& at) {
  size_t winner = 0;
  double best = std::numeric_limits<double>::infinity();
  PhiloxBlock bits{};
  uint32_t quad = std::numeric_limits<uint32_t>::max();
  for (size_t i = 0; i < ids.size(); ++i) {
    const auto id = static_cast<uint32_t>(ids[i]);
    if (id / 4 != quad) bits = token_bits(at, quad = id / 4);
    if (weights[i] == 0) continue;
    // In double: in float the times of tiny weights overflow.
    const double time = double{exponential_of(bits[id % 4])} / weights[i];
    if (time < best) {
      best = time;
      winner = i;
    }
  }
  return winner;
}

}  // namespace

float exponential(const RandomCoordinates& at, int32_t id) {
  const auto token = static_cast<uint32_t>(id);
  return exponential_of(token_bits(at, token / 4)[token % 4]);
}

float coin(const RandomCoordinates& at) {
  return to_uniform(row_bits(at, RandomDomain::kSwitch)[0]);
}

Winner race(std::span<const int32_t> ids,
            std::span<const float> weights,
            const RandomCoordinates& at,
            bool sample) {
  Winner winner;
  double weighted = 0;
  for (const float weight : weights) {
    winner.total += weight;
    if (weight > 0) weighted += double{weight} * std::log(weight);
  }
  if (!(winner.total > 0)) return winner;
  winner.entropy = std::log(winner.total) - weighted / winner.total;
  winner.place = sample ? first_to_ring(ids, weights, at)
                        : static_cast<size_t>(
                              std::max_element(weights.begin(), weights.end()) -
                              weights.begin());
  return winner;
}

}  // namespace cdx
