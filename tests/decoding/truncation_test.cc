#include "decoding/truncation.h"

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

// Cases on the edge, which the golden file must leave out. Probabilities are
// powers of two, so that every sum of the definitions is exact.
namespace cdx {
namespace {

using Ids = std::vector<int32_t>;

std::vector<float> logits_of(const std::vector<double>& p) {
  std::vector<float> logits;
  for (const double value : p) {
    logits.push_back(static_cast<float>(std::log(value)));
  }
  return logits;
}

Ids kept(Stage stage,
         const SamplingOptions& options,
         const std::vector<double>& p) {
  const std::vector<float> logits = logits_of(p);
  Distribution distribution;
  distribution.reset(logits);
  truncate(stage, options, distribution);
  return distribution.kept();
}

}  // namespace

TEST_CASE("of tied tokens at the boundary of top_p the lower ids stay") {
  const std::vector<double> flat(4, 0.25);
  for (const Preset preset : {Preset::kHf, Preset::kLlamaCpp}) {
    CHECK(kept(Stage::kTopP, {.preset = preset, .top_p = 0.5}, flat) ==
          Ids{0, 1});
  }
  CHECK(kept(Stage::kTopP, {.top_p = 0.51}, flat) == Ids{0, 1, 2});
  CHECK(kept(Stage::kTopP, {.top_p = 0}, flat) == Ids{0});
}

TEST_CASE("ties with the k-th stay under hf and go under llamacpp") {
  const std::vector<double> p = {0.125, 0.5, 0.125, 0.25};
  CHECK(kept(Stage::kTopK, {.top_k = 3}, p) == Ids{0, 1, 2, 3});
  CHECK(kept(Stage::kTopK, {.preset = Preset::kVllm, .top_k = 3}, p) ==
        Ids{0, 1, 2, 3});
  CHECK(kept(Stage::kTopK, {.preset = Preset::kLlamaCpp, .top_k = 3}, p) ==
        Ids{0, 1, 3});
}

TEST_CASE("typical stops at the mass under hf and above it under llamacpp") {
  // All four at distance 0 of the entropy.
  const std::vector<double> flat(4, 0.25);
  CHECK(kept(Stage::kTypicalP, {.typical_p = 0.5}, flat) == Ids{0, 1, 2, 3});
  CHECK(kept(Stage::kTypicalP,
             {.preset = Preset::kLlamaCpp, .typical_p = 0.5},
             flat) == Ids{0, 1, 2});
  // H = 1.75 bits: the token of 2 bits is nearest, then that of 1 bit.
  const std::vector<double> p = {0.5, 0.25, 0.125, 0.125};
  CHECK(kept(Stage::kTypicalP, {.typical_p = 0.24}, p) == Ids{1});
  CHECK(kept(Stage::kTypicalP, {.typical_p = 0.26}, p) == Ids{0, 1});
}

TEST_CASE("masked tokens are never kept") {
  std::vector<float> logits(6, -std::numeric_limits<float>::infinity());
  logits[2] = 1;
  logits[4] = 0;
  for (const Stage stage : {Stage::kTopNSigma,
                            Stage::kTopK,
                            Stage::kTopP,
                            Stage::kMinP,
                            Stage::kTypicalP,
                            Stage::kEpsilonCutoff,
                            Stage::kEtaCutoff}) {
    CAPTURE(to_string(stage));
    Distribution distribution;
    distribution.reset(logits);
    truncate(stage,
             {.top_k = 5,
              .top_p = 0.9999,
              .min_p = 1e-6,
              .typical_p = 0.9999,
              .epsilon_cutoff = 1e-6,
              .eta_cutoff = 1e-6,
              .top_n_sigma = 5},
             distribution);
    CHECK(distribution.kept() == Ids{2, 4});
  }
}

TEST_CASE("softmax sums agree with the definition, in every tail length") {
  for (size_t n = 1; n <= 40; ++n) {
    std::vector<float> logits;
    for (size_t i = 0; i < n; ++i) {
      logits.push_back(std::sin(static_cast<float>(i * 7)) * 20);
    }
    logits.back() = n > 1 ? -std::numeric_limits<float>::infinity() : 0.F;
    Distribution distribution;
    distribution.reset(logits);
    double sum = 0, entropy = 0;
    for (const float z : logits) {
      sum += std::exp(double{z} - distribution.max_logit());
    }
    for (size_t i = 0; i < n; ++i) {
      const double p =
          std::exp(double{logits[i]} - distribution.max_logit()) / sum;
      if (p > 0) entropy -= p * std::log(p);
      CHECK(distribution.p()[i] == doctest::Approx(p).epsilon(1e-6));
    }
    CHECK(distribution.log_sum() ==
          doctest::Approx(std::log(sum)).epsilon(1e-7));
    CHECK(distribution.entropy() == doctest::Approx(entropy).epsilon(1e-6));
  }
}

}  // namespace cdx
