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

TEST_CASE(
    "what an untrained row gives to the instruct's other ends is dropped") {
  // As Llama 3.1: the base ends with 0; the instruct with 3 (its turns), 2, 0.
  const at::Tensor p = row({0.1F, 0.2F, 0.3F, 0.4F});
  const at::Tensor merged =
      merge_end_tokens(p, {.instruct = {3, 2, 0}, .base = {0}});
  CHECK(at_column(merged, 3) == doctest::Approx(0.1));
  CHECK(at_column(merged, 2) == 0);
  CHECK(at_column(merged, 1) == doctest::Approx(0.2));
  CHECK(at_column(merged, 0) == 0);
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

TEST_CASE("padding of either model is masked in both, whatever their widths") {
  const at::Tensor base = row({0.F, 1.F, 90.F});
  const at::Tensor instruct = row({1.F, 0.F, 90.F, 90.F, 90.F});
  const double likely = std::exp(1.0) / (1 + std::exp(1.0));
  for (const int64_t vocab_size : {int64_t{2}, int64_t{0}}) {
    CAPTURE(vocab_size);
    DrawOptions options{.sampling = {},
                        .mix = {.gamma = 0.5},
                        .stop_ids = {},
                        .vocab_size = vocab_size};
    const TokenDraws draws =
        draw_tokens({base, instruct}, options, {{.sample = 1}});
    const bool is_padding_drawn = draws.ids[0] >= 2;
    CHECK(is_padding_drawn == (vocab_size == 0));
    CHECK(draws.ids[0] < 3);
    if (is_padding_drawn) continue;
    CHECK(draws.log_probs_sampled[0] == doctest::Approx(std::log(0.5)));
    CHECK(draws.log_probs[0][0] ==
          doctest::Approx(std::log(draws.ids[0] == 1 ? likely : 1 - likely)));
  }
}

TEST_CASE("with gamma 0 a mixture is the instruct model, bit for bit") {
  // The base is padded to another width, ends elsewhere and knows better.
  at::manual_seed(1);
  const at::Tensor instruct = at::randn({16, 40}) * 3;
  const at::Tensor base = at::randn({16, 48}) * 3;
  std::vector<RandomCoordinates> coordinates(16);
  DrawOptions options{.sampling = {.temperature = 0.9, .top_p = 0.8},
                      .mix = {.gamma = 0},
                      .stop_ids = {.instruct = {7, 3}, .base = {3, 5}},
                      .vocab_size = 37};
  for (uint32_t step = 0; step < 20; ++step) {
    for (uint32_t i = 0; i < 16; ++i) coordinates[i] = {i + 1, 0, step};
    const TokenDraws mixed =
        draw_tokens({base, instruct}, options, coordinates);
    const TokenDraws alone = draw_tokens({instruct}, options, coordinates);
    CHECK(mixed.ids == alone.ids);
    CHECK(mixed.log_probs_sampled == alone.log_probs_sampled);
    CHECK(mixed.log_probs[1] == alone.log_probs[0]);
  }
}

TEST_CASE("the base ends a story at the instruct's own end id") {
  // The base wants to end (id 0), the instruct hesitates between 1 and its
  // end, id 2; without merging the base's end would be cut away.
  const at::Tensor base = row({20.F, 0.F, 0.F});
  const at::Tensor instruct = row({-50.F, 1.F, 1.F});
  const DrawOptions options{
      .sampling = {},
      .mix = {.gamma = 1},
      .stop_ids = stop_ids_of_pair({0}, {0, 2}, std::nullopt),
      .vocab_size = 0};
  for (uint32_t sample = 0; sample < 50; ++sample) {
    CHECK(draw_tokens({base, instruct}, options, {{.sample = sample}}).ids[0] ==
          2);
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
