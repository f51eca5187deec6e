#include "stats/sign_flip.h"

#include "stats/bootstrap.h"
#include "stats/random.h"
#include "util/errors.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace cdx {
namespace {

struct Counts {
  double all = 0, at_least = 0, at_most = 0, as_far = 0;

  void add(int64_t sum, int64_t observed, int64_t noise) {
    ++all;
    at_least += sum >= observed - noise ? 1 : 0;
    at_most += sum <= observed + noise ? 1 : 0;
    as_far += std::abs(sum) >= std::abs(observed) - noise ? 1 : 0;
  }
};

void check(const SignFlipOptions& options) {
  if (options.exact_up_to < 0 || options.exact_up_to > 40 ||
      options.flips < 1) {
    throw UserError(
        "sign_flip: needs exact_up_to from 0 to 40 and at least one flip");
  }
}

// The differences other than zero as multiples of 2^-30 of the largest.
std::vector<int64_t> as_integers(const std::vector<double>& differences) {
  double scale = 0;
  for (double d : differences) {
    if (!std::isfinite(d)) {
      throw UserError(
          "sign_flip: a difference is not a finite number; drop such pairs");
    }
    scale = std::max(scale, std::abs(d));
  }
  std::vector<int64_t> integers;
  if (scale == 0) return integers;
  const int unit = std::ilogb(scale) - 30;
  for (double d : differences) {
    const int64_t integer = std::llrint(std::ldexp(d, -unit));
    if (integer != 0) integers.push_back(integer);
  }
  return integers;
}

// How far apart two sums may be by rounding each value to half a unit.
int64_t noise_of(const std::vector<int64_t>& values) {
  return static_cast<int64_t>(values.size());
}

int64_t sum_of(const std::vector<int64_t>& values) {
  int64_t sum = 0;
  for (int64_t value : values) sum += value;
  return sum;
}

// Sums of all sign flips of values[first … last), ascending: each value merges
// the sums with it and without.
std::vector<int64_t> flipped_sums(const std::vector<int64_t>& values,
                                  size_t first,
                                  size_t last) {
  std::vector<int64_t> sums = {0};
  for (size_t i = first; i < last; ++i) {
    const int64_t magnitude = std::abs(values[i]);
    std::vector<int64_t> lower = sums, upper = sums;
    for (int64_t& sum : lower) sum -= magnitude;
    for (int64_t& sum : upper) sum += magnitude;
    sums.resize(2 * lower.size());
    std::merge(
        lower.begin(), lower.end(), upper.begin(), upper.end(), sums.begin());
  }
  return sums;
}

// How many of all sign flips have a sum ≥ threshold: the sums of either half of
// the values are listed, and pairs of them counted (Horowitz & Sahni 1974).
double count_at_least(const std::vector<int64_t>& left,
                      const std::vector<int64_t>& right,
                      int64_t threshold) {
  double count = 0;
  size_t reaching = 0;  // of the largest of `right`
  for (int64_t sum : left) {
    while (reaching < right.size() &&
           sum + right[right.size() - 1 - reaching] >= threshold) {
      ++reaching;
    }
    count += static_cast<double>(reaching);
  }
  return count;
}

Counts count_all(const std::vector<int64_t>& values) {
  const int64_t observed = sum_of(values), noise = noise_of(values);
  const std::vector<int64_t> left = flipped_sums(values, 0, values.size() / 2);
  const std::vector<int64_t> right =
      flipped_sums(values, values.size() / 2, values.size());
  Counts counts;
  counts.all = std::ldexp(1.0, static_cast<int>(values.size()));
  counts.at_least = count_at_least(left, right, observed - noise);
  // The distribution of the sums is symmetric.
  counts.at_most = count_at_least(left, right, -observed - noise);
  const int64_t distance = std::abs(observed) - noise;
  counts.as_far =
      distance <= 0 ? counts.all : 2 * count_at_least(left, right, distance);
  return counts;
}

using SubsetSums = std::array<int64_t, 256>;

// For every eight values the sum of each of their 256 subsets.
std::vector<SubsetSums> subset_sums(const std::vector<int64_t>& values) {
  std::vector<SubsetSums> groups((values.size() + 7) / 8);
  for (size_t g = 0; g < groups.size(); ++g) {
    groups[g].fill(0);
    const size_t size = std::min<size_t>(8, values.size() - 8 * g);
    for (size_t subset = 0; subset < 256; ++subset) {
      for (size_t i = 0; i < size; ++i) {
        if (subset >> i & 1u) groups[g][subset] += values[8 * g + i];
      }
    }
  }
  return groups;
}

// A flip's sum is twice the sum of the values that stay, less the total.
Counts count_drawn(const std::vector<int64_t>& values,
                   const SignFlipOptions& options) {
  const std::vector<SubsetSums> groups = subset_sums(values);
  const int64_t observed = sum_of(values), noise = noise_of(values);
  Counts counts;
  counts.add(observed, observed, noise);
  SplitMix64 random(options.seed);
  for (int64_t flip = 0; flip < options.flips; ++flip) {
    int64_t stay = 0;
    uint64_t bits = 0;
    for (size_t g = 0; g < groups.size(); ++g, bits >>= 8) {
      if (g % 8 == 0) bits = random.next();
      stay += groups[g][bits & 255u];
    }
    counts.add(2 * stay - observed, observed, noise);
  }
  return counts;
}

}  // namespace

std::string test_name(SignFlipMethod method) {
  switch (method) {
    case SignFlipMethod::kExact:
      return "sign_flip_exact";
    case SignFlipMethod::kMonteCarlo:
      return "sign_flip_monte_carlo";
    case SignFlipMethod::kNone:
      break;
  }
  return "none";
}

SignFlipResult sign_flip(const std::vector<double>& differences,
                         const SignFlipOptions& options) {
  check(options);
  const std::vector<int64_t> values = as_integers(differences);
  SignFlipResult result;
  result.n = static_cast<int64_t>(differences.size());
  const auto m = static_cast<int64_t>(values.size());
  result.n_zero = result.n - m;
  result.mean = mean(differences);
  if (m == 0) {
    result.p = result.p_greater = result.p_less =
        result.n == 0 ? std::nan("") : 1.0;
    return result;
  }
  const bool exact = m <= options.exact_up_to;
  result.method = exact ? SignFlipMethod::kExact : SignFlipMethod::kMonteCarlo;
  const Counts counts =
      exact ? count_all(values) : count_drawn(values, options);
  result.p = counts.as_far / counts.all;
  result.p_greater = counts.at_least / counts.all;
  result.p_less = counts.at_most / counts.all;
  result.smallest_p =
      exact ? std::ldexp(1.0, 1 - static_cast<int>(m)) : 1 / counts.all;
  return result;
}

}  // namespace cdx
