#include "decoding/truncation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace cdx {
namespace {

constexpr float kNever = -std::numeric_limits<float>::infinity();

float logit(const Distribution& d, int32_t id) {
  return d.logits()[static_cast<size_t>(id)];
}

float p(const Distribution& d, int32_t id) {
  return d.p()[static_cast<size_t>(id)];
}

// Keeps the kept ids for which `wanted(id)` holds.
template <typename F>
void filter(Distribution& d, F&& wanted) {
  std::vector<int32_t>& next = d.spare();
  next.clear();
  d.for_each_kept([&](int32_t id) {
    if (wanted(id)) next.push_back(id);
  });
  d.keep_spare();
}

float kept_max(const Distribution& d) {
  if (d.keeps_all()) return d.max_logit();
  float max = kNever;
  d.for_each_kept([&](int32_t id) { max = std::max(max, logit(d, id)); });
  return max;
}

// Entropy of the kept tokens, renormalised; `mass` is theirs.
double kept_entropy(const Distribution& d, double mass) {
  if (d.keeps_all()) return d.entropy();
  double sum = 0;
  d.for_each_kept([&](int32_t id) {
    if (p(d, id) > 0) sum -= p(d, id) * d.log_p(id);
  });
  return sum / mass + std::log(mass);
}

// The most probable first; the lower id on a tie.
auto by_logit(const Distribution& d) {
  return [&d](int32_t a, int32_t b) {
    return logit(d, a) != logit(d, b) ? logit(d, a) > logit(d, b) : a < b;
  };
}

void cut_top_k(int64_t k, Preset preset, Distribution& d) {
  std::vector<int32_t> ids = d.kept();
  if (static_cast<int64_t>(ids.size()) <= k) return;
  const auto last = ids.begin() + (k - 1);
  std::nth_element(ids.begin(), last, ids.end(), by_logit(d));
  if (preset != Preset::kLlamaCpp) {
    const float bound = logit(d, *last);
    filter(d, [&](int32_t id) { return logit(d, id) >= bound; });
    return;
  }
  ids.resize(static_cast<size_t>(k));
  std::sort(ids.begin(), ids.end());
  d.spare() = std::move(ids);
  d.keep_spare();
}

// Cuts `ids` to its first ids (in the order of `before`) with mass >= wanted.
// False if all of them together do not reach it.
template <typename Before>
bool cut_to_mass(const Distribution& d,
                 double wanted,
                 Before before,
                 std::vector<int32_t>& ids) {
  std::sort(ids.begin(), ids.end(), before);
  double mass = 0;
  for (size_t n = 0; n < ids.size(); ++n) {
    mass += p(d, ids[n]);
    if (mass >= wanted) {
      ids.resize(n + 1);
      return true;
    }
  }
  return false;
}

// Sorts only ids above a falling bound: what lies below cannot belong to the
// set once the ids above reach the mass.
void cut_top_p(double top_p, Distribution& d) {
  constexpr float kStep = 5;  // nats
  const double wanted = top_p * d.kept_mass();
  const float max = kept_max(d);
  std::vector<int32_t>& ids = d.spare();
  for (float depth = kStep; depth <= 2 * 90; depth += kStep) {
    ids.clear();
    d.for_each_kept([&](int32_t id) {
      if (logit(d, id) >= max - depth) ids.push_back(id);
    });
    if (!cut_to_mass(d, wanted, by_logit(d), ids)) continue;
    std::sort(ids.begin(), ids.end());
    d.keep_spare();
    return;
  }
  d.kept();  // rounding: all of them fall short of it
}

void cut_min_p(double min_p, Distribution& d) {
  const float max = kept_max(d);
  const double bound = min_p * std::exp(double{max} - d.max_logit());
  const double scale = std::exp(d.log_sum());  // of p, at max_logit
  filter(d, [&](int32_t id) {
    return logit(d, id) >= max || p(d, id) * scale >= bound;
  });
}

// Tokens with p / mass >= bound, and the most probable ones.
void cut_below(double bound, double mass, Distribution& d) {
  const float max = kept_max(d);
  filter(d, [&](int32_t id) {
    return p(d, id) >= bound * mass ? logit(d, id) != kNever
                                    : logit(d, id) >= max;
  });
}

struct Shifted {
  double distance;  // |−ln p − H|
  int32_t id;
  bool operator<(const Shifted& other) const {
    return distance != other.distance ? distance < other.distance
                                      : id < other.id;
  }
};

// Index of the last token kept, of tokens sorted by distance; nullopt if all of
// them fall short of the mass.
template <typename Reached>
std::optional<size_t> last_typical(const Distribution& d,
                                   const std::vector<Shifted>& sorted,
                                   Reached reached) {
  double mass = 0;
  for (size_t n = 0; n < sorted.size(); ++n) {
    mass += p(d, sorted[n].id);
    if (reached(mass)) return n;
  }
  return std::nullopt;
}

void cut_typical(double typical_p, Preset preset, Distribution& d) {
  const double mass = d.kept_mass();
  const double centre = kept_entropy(d, mass) - std::log(mass);
  const double wanted = typical_p * mass;
  std::vector<Shifted> tokens;
  for (double bound = 1; bound < 1e4; bound *= 2) {
    tokens.clear();
    d.for_each_kept([&](int32_t id) {
      const double distance = std::abs(-d.log_p(id) - centre);
      if (distance <= bound) tokens.push_back({distance, id});
    });
    std::sort(tokens.begin(), tokens.end());
    const auto last = last_typical(d, tokens, [&](double reached) {
      return preset == Preset::kLlamaCpp ? reached > wanted : reached >= wanted;
    });
    if (!last) continue;
    size_t end = *last + 1;
    const double distance = tokens[*last].distance;
    while (preset != Preset::kLlamaCpp && end < tokens.size() &&
           tokens[end].distance == distance) {
      ++end;
    }
    std::vector<int32_t>& ids = d.spare();
    ids.clear();
    for (size_t n = 0; n < end; ++n) ids.push_back(tokens[n].id);
    std::sort(ids.begin(), ids.end());
    d.keep_spare();
    return;
  }
  d.kept();
}

void cut_top_n_sigma(double n, Distribution& d) {
  double sum = 0, squares = 0, count = 0;
  d.for_each_kept([&](int32_t id) {
    if (logit(d, id) == kNever) return;
    sum += logit(d, id);
    ++count;
  });
  const double mean = sum / count;
  d.for_each_kept([&](int32_t id) {
    if (logit(d, id) == kNever) return;
    squares += (logit(d, id) - mean) * (logit(d, id) - mean);
  });
  const double bound = kept_max(d) - n * std::sqrt(squares / count);
  filter(d, [&](int32_t id) { return logit(d, id) >= bound; });
}

double eta_bound(double cutoff, double entropy) {
  return std::min(cutoff, std::sqrt(cutoff) * std::exp(-entropy));
}

}  // namespace

