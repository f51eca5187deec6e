#include "decoding/draw.h"

#include <cmath>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

namespace cdx {
namespace {

at::Tensor row(std::vector<float> values) {
  return at::tensor(values).unsqueeze(0);
}

double at_column(const at::Tensor& p, int64_t column) {
  return p[0][column].item<double>();
}

}  // namespace

TEST_CASE("merging moves the base's end mass to the instruct's end id") {
  const at::Tensor p = row({0.1F, 0.2F, 0.3F, 0.4F});
  const at::Tensor merged =
      merge_end_tokens(p, {.instruct = {3}, .base = {0, 1}});
  // What the base gave to id 3 was not an end of its own: dropped.
  CHECK(at_column(merged, 3) == doctest::Approx(0.3));
  CHECK(at_column(merged, 0) == 0);
  CHECK(at_column(merged, 1) == 0);
  CHECK(at_column(merged, 2) == doctest::Approx(0.3));
  const at::Tensor both =
      merge_end_tokens(p, {.instruct = {3}, .base = {0, 3}});
  CHECK(at_column(both, 3) == doctest::Approx(0.5));
}

TEST_CASE("merging changes nothing where both models end alike") {
  const at::Tensor p = row({0.1F, 0.2F, 0.3F, 0.4F});
  CHECK(at::equal(merge_end_tokens(p, {.instruct = {2}, .base = {2}}), p));
}

TEST_CASE("recorded log-probabilities are raw, the sampled one is cut") {
  // p = (.7, .2, .1); top_p .8 keeps ids 0 and 1: q = p / .9.
  const std::vector<float> p = {0.7F, 0.2F, 0.1F};
  std::vector<float> logits;
  for (const float value : p) logits.push_back(std::log(value) + 5);
  const DrawOptions options{
      .sampling = {.top_p = 0.8}, .mix = {}, .stop_ids = {}, .vocab_size = 0};
  for (uint32_t sample = 0; sample < 50; ++sample) {
    const TokenDraws draws =
        draw_tokens({row(logits)}, options, {{.sample = sample}});
    const auto id = static_cast<size_t>(draws.ids[0]);
    REQUIRE(id < 2);
    CHECK(draws.log_probs[0][0] == doctest::Approx(std::log(p[id])));
    CHECK(draws.log_probs_sampled[0] == doctest::Approx(std::log(p[id] / 0.9)));
  }
}

TEST_CASE("temperature divides the logits before the truncation") {
  // p ∝ (8, 4, 1) at T = 1 → (64, 16, 1)/81 at T = ½: top_p .7 keeps one.
  const at::Tensor logits = row({std::log(8.F), std::log(4.F), 0.F});
  DrawOptions options{.sampling = {.temperature = 0.5, .top_p = 0.7},
                      .mix = {},
                      .stop_ids = {},
                      .vocab_size = 0};
  for (uint32_t sample = 0; sample < 50; ++sample) {
    const TokenDraws draws =
        draw_tokens({logits}, options, {{.sample = sample}});
    CHECK(draws.ids[0] == 0);
    CHECK(draws.log_probs_sampled[0] == doctest::Approx(0));
    CHECK(draws.log_probs[0][0] == doctest::Approx(std::log(8.0 / 13)));
  }
}

TEST_CASE("padding columns are never drawn and hold no probability") {
  const at::Tensor logits = row({0.F, 0.F, 100.F, 100.F});
  DrawOptions options;
  options.vocab_size = 2;
  for (uint32_t sample = 0; sample < 50; ++sample) {
    const TokenDraws draws =
        draw_tokens({logits}, options, {{.sample = sample}});
    CHECK(draws.ids[0] < 2);
    CHECK(draws.log_probs[0][0] == doctest::Approx(std::log(0.5)));
  }
}

TEST_CASE("the truncation set is the instruct model's, whatever the base") {
  const at::Tensor base = row({0.F, 0.F, 50.F});
  const at::Tensor instruct = row({2.F, 2.F, -50.F});
  const DrawOptions options{.sampling = {.top_p = 0.9},
                            .mix = {.gamma = 1},
                            .stop_ids = {},
                            .vocab_size = 0};
  for (uint32_t sample = 0; sample < 50; ++sample) {
    const TokenDraws draws =
        draw_tokens({base, instruct}, options, {{.sample = sample}});
    CHECK(draws.ids[0] < 2);
    // Log-probabilities come in the order of the models: base first.
    CHECK(draws.log_probs[0][0] == doctest::Approx(-50.0));
    CHECK(draws.log_probs[1][0] == doctest::Approx(std::log(0.5)));
  }
}

}  // namespace cdx
