#include "model/packed_linear.h"

#include "torch_support.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <doctest/doctest.h>

namespace cdx {
namespace {

at::Tensor random(at::IntArrayRef sizes) {
  return at::randn(sizes).to(test::device());
}

// Shapes of the shipped models and of the sentence encoder, and one that no
// vector length divides.
const std::vector<std::pair<int64_t, int64_t>> kShapes = {
    {384, 1152}, {1536, 384}, {128, 768}, {18, 54}};

}  // namespace

TEST_CASE("a packed product equals at::linear, with and without a bias") {
  at::manual_seed(1);
  for (const auto& [in, out] : kShapes) {
    CAPTURE(in);
    const at::Tensor weight = random({out, in}), bias = random({out});
    const PackedLinear with(weight, bias), without(weight);
    for (const int64_t rows : {0, 1, 7, 64}) {
      CAPTURE(rows);
      const at::Tensor x = random({rows, in});
      CHECK(at::allclose(
          with.forward(x), at::linear(x, weight, bias), 1e-5, 2e-4));
      CHECK(
          at::allclose(without.forward(x), at::linear(x, weight), 1e-5, 2e-4));
    }
  }
}

TEST_CASE("a row's bits do not depend on the number of rows or threads") {
  if (!test::device().is_cpu()) return;
  at::manual_seed(2);
  const int threads = at::get_num_threads();
  for (const auto& [in, out] : kShapes) {
    CAPTURE(in);
    const PackedLinear linear(random({out, in}), random({out}));
    const at::Tensor x = random({512, in});
    const at::Tensor all = linear.forward(x);
    for (const int64_t rows : {2, 3, 5, 16, 33, 64, 256}) {
      CAPTURE(rows);
      for (const int count : {1, 2}) {
        at::set_num_threads(count);
        CHECK(at::equal(linear.forward(x.narrow(0, 0, rows)),
                        all.narrow(0, 0, rows)));
      }
    }
    at::set_num_threads(threads);
  }
}

TEST_CASE("other types than float32 are multiplied as they are") {
  at::manual_seed(3);
  const at::Tensor weight = random({24, 16}).to(at::kBFloat16);
  const at::Tensor x = random({8, 16}).to(at::kBFloat16);
  const at::Tensor y = PackedLinear(weight).forward(x);
  CHECK((y.scalar_type() == at::kBFloat16));
  CHECK(at::equal(y, at::linear(x, weight)));
}

}  // namespace cdx
