#include "decoding/draw.h"

#include <cmath>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <doctest/doctest.h>

namespace cdx {
namespace {

at::Tensor row(std::vector<float> values) {
  return at::tensor(values).unsqueeze(0);
}

TokenDraw draw_one(const std::vector<at::Tensor>& logits,
                   const StepOptions& options,
                   int64_t vocab_size,
                   uint32_t sample) {
  std::vector<RowInput> rows(1);
  rows[0].at.sample = sample;
  return BatchDrawer(options, vocab_size).draw(logits, rows, {0}).at(0);
}

}  // namespace

TEST_CASE("padding columns are never drawn and hold no probability") {
  const at::Tensor logits = row({0.F, 0.F, 100.F, 100.F});
  for (uint32_t sample = 0; sample < 50; ++sample) {
    const TokenDraw draw = draw_one({logits}, {.models = 1}, 2, sample);
    CHECK(draw.id < 2);
    CHECK(draw.log_probs[0] == doctest::Approx(std::log(0.5)));
  }
}

TEST_CASE("padding of either model is masked in both, whatever their widths") {
  const at::Tensor base = row({0.F, 1.F, 90.F});
  const at::Tensor instruct = row({1.F, 0.F, 90.F, 90.F, 90.F});
  const double likely = std::exp(1.0) / (1 + std::exp(1.0));
  for (const int64_t vocab_size : {int64_t{2}, int64_t{0}}) {
    CAPTURE(vocab_size);
    const StepOptions options{.models = 2, .mix = {.gamma = 0.5}};
    const TokenDraw draw = draw_one({base, instruct}, options, vocab_size, 1);
    const bool is_padding_drawn = draw.id >= 2;
    CHECK(is_padding_drawn == (vocab_size == 0));
    CHECK(draw.id < 3);
    if (is_padding_drawn) continue;
    CHECK(draw.log_prob_sampled == doctest::Approx(std::log(0.5)));
    CHECK(draw.log_probs[0] ==
          doctest::Approx(std::log(draw.id == 1 ? likely : 1 - likely)));
  }
}

TEST_CASE("rows are drawn where they are live, the same on any threads") {
  at::manual_seed(1);
  const at::Tensor base = at::randn({40, 100}) * 3;
  const at::Tensor instruct = at::randn({40, 100}) * 3;
  const StepOptions options{
      .models = 2, .sampling = {.top_p = 0.9}, .mix = {.gamma = 0.4}};
  std::vector<int64_t> live;
  for (int64_t i = 1; i < 40; i += 2) live.push_back(i);
  const auto draw_all = [&](int threads) {
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    std::vector<RowInput> rows(40);
    for (uint32_t i = 0; i < 40; ++i) rows[i].at.sample = i;
    auto draws = BatchDrawer(options, 0).draw({base, instruct}, rows, live);
    at::set_num_threads(before);
    return draws;
  };
  const std::vector<TokenDraw> one = draw_all(1), two = draw_all(2);
  REQUIRE(one.size() == live.size());
  REQUIRE(two.size() == live.size());
  for (size_t i = 0; i < live.size(); ++i) {
    const TokenDraw alone =
        draw_one({base.narrow(0, live[i], 1), instruct.narrow(0, live[i], 1)},
                 options,
                 0,
                 static_cast<uint32_t>(live[i]));
    for (const TokenDraw& draw : {one[i], two[i]}) {
      CHECK(draw.id == alone.id);
      CHECK(draw.log_prob_sampled == alone.log_prob_sampled);
      CHECK(draw.log_probs == alone.log_probs);
      CHECK(draw.entropies == alone.entropies);
    }
  }
}

}  // namespace cdx
