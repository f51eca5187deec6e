#include "decoding/token_drawer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <valarray>
#include <vector>

#include <doctest/doctest.h>

// How often TokenDrawer draws each token, against the exact probabilities,
// which are computed here from the definitions in sampling_options.h,
// mix_options.h and options.h: by sorting, in double, on eight tokens. Logits
// chosen by hand so that the models differ and no mass is within 3e-4 of its
// bound.
namespace cdx {
namespace {

using Row = std::valarray<double>;  // [V]
using Set = std::valarray<bool>;    // [V]

const Row kBase = {0.0, 1.5, 0.75, 1.0, -0.25, -1.0, -0.5, 0.5};
const Row kInstruct = {2.0, 0.5, 1.25, -1.0, 0.25, -0.5, 1.0, -2.0};
const Row kAntiExpert = {0.5, 0.25, -0.25, 1.0, 0.75, 0.0, -0.75, 0.125};

// ---- Distributions and sets, each as its definition says.

Row softmax(const Row& logits) {
  const Row p = std::exp(Row(logits - logits.max()));
  return p / p.sum();
}

double entropy(const Row& p) {
  double sum = 0;
  for (const double x : p) sum -= x > 0 ? x * std::log(x) : 0;
  return sum;
}

// p on the set, renormalised.
Row on(const Set& set, const Row& p) {
  Row q(0.0, p.size());
  q[set] = p[set];
  return q / q.sum();
}

// The tokens with the smallest keys until their mass reaches `wanted`; the
// lower id first on a tie.
Set first_with_mass(const Row& keys, const Row& p, double wanted) {
  std::vector<size_t> ids(p.size());
  std::iota(ids.begin(), ids.end(), 0);
  std::stable_sort(ids.begin(), ids.end(), [&](size_t a, size_t b) {
    return keys[a] < keys[b];
  });
  Set set(false, p.size());
  double mass = 0;
  for (size_t n = 0; n < ids.size() && mass < wanted; ++n) {
    set[ids[n]] = true;
    mass += p[ids[n]];
  }
  return set;
}

Set top_k(const Row& p, size_t k) {
  Row sorted = p;
  std::sort(std::begin(sorted), std::end(sorted));
  return p >= sorted[p.size() - k];
}

Set top_p(const Row& p, double mass) {
  return first_with_mass(-p, p, mass);
}

Set min_p(const Row& p, double share) {
  return p >= share * p.max();
}

Set typical(const Row& p, double mass) {
  const Row distance = std::abs(Row(-std::log(p) - entropy(p)));
  return first_with_mass(distance, p, mass);
}

Set top_n_sigma(const Row& logits, double n) {
  const auto size = static_cast<double>(logits.size());
  const Row centred = logits - logits.sum() / size;
  const double variance = Row(centred * centred).sum() / size;
  return logits >= logits.max() - n * std::sqrt(variance);
}

// ---- Drawing, and the comparison.

#ifdef __SANITIZE_ADDRESS__
constexpr uint32_t kDraws = 50'000;  // memory is not a matter of frequencies
#else
constexpr uint32_t kDraws = 1'000'000;
#endif

// By degrees of freedom from 1: what chi-square exceeds with probability 1e-6,
// scipy.stats.chi2.isf(1e-6, n). With the 39 comparisons below, right code
// would fail under one key in 25,000; the key is fixed, so it never does.
constexpr std::array kCritical = {
    23.93, 27.63, 30.66, 33.38, 35.89, 38.26, 40.52};

std::vector<float> in_fp32(const Row& logits) {
  return {std::begin(logits), std::end(logits)};
}

RowInput row_of(size_t models) {
  static const std::array kLogits = {
      in_fp32(kBase), in_fp32(kInstruct), in_fp32(kAntiExpert)};
  RowInput row{.at = {.key = 1}};
  std::copy(kLogits.begin(), kLogits.end(), row.logits.begin());
  if (models == 1) row.logits[0] = kLogits[1];
  return row;
}

// What a draw must tell of the distribution it is from.
struct Told {
  explicit Told(const Row& q) : log_q(std::log(q)), entropy(cdx::entropy(q)) {
    for (const double x : q) kept += x > 0 ? 1 : 0;
  }
  bool is_told_by(const TokenDraw& draw) const {
    const auto id = static_cast<size_t>(draw.id);
    return std::abs(draw.log_prob_sampled - log_q[id]) < 1e-5 &&
           std::abs(draw.entropy_sampled - entropy) < 1e-5 && draw.kept == kept;
  }
  Row log_q;
  double entropy;
  int32_t kept = 0;
};

// Counts by route and token.
void check_counts(const std::vector<Row>& counts,
                  const std::vector<Row>& q,
                  const Row& share) {
  double chi_square = 0;
  size_t cells = 0;
  for (size_t route = 0; route < q.size(); ++route) {
    for (size_t id = 0; id < q[route].size(); ++id) {
      const double expected = kDraws * share[route] * q[route][id];
      const double count = counts[route][id];
      if (expected == 0) {
        CHECK(count == 0);
        continue;
      }
      chi_square += (count - expected) * (count - expected) / expected;
      ++cells;
    }
  }
  REQUIRE(cells > 1);
  CHECK(chi_square < kCritical.at(cells - 2));
}

// Draws kDraws tokens. q [V]: exact probabilities; where a model is chosen for
// each token, those of each choice and the choice's chance.
void check_draws(const StepOptions& options,
                 const std::vector<Row>& q,
                 const Row& share = {1.0}) {
  RowInput row = row_of(options.models);
  const std::vector<Told> told(q.begin(), q.end());
  std::vector<Row> counts(q.size(), Row(0.0, q[0].size()));
  uint32_t wrong = 0;
  TokenDrawer drawer(options);
  for (uint32_t n = 0; n < kDraws; ++n) {
    row.at.sample = n / 1000;
    row.at.step = n % 1000;
    const TokenDraw draw = drawer.draw(row);
    const size_t route = q.size() == 1 ? 0 : static_cast<size_t>(draw.route);
    ++counts[route][static_cast<size_t>(draw.id)];
    if (!told[route].is_told_by(draw)) ++wrong;
  }
  CHECK(wrong == 0);
  check_counts(counts, q, share);
}

void check_draws(const StepOptions& options, const Row& q) {
  check_draws(options, std::vector{q});
}

// Two models (of proxy three); top_p gives each its own set: {0, 1, 2, 6} the
// instruct model, {0, 1, 2, 3, 7} the base.
constexpr double kTopP = 0.85;
const Row kPb = softmax(kBase), kPa = softmax(kInstruct);
const Set kSetB = top_p(kPb, kTopP), kSetA = top_p(kPa, kTopP);

StepOptions mixing(MixRule rule) {
  StepOptions options{.models = rule == MixRule::kProxy ? 3U : 2U};
  options.mix.rule = rule;
  options.mix.gamma = 0.4;
  options.sampling.top_p = kTopP;
  return options;
}

}  // namespace

// ---- Mixing rules.

TEST_CASE("linear mixing draws from (1−γ)·p_a + γ·p_b") {
  check_draws(mixing(MixRule::kLinear), on(kSetA, 0.6 * kPa + 0.4 * kPb));
}

TEST_CASE("geometric mixing draws from p_a^(1−γ)·p_b^γ") {
  check_draws(mixing(MixRule::kGeometric),
              on(kSetA, std::pow(kPa, 0.6) * std::pow(kPb, 0.4)));
}

TEST_CASE("sign_flipped draws from p_a·p_b^γ") {
  check_draws(mixing(MixRule::kSignFlipped),
              on(kSetA, kPa * std::pow(kPb, 0.4)));
}

TEST_CASE("cfg draws from z_a + γ·(z_b − z_a), for γ outside [0, 1] too") {
  StepOptions options = mixing(MixRule::kCfg);
  for (const double gamma : {-0.5, 1.5}) {
    options.mix.gamma = gamma;
    const Row z = kInstruct + gamma * (kBase - kInstruct);
    check_draws(options, on(kSetA, softmax(z)));
  }
}

TEST_CASE("contrastive draws from (1+β)·z_a − β·z_b of the plausible tokens") {
  StepOptions options = mixing(MixRule::kContrastive);
  options.mix.beta = 0.5;
  options.mix.plausibility = 0.1;
  options.sampling.top_p = 1;
  const Set plausible = min_p(kPa, 0.1);
  check_draws(options, on(plausible, softmax(1.5 * kInstruct - 0.5 * kBase)));
}

// Token 0 alone is plausible. It is outside the base's set {1}, or may not end
// a story that has no token yet.
TEST_CASE("contrastive draws from the set where no token of it is plausible") {
  StepOptions options = mixing(MixRule::kContrastive);
  options.mix.plausibility = 0.9;
  options.sampling.top_p = 1;
  const auto draw = [&] {
    return TokenDrawer(options).draw(row_of(options.models));
  };
  options.end.min_new_tokens = 1;
  options.stop_ids = {.instruct = {0}, .base = {0}};
  CHECK(draw().id != 0);
  options.end.min_new_tokens = 0;
  options.mix.truncate_by = TruncateBy::kBase;
  options.sampling.top_k = 1;
  CHECK(draw().id == 1);
}

TEST_CASE("proxy draws from z_base + α·(z_expert − z_antiexpert)") {
  StepOptions options = mixing(MixRule::kProxy);
  options.mix.alpha = 0.7;
  const Row z = kBase + 0.7 * (kInstruct - kAntiExpert);
  check_draws(options, on(kSetA, softmax(z)));
}

// max p_b = 0.33, entropy of p_b 1.82 nats.
TEST_CASE("routing draws from the base where it is uncertain, else instruct") {
  StepOptions options = mixing(MixRule::kRouting);
  const auto check = [&](RouteBy by, double threshold, const Row& share) {
    options.mix.route_by = by;
    options.mix.threshold = threshold;
    check_draws(options, {on(kSetA, kPb), on(kSetA, kPa)}, share);
  };
  check(RouteBy::kMaxProbability, 0.34, {1, 0});
  check(RouteBy::kMaxProbability, 0.32, {0, 1});
  check(RouteBy::kEntropy, 1.8, {1, 0});
  check(RouteBy::kEntropy, 1.9, {0, 1});
}

TEST_CASE("switch draws from the base for its share of the tokens") {
  StepOptions options = mixing(MixRule::kSwitch);
  options.mix.share = 0.3;
  check_draws(options, {on(kSetA, kPb), on(kSetA, kPa)}, {0.3, 0.7});
}

// ---- Truncation of one model.

TEST_CASE("each truncation rule draws from its own set, renormalised") {
  using Option = double SamplingOptions::*;
  const auto check = [](Option option, double value, const Set& set) {
    CAPTURE(value);
    StepOptions options;
    options.sampling.*option = value;
    check_draws(options, on(set, kPa));
  };
  check(&SamplingOptions::top_p, kTopP, kSetA);
  check(&SamplingOptions::min_p, 0.2, min_p(kPa, 0.2));
  check(&SamplingOptions::typical_p, 0.4, typical(kPa, 0.4));
  check(&SamplingOptions::epsilon_cutoff, 0.05, kPa >= 0.05);
  const double eta = std::min(0.1, std::sqrt(0.1) * std::exp(-entropy(kPa)));
  check(&SamplingOptions::eta_cutoff, 0.1, kPa >= eta);
  check(&SamplingOptions::top_n_sigma, 1, top_n_sigma(kInstruct, 1));
  StepOptions options;
  options.sampling.top_k = 5;
  check_draws(options, on(top_k(kPa, 5), kPa));
}

// ---- Whose set limits a mixture.

TEST_CASE("truncate_by names the set on which linear mixing draws") {
  StepOptions options = mixing(MixRule::kLinear);
  const Row mixed = 0.6 * kPa + 0.4 * kPb;
  const auto check = [&](TruncateBy by, const Set& set) {
    CAPTURE(to_string(by));
    options.mix.truncate_by = by;
    options.mix.renormalise = false;
    check_draws(options, on(set, mixed));
    if (by == TruncateBy::kMixture) return;
    options.mix.renormalise = true;
    check_draws(options, 0.6 * on(set, kPa) + 0.4 * on(set, kPb));
  };
  check(TruncateBy::kInstruct, kSetA);
  check(TruncateBy::kBase, kSetB);
  check(TruncateBy::kIntersection, kSetA && kSetB);
  check(TruncateBy::kUnion, kSetA || kSetB);
  check(TruncateBy::kMixture, top_p(mixed, kTopP));
}

TEST_CASE("with truncate_by each, linear mixing draws from both cut models") {
  StepOptions options = mixing(MixRule::kLinear);
  options.mix.truncate_by = TruncateBy::kEach;
  const double mass_a = Row(kPa[kSetA]).sum(), mass_b = Row(kPb[kSetB]).sum();
  const Row a = on(kSetA, kPa), b = on(kSetB, kPb);
  const Row cut = 0.6 * mass_a * a + 0.4 * mass_b * b;
  check_draws(options, cut / cut.sum());
  options.mix.renormalise = true;
  check_draws(options, 0.6 * a + 0.4 * b);
}

// ---- Temperature.

TEST_CASE("temperature on models divides their logits before sets and mixing") {
  StepOptions options = mixing(MixRule::kLinear);
  const auto check = [&](double of_base, double of_instruct) {
    const Row a = softmax(kInstruct / of_instruct);
    const Row b = softmax(kBase / of_base);
    check_draws(options, on(top_p(a, kTopP), 0.6 * a + 0.4 * b));
  };
  options.sampling.temperature = 1.5;
  check(1.5, 1.5);
  options.mix.temperatures = {0.7, 1.2};
  check(0.7, 1.2);
}

StepOptions tempered_mixture(MixRule rule) {
  StepOptions options = mixing(rule);
  options.sampling.temperature = 1.5;
  options.mix.temperature_on = TemperatureOn::kMixture;
  return options;
}

TEST_CASE("temperature on the mixture raises it to the power 1/T on the set") {
  const Row mixed = 0.6 * kPa + 0.4 * kPb;
  check_draws(tempered_mixture(MixRule::kLinear),
              on(kSetA, std::pow(mixed, 1 / 1.5)));
}

TEST_CASE("temperature on the mixture leaves renormalising as it is") {
  StepOptions options = tempered_mixture(MixRule::kLinear);
  options.mix.renormalise = true;
  const Row mixed = 0.6 * on(kSetA, kPa) + 0.4 * on(kSetA, kPb);
  check_draws(options, on(kSetA, std::pow(mixed, 1 / 1.5)));
}

TEST_CASE("temperature on the mixture leaves the union of the sets as it is") {
  StepOptions options = tempered_mixture(MixRule::kGeometric);
  options.mix.truncate_by = TruncateBy::kUnion;
  const Row mixed = std::pow(kPa, 0.6) * std::pow(kPb, 0.4);
  check_draws(options, on(kSetA || kSetB, std::pow(mixed, 1 / 1.5)));
}

// typical_p leaves {0, 1, 2, 6}, top_p {0, 2, 6} of these.
TEST_CASE("with llamacpp's order, temperature comes after every set") {
  StepOptions options;
  options.sampling.preset = Preset::kLlamaCpp;
  options.sampling.typical_p = 0.85;
  options.sampling.top_p = 0.85;
  options.sampling.temperature = 1.5;
  const Row p = on(typical(kPa, 0.85), kPa);
  check_draws(options, on(top_p(p, 0.85), std::pow(kPa, 1 / 1.5)));
}

// ---- End tokens: the base ends with 1 and 3, the instruct model with 6 and 2.

StepOptions ending(EndPolicy policy) {
  StepOptions options = mixing(MixRule::kLinear);
  options.mix.truncate_by = TruncateBy::kBase;
  options.stop_ids = {.instruct = {6, 2}, .base = {1, 3}};
  options.end.policy = policy;
  return options;
}

TEST_CASE("merge moves the base's end mass before the base is cut and mixed") {
  Row z = kBase;
  z[6] = std::log(std::exp(kBase[1]) + std::exp(kBase[3]));
  z[1] = z[3] = z[2] = -INFINITY;
  const Row b = softmax(z);
  check_draws(ending(EndPolicy::kMerge),
              on(top_p(b, kTopP), 0.6 * kPa + 0.4 * b));
}

TEST_CASE("union leaves the end tokens of both models alone") {
  check_draws(ending(EndPolicy::kUnion), on(kSetB, 0.6 * kPa + 0.4 * kPb));
}

TEST_CASE("instruct masks the base's end tokens in the base alone") {
  Row z = kBase;
  z[1] = z[3] = -INFINITY;
  const Row b = softmax(z);
  StepOptions options = ending(EndPolicy::kInstruct);
  options.mix.truncate_by = TruncateBy::kUnion;
  check_draws(options, on(top_p(b, kTopP) || kSetA, 0.6 * kPa + 0.4 * b));
}

}  // namespace cdx
