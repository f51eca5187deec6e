#pragma once

#include "kernels/philox.h"

#include <cstdint>
#include <span>

namespace cdx {

// The draw: an exponential race. The token's clock rings at −log1p(−u)/w, u its
// random number, w its weight; the first to ring wins (equal times: the lower
// id), so each wins with probability w / Σ w. Tokens of weight 0 never win.
struct Winner {
  size_t place = 0;    // in ids
  double total = 0;    // Σ w
  double entropy = 0;  // of w / Σ w, nats
};

// ids ascending, weights >= 0 beside them. `sample` false: the largest weight
// wins. Total 0: there is no winner, and place means nothing.
Winner race(std::span<const int32_t> ids,
            std::span<const float> weights,
            const RandomCoordinates& at,
            bool sample);

// −log1p(−u) of one token.
float exponential(const RandomCoordinates& at, int32_t id);

// Uniform in (0, 1) of a row's coin, apart from every token's.
float coin(const RandomCoordinates& at);

}  // namespace cdx
