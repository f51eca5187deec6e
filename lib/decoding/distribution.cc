#include "decoding/distribution.h"

#include "kernels/cpu/cpu_kernels.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace cdx {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

// For processors without the instructions of kernels/cpu.
cpu::SoftmaxSums plain_softmax(std::span<const float> x, float* p) {
  const auto [min, max] = std::minmax_element(x.begin(), x.end());
  cpu::SoftmaxSums sums{.max = *max, .min = *min, .sum = 0, .weighted = 0};
  for (size_t id = 0; id < x.size(); ++id) {
    const float shifted = x[id] - sums.max;
    p[id] = std::exp(shifted);
    sums.sum += p[id];
    if (p[id] > 0) sums.weighted += double{p[id]} * shifted;
  }
  const auto scale = static_cast<float>(1 / sums.sum);
  for (size_t id = 0; id < x.size(); ++id) p[id] *= scale;
  return sums;
}

cpu::SoftmaxSums softmax_of(std::span<const float> x, float* p) {
  static const bool kFast = cpu::supported();
  return kFast ? cpu::softmax(x.data(), static_cast<int64_t>(x.size()), p)
               : plain_softmax(x, p);
}

}  // namespace

void Distribution::reset(std::span<const float> logits) {
  logits_ = logits;
  owns_ = false;
  keeps_all_ = true;
  softmax();
}

void Distribution::reset_to_probabilities(std::span<const float> p) {
  p_.assign(p.begin(), p.end());
  own_.resize(p.size());
  double entropy = 0;
  for (size_t id = 0; id < p.size(); ++id) {
    own_[id] = std::log(p[id]);
    if (p[id] > 0) entropy -= double{p[id]} * own_[id];
  }
  logits_ = own_;
  owns_ = true;
  keeps_all_ = true;
  sums_ = {.max = *std::max_element(own_.begin(), own_.end()),
           .log_sum = 0,
           .entropy = entropy,
           .any_excluded = std::find(p.begin(), p.end(), 0.0F) != p.end()};
  sums_.log_sum = -double{sums_.max};
}

std::vector<float>& Distribution::own_logits() {
  if (!owns_) {
    own_.assign(logits_.begin(), logits_.end());
    logits_ = own_;
    owns_ = true;
  }
  return own_;
}

void Distribution::softmax() {
  p_.resize(logits_.size());
  const cpu::SoftmaxSums sums = softmax_of(logits_, p_.data());
  if (!(sums.sum > 0)) {
    throw WorldError(
        "no token can be drawn: the models' logits are not numbers or are all "
        "minus infinity (damaged weights, or a dtype that overflows? try "
        "dtype: float32)");
  }
  const double log_sum = std::log(sums.sum);
  sums_ = {.max = sums.max,
           .log_sum = log_sum,
           .entropy = log_sum - sums.weighted / sums.sum,
           .any_excluded = sums.min == kNever};
}

void Distribution::keep_finite() {
  spare_.resize(logits_.size());
  size_t n = 0;
  for_each_kept([&](int32_t id) {
    spare_[n] = id;  // the next one overwrites it if it is not kept
    n += logits_[static_cast<size_t>(id)] != kNever ? 1 : 0;
  });
  spare_.resize(n);
  keep_spare();
}

const std::vector<int32_t>& Distribution::kept() {
  if (!keeps_all_) return kept_;
  if (sums_.any_excluded) {
    keep_finite();
    return kept_;
  }
  if (all_ids_.size() != logits_.size()) {
    all_ids_.resize(logits_.size());
    std::iota(all_ids_.begin(), all_ids_.end(), 0);
  }
  return all_ids_;
}

void Distribution::keep_spare() {
  std::swap(kept_, spare_);
  keeps_all_ = false;
}

double Distribution::kept_mass() const {
  if (keeps_all_) return 1;
  double mass = 0;
  for (const int32_t id : kept_) mass += p_[static_cast<size_t>(id)];
  return mass;
}

}  // namespace cdx
