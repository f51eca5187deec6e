#include "kernels/kernels.h"

#include <cmath>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

// Each fast kernel against its plain twin in ATen operations, on random input
// from a fixed seed.
namespace cdx {
namespace {

struct Case {
  int64_t rows, heads, kv_heads, head_dim, page_size, pages_per_row;
};

at::Tensor random(at::IntArrayRef shape, int seed) {
  at::manual_seed(static_cast<uint64_t>(seed));
  return at::randn(shape, at::kFloat);
}

// Rows with pages of their own and positions of every kind: first slot of a
// page, last slot, middle; one dead row.
RowPages make_rows(const Case& c) {
  at::Tensor table = at::arange(1, 1 + c.rows * c.pages_per_row, at::kInt)
                         .view({c.rows, c.pages_per_row});
  at::Tensor positions = at::empty({c.rows}, at::kInt);
  const int64_t longest = c.page_size * c.pages_per_row;
  for (int64_t row = 0; row < c.rows; ++row) {
    positions[row] = (row * 7 + row / 2) % longest;
  }
  if (c.rows > 3) positions[3] = -1;
  return {table, positions};
}

// Largest difference over the live rows.
double difference(const at::Tensor& a,
                  const at::Tensor& b,
                  const RowPages& rows) {
  const at::Tensor live = rows.positions >= 0;
  return (a - b).abs().flatten(1).index({live}).max().item<double>();
}

const std::vector<Case> kCases = {{.rows = 19,
                                   .heads = 4,
                                   .kv_heads = 4,
                                   .head_dim = 32,
                                   .page_size = 16,
                                   .pages_per_row = 5},
                                  {.rows = 8,
                                   .heads = 6,
                                   .kv_heads = 2,
                                   .head_dim = 10,
                                   .page_size = 4,
                                   .pages_per_row = 7},
                                  {.rows = 1,
                                   .heads = 3,
                                   .kv_heads = 1,
                                   .head_dim = 2,
                                   .page_size = 1,
                                   .pages_per_row = 1}};

}  // namespace

TEST_CASE("rms_norm equals its twin") {
  for (const int64_t hidden : {1, 7, 8, 128, 130}) {
    CAPTURE(hidden);
    const at::Tensor x = random({5, hidden}, 1);
    const at::Tensor weight = random({hidden}, 2);
    const at::Tensor difference =
        rms_norm(x, weight, 1e-5) - reference::rms_norm(x, weight, 1e-5);
    CHECK(difference.abs().max().item<double>() < 1e-5);
  }
}

TEST_CASE("rotate_and_store equals its twin in queries and in cache") {
  for (const Case& c : kCases) {
    CAPTURE(c.head_dim);
    const RowPages rows = make_rows(c);
    const int64_t tokens = c.page_size * c.pages_per_row;
    const at::Tensor angles = random({tokens, c.head_dim / 2}, 1);
    const at::Tensor qkv =
        random({c.rows, (c.heads + 2 * c.kv_heads) * c.head_dim}, 2);
    at::Tensor fast = at::zeros(
        {1 + c.rows * c.pages_per_row, 2, c.kv_heads, c.page_size, c.head_dim});
    at::Tensor plain = fast.clone();
    const at::Tensor q =
        rotate_and_store(qkv, angles.cos(), angles.sin(), rows, fast);
    const at::Tensor twin = reference::rotate_and_store(
        qkv, angles.cos(), angles.sin(), rows, plain);
    CHECK(difference(q, twin, rows) < 1e-5);
    // The dead row's page is nobody's: compare the others.
    if (c.rows > 3) {
      const at::Tensor dead = rows.page_table[3].to(at::kLong);
      fast.index_fill_(0, dead, 0);
      plain.index_fill_(0, dead, 0);
    }
    CHECK((fast - plain).abs().max().item<double>() < 1e-5);
    CHECK(fast.abs().max().item<double>() > 0.1);
  }
}

TEST_CASE("paged_attention equals its twin") {
  for (const Case& c : kCases) {
    CAPTURE(c.head_dim);
    const RowPages rows = make_rows(c);
    const at::Tensor pages = random(
        {1 + c.rows * c.pages_per_row, 2, c.kv_heads, c.page_size, c.head_dim},
        3);
    const at::Tensor q = random({c.rows, c.heads, c.head_dim}, 4);
    // The window is shorter than a page, ends inside one, is longer than the
    // text.
    for (const int64_t window : {0, 1, 3, 18, 1000}) {
      for (const double softcap : {0.0, 0.7}) {
        CAPTURE(window);
        CAPTURE(softcap);
        const AttentionOptions options{
            .scale = 0.3, .softcap = softcap, .window = window};
        CHECK(difference(paged_attention(q, pages, rows, options),
                         reference::paged_attention(q, pages, rows, options),
                         rows) < 1e-5);
      }
    }
  }
}

TEST_CASE("half precision attends as float32 does, nearly") {
  const Case& c = kCases[0];
  const RowPages rows = make_rows(c);
  const at::Tensor pages = random(
      {1 + c.rows * c.pages_per_row, 2, c.kv_heads, c.page_size, c.head_dim},
      3);
  const at::Tensor q = random({c.rows, c.heads, c.head_dim}, 4);
  const AttentionOptions options{.scale = 0.3, .softcap = 5, .window = 30};
  const at::Tensor wide = paged_attention(q, pages, rows, options);
  for (const at::ScalarType type : {at::kHalf, at::kBFloat16}) {
    const at::Tensor narrow =
        paged_attention(q.to(type), pages.to(type), rows, options);
    CHECK((narrow.scalar_type() == type));
    CHECK(difference(narrow.to(at::kFloat), wide, rows) < 5e-2);
  }
}

TEST_CASE("a window of one token gives that token's value") {
  const Case& c = kCases[0];
  const RowPages rows = make_rows(c);
  const at::Tensor pages = random(
      {1 + c.rows * c.pages_per_row, 2, c.kv_heads, c.page_size, c.head_dim},
      3);
  const at::Tensor q = random({c.rows, c.heads, c.head_dim}, 4);
  const at::Tensor out = paged_attention(q, pages, rows, {.window = 1});
  const int64_t position = rows.positions[5].item<int32_t>();
  const auto page = rows.page_table[5][position / c.page_size].item<int32_t>();
  const at::Tensor value =
      pages[page][1].select(1, position % c.page_size).flatten();
  CHECK(at::equal(out[5], value));  // as many heads as key heads
}

TEST_CASE("soft-capped scores stay within the cap") {
  // One key of score 100, one of 0: e^(2·tanh(50)) against e^0.
  at::Tensor pages = at::zeros({1, 2, 1, 2, 2});
  pages[0][0][0][0][0] = 100;
  pages[0][1][0][0][0] = 1;
  const RowPages rows{at::zeros({1, 1}, at::kInt), at::ones({1}, at::kInt)};
  const at::Tensor q = at::tensor({1.0F, 0.0F}).view({1, 1, 2});
  const at::Tensor out = paged_attention(q, pages, rows, {.softcap = 2});
  CHECK(out[0][0].item<double>() ==
        doctest::Approx(std::exp(2.0) / (std::exp(2.0) + 1)).epsilon(1e-6));
}

TEST_CASE("without angles nothing is rotated, in heads of odd size too") {
  const RowPages rows{at::zeros({1, 1}, at::kInt), at::ones({1}, at::kInt)};
  const at::Tensor qkv = random({1, 9}, 5);  // q, k, v of one head of 3
  at::Tensor pages = at::zeros({1, 2, 1, 2, 3});
  at::Tensor plain = pages.clone();
  const at::Tensor q = rotate_and_store(qkv, {}, {}, rows, pages);
  reference::rotate_and_store(qkv, {}, {}, rows, plain);
  CHECK(at::equal(q.flatten(), qkv[0].narrow(0, 0, 3)));
  CHECK(at::equal(pages[0][0][0][1], qkv[0].narrow(0, 3, 3)));
  CHECK(at::equal(pages, plain));
}

TEST_CASE("the type of a norm's weight decides where the cast stands") {
  const at::Tensor x = (random({4, 64}, 6) * 3).to(at::kBFloat16);
  const at::Tensor weight = random({64}, 7).to(at::kBFloat16);
  const at::Tensor scaled =
      x.to(at::kFloat) *
      at::rsqrt(x.to(at::kFloat).square().mean(1, true) + 1e-5);
  CHECK(
      at::equal(rms_norm(x, weight, 1e-5), scaled.to(at::kBFloat16) * weight));
  const at::Tensor wide = rms_norm(x, weight.to(at::kFloat), 1e-5);
  CHECK(at::equal(wide, (scaled * weight).to(at::kBFloat16)));
  CHECK_FALSE(at::equal(wide, rms_norm(x, weight, 1e-5)));
}

TEST_CASE("a row of paged_attention does not depend on its neighbours") {
  const Case& c = kCases[0];
  const RowPages rows = make_rows(c);
  const at::Tensor pages = random(
      {1 + c.rows * c.pages_per_row, 2, c.kv_heads, c.page_size, c.head_dim},
      3);
  const at::Tensor q = random({c.rows, c.heads, c.head_dim}, 4);
  const AttentionOptions options{.scale = 0.3, .softcap = 5, .window = 30};
  const at::Tensor all = paged_attention(q, pages, rows, options);
  for (int64_t row = 0; row < c.rows; ++row) {
    const at::Tensor alone = paged_attention(
        q.narrow(0, row, 1),
        pages,
        {rows.page_table.narrow(0, row, 1), rows.positions.narrow(0, row, 1)},
        options);
    CHECK(at::equal(alone, all.narrow(0, row, 1)));
  }
}

}  // namespace cdx
