#include "kernels/cpu/cpu_kernels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace cdx::cpu {
namespace {

void keep_all(const float* p, int64_t vocab, std::vector<int32_t>& kept) {
  kept.clear();
  for (int64_t id = 0; id < vocab; ++id) {
    if (p[id] > 0) kept.push_back(static_cast<int32_t>(id));
  }
}

void keep_at_least(const float* p,
                   int64_t vocab,
                   float threshold,
                   std::vector<int32_t>& kept) {
  kept.clear();
  for (int64_t id = 0; id < vocab; ++id) {
    if (p[id] >= threshold) kept.push_back(static_cast<int32_t>(id));
  }
}

// Cuts `kept` to its most probable ids with mass >= top_p, in the order (p
// descending, id ascending). False if their mass does not reach top_p.
bool cut_to_mass(const float* p, double top_p, std::vector<int32_t>& kept) {
  std::sort(kept.begin(), kept.end(), [p](int32_t a, int32_t b) {
    return p[a] != p[b] ? p[a] > p[b] : a < b;
  });
  double mass = 0;
  for (size_t n = 0; n < kept.size(); ++n) {
    mass += p[kept[n]];
    if (mass >= top_p) {
      kept.resize(n + 1);
      return true;
    }
  }
  return false;
}

// Looks only at ids above a falling threshold: what lies below cannot belong to
// the set once the ids above reach the mass.
void truncate_top_p(const float* p,
                    int64_t vocab,
                    double top_p,
                    std::vector<int32_t>& kept) {
  float threshold = *std::max_element(p, p + vocab) * 0x1p-7F;
  while (threshold > std::numeric_limits<float>::min()) {
    keep_at_least(p, vocab, threshold, kept);
    if (cut_to_mass(p, top_p, kept)) return;
    threshold *= 0x1p-7F;
  }
  keep_all(p, vocab, kept);
  cut_to_mass(p, top_p, kept);
}

struct Winner {
  int32_t id = -1;
  float weight = 0;
  double total = 0;
};

// `kept` ascending, so that four neighbouring ids share one block of bits.
Winner race(const float* instruct,
            const float* base,
            float gamma,
            const RandomCoordinates& at,
            const std::vector<int32_t>& kept) {
  Winner winner;
  float best = std::numeric_limits<float>::infinity();
  PhiloxBlock bits{};
  uint32_t quad = std::numeric_limits<uint32_t>::max();
  for (const int32_t id : kept) {
    const auto wanted = static_cast<uint32_t>(id) / 4;
    if (wanted != quad) bits = token_bits(at, quad = wanted);
    const float weight = base == nullptr
                             ? instruct[id]
                             : (1.0F - gamma) * instruct[id] + gamma * base[id];
    winner.total += weight;
    const float time =
        -std::log1p(-to_uniform(bits[static_cast<uint32_t>(id) % 4])) / weight;
    if (time < best || winner.id < 0) {
      best = time;
      winner.id = id;
      winner.weight = weight;
    }
  }
  return winner;
}

}  // namespace

void mix_and_draw(const MixAndDraw& op, int64_t begin, int64_t end) {
  std::vector<int32_t> kept;
  for (int64_t row = begin; row < end; ++row) {
    const float* instruct = op.instruct + row * op.vocab;
    const float* base = op.base == nullptr ? nullptr : op.base + row * op.vocab;
    if (op.top_p < 1) {
      truncate_top_p(instruct, op.vocab, op.top_p, kept);
      std::sort(kept.begin(), kept.end());
    } else {
      keep_all(instruct, op.vocab, kept);
    }
    const Winner winner =
        race(instruct, base, op.gamma, op.coordinates[row], kept);
    op.ids[row] = winner.id;
    op.log_probs[row] =
        static_cast<float>(std::log(winner.weight / winner.total));
    op.kept_sizes[row] = static_cast<int32_t>(kept.size());
  }
}

}  // namespace cdx::cpu
