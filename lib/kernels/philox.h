#pragma once

#include <array>
#include <cstdint>

// Addressable random numbers: Philox4x32-10 (Salmon et al., SC 2011). No state:
// the same coordinates give the same bits on every machine.
namespace cdx {

using PhiloxBlock = std::array<uint32_t, 4>;

constexpr int kPhiloxRounds = 10;
constexpr uint32_t kPhiloxMultiplier0 = 0xD2511F53;
constexpr uint32_t kPhiloxMultiplier1 = 0xCD9E8D57;
constexpr uint32_t kPhiloxWeyl0 = 0x9E3779B9, kPhiloxWeyl1 = 0xBB67AE85;

constexpr PhiloxBlock philox4x32(PhiloxBlock counter, uint64_t key) {
  uint32_t key0 = static_cast<uint32_t>(key);
  uint32_t key1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const uint64_t product0 = uint64_t{kPhiloxMultiplier0} * counter[0];
    const uint64_t product1 = uint64_t{kPhiloxMultiplier1} * counter[2];
    counter = {static_cast<uint32_t>(product1 >> 32) ^ counter[1] ^ key0,
               static_cast<uint32_t>(product1),
               static_cast<uint32_t>(product0 >> 32) ^ counter[3] ^ key1,
               static_cast<uint32_t>(product0)};
    key0 += kPhiloxWeyl0;
    key1 += kPhiloxWeyl1;
  }
  return counter;
}

// Keeps the uses of one key apart: a new use never shifts an old one.
enum class RandomDomain : uint32_t { kToken = 0, kSwitch = 1 };

// Where a token's random number lies: key = hash of seed, stream and prompt id.
struct RandomCoordinates {
  uint64_t key = 0;
  uint32_t sample = 0;
  uint32_t step = 0;  // index of the token in the story
};

constexpr PhiloxBlock token_counter(const RandomCoordinates& at,
                                    uint32_t quad) {
  return {
      quad, at.step, at.sample, static_cast<uint32_t>(RandomDomain::kToken)};
}

// The four integers of token ids 4·quad … 4·quad + 3.
constexpr PhiloxBlock token_bits(const RandomCoordinates& at, uint32_t quad) {
  return philox4x32(token_counter(at, quad), at.key);
}

// The four integers of a row's other uses.
constexpr PhiloxBlock row_bits(const RandomCoordinates& at,
                               RandomDomain domain) {
  return philox4x32({0, at.step, at.sample, static_cast<uint32_t>(domain)},
                    at.key);
}

// Uniform in (0, 1): (x + ½)·2⁻³², at most the largest float below 1.
constexpr float to_uniform(uint32_t bits) {
  const float u = (static_cast<float>(bits) + 0.5F) * 0x1p-32F;
  return u < 1.0F ? u : 0x1.fffffep-1F;
}

}  // namespace cdx