void truncate(Stage stage, const SamplingOptions& options, Distribution& d) {
  switch (stage) {
    case Stage::kTopNSigma:
      return cut_top_n_sigma(options.top_n_sigma, d);
    case Stage::kTopK:
      return cut_top_k(options.top_k, options.preset, d);
    case Stage::kTopP:
      return cut_top_p(options.top_p, d);
    case Stage::kMinP:
      return cut_min_p(options.min_p, d);
    case Stage::kTypicalP:
      return cut_typical(options.typical_p, options.preset, d);
    case Stage::kEpsilonCutoff:
      return cut_below(options.epsilon_cutoff, d.kept_mass(), d);
    case Stage::kEtaCutoff: {
      const double mass = d.kept_mass();
      const double entropy = kept_entropy(d, mass);
      return cut_below(eta_bound(options.eta_cutoff, entropy), mass, d);
    }
    case Stage::kRepetitionPenalty:
    case Stage::kNoRepeatNgram:
    case Stage::kTemperature:
      break;
  }
  throw std::logic_error("not a truncation stage");
}

void apply_temperature(double temperature, Distribution& d) {
  if (temperature == 1) return;
  const auto divisor = static_cast<float>(temperature);
  for (float& value : d.own_logits()) value /= divisor;
  d.refresh();
}

}  // namespace cdx
