#include "kernels/kernels.h"

#include <ATen/ATen.h>

namespace cdx::reference {
namespace {

// [R, M·S] entry of the page table that holds each token.
at::Tensor token_pages(const at::Tensor& page_table, int64_t page_size) {
  return page_table.to(at::kLong).repeat_interleave(page_size, 1);
}

at::Tensor rotate(const at::Tensor& x,        // [R, H, E]
                  const at::Tensor& cosines,  // [R, 1, E/2] or undefined
                  const at::Tensor& sines) {
  if (!cosines.defined()) return x;
  const std::vector<at::Tensor> halves = x.chunk(2, -1);
  return at::cat({halves[0] * cosines - halves[1] * sines,
                  halves[1] * cosines + halves[0] * sines},
                 -1)
      .to(x.scalar_type());
}

// [R, 1, E/2] at the rows' positions.
at::Tensor angles_at(const at::Tensor& table, const at::Tensor& positions) {
  if (!table.defined()) return table;
  return table.index_select(0, positions).unsqueeze(1);
}

// Philox4x32-10 in 64-bit integer operations; each tensor holds values below
// 2³². The product's upper half is right although int64 wraps, for bits 32 … 63
// do not depend on the sign.
std::array<at::Tensor, 4> philox(std::array<at::Tensor, 4> counter,
                                 at::Tensor key0,
                                 at::Tensor key1) {
  constexpr int64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  constexpr int64_t kWeyl0 = 0x9E3779B9, kWeyl1 = 0xBB67AE85;
  constexpr int64_t kMask = 0xFFFFFFFF;
  const auto high = [](const at::Tensor& product) {
    return product.bitwise_right_shift(32).bitwise_and(kMask);
  };
  for (int round = 0; round < 10; ++round) {
    const at::Tensor product0 = counter[0] * kMultiplier0;
    const at::Tensor product1 = counter[2] * kMultiplier1;
    counter = {high(product1).bitwise_xor(counter[1]).bitwise_xor(key0),
               product1.bitwise_and(kMask),
               high(product0).bitwise_xor(counter[3]).bitwise_xor(key1),
               product0.bitwise_and(kMask)};
    key0 = (key0 + kWeyl0).bitwise_and(kMask);
    key1 = (key1 + kWeyl1).bitwise_and(kMask);
  }
  return counter;
}

// [R, V] uniforms of every row's coordinates.
at::Tensor uniforms(const std::vector<RandomCoordinates>& coordinates,
                    int64_t vocab,
                    const at::Device& device) {
  const auto rows = static_cast<int64_t>(coordinates.size());
  std::array<std::vector<int64_t>, 4> columns;  // key0, key1, sample, step
  for (const RandomCoordinates& at : coordinates) {
    columns[0].push_back(static_cast<int64_t>(at.key & 0xFFFFFFFF));
    columns[1].push_back(static_cast<int64_t>(at.key >> 32));
    columns[2].push_back(at.sample);
    columns[3].push_back(at.step);
  }
  std::array<at::Tensor, 4> column;
  for (size_t i = 0; i < 4; ++i) {
    column[i] = at::tensor(columns[i], at::kLong).to(device).unsqueeze(1);
  }
  const int64_t quads = (vocab + 3) / 4;
  const at::Tensor quad =
      at::arange(quads, at::TensorOptions(at::kLong).device(device))
          .unsqueeze(0)
          .expand({rows, quads});
  const at::Tensor domain =
      at::full_like(quad, static_cast<int64_t>(RandomDomain::kToken));
  const std::array<at::Tensor, 4> bits = philox(
      {quad, column[3].expand_as(quad), column[2].expand_as(quad), domain},
      column[0].expand_as(quad),
      column[1].expand_as(quad));
  const at::Tensor all = at::stack({bits[0], bits[1], bits[2], bits[3]}, 2)
                             .reshape({rows, quads * 4})
                             .narrow(1, 0, vocab);
  return ((all.to(at::kFloat) + 0.5) * 0x1p-32).clamp_max(0x1.fffffep-1);
}

// [R, V] bool: smallest set of most probable tokens with mass >= top_p.
at::Tensor top_p_set(const at::Tensor& p, double top_p) {
  if (top_p >= 1) return p > 0;
  const auto [sorted, order] =
      at::sort(p, /*stable=*/true, /*dim=*/1, /*descending=*/true);
  const at::Tensor mass = sorted.to(at::kDouble).cumsum(1);
  const at::Tensor kept = (mass - sorted.to(at::kDouble)) < top_p;
  return at::zeros_like(kept).scatter(1, order, kept);
}

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  const at::Tensor wide = x.to(at::kFloat);
  const at::Tensor mean = wide.square().mean(-1, /*keepdim=*/true);
  const at::Tensor scaled = wide * at::rsqrt(mean + eps);
  if (weight.scalar_type() == x.scalar_type()) {
    return scaled.to(x.scalar_type()) * weight;
  }
  return (scaled * weight).to(x.scalar_type());
}

at::Tensor rotate_and_store(const at::Tensor& qkv,
                            const at::Tensor& cosines,
                            const at::Tensor& sines,
                            const RowPages& rows,
                            KvPages& pages) {
  const int64_t kv_heads = pages.size(2);
  const int64_t page_size = pages.size(3);
  const int64_t dim = pages.size(4);
  const int64_t heads = qkv.size(1) / dim - 2 * kv_heads;
  const at::Tensor split = qkv.view({qkv.size(0), heads + 2 * kv_heads, dim});
  const at::Tensor positions = rows.positions.to(at::kLong).clamp_min(0);
  const at::Tensor cosine = angles_at(cosines, positions);
  const at::Tensor sine = angles_at(sines, positions);
  const at::Tensor key = rotate(split.narrow(1, heads, kv_heads), cosine, sine);
  const at::Tensor value = split.narrow(1, heads + kv_heads, kv_heads);
  const at::Tensor page =
      rows.page_table.to(at::kLong)
          .gather(1, positions.floor_divide(page_size).unsqueeze(1))
          .squeeze(1);
  const at::Tensor slot = positions.remainder(page_size);
  // [P, S, 2, K, E] view: one (page, slot) pair addresses a token.
  at::Tensor by_slot = pages.permute({0, 3, 1, 2, 4});
  by_slot.index_put_({page, slot}, at::stack({key, value}, 1));
  return rotate(split.narrow(1, 0, heads), cosine, sine);
}

at::Tensor paged_attention(const at::Tensor& q,
                           const KvPages& pages,
                           const RowPages& rows,
                           const AttentionOptions& options) {
  const int64_t page_size = pages.size(3);
  const int64_t group = q.size(1) / pages.size(2);
  const int64_t live =
      std::max<int64_t>(rows.positions.max().item<int32_t>() + 1, 1);
  const at::Tensor page =
      token_pages(rows.page_table, page_size).narrow(1, 0, live);
  const at::Tensor token =
      at::arange(live, at::TensorOptions(at::kLong).device(q.device()));
  const at::Tensor slot = token.remainder(page_size).expand_as(page);
  // [R, T, 2, K, E] → [R, K, T, E]
  const at::Tensor gathered =
      pages.permute({0, 3, 1, 2, 4}).index({page, slot});
  const auto part = [&](int64_t which) {
    return gathered.select(2, which).transpose(1, 2).repeat_interleave(group,
                                                                       1);
  };
  at::Tensor scores = at::matmul(q.unsqueeze(2), part(0).transpose(2, 3)) *
                      options.scale;  // [R, H, 1, T]
  if (options.softcap > 0) {
    scores = at::tanh(scores / options.softcap) * options.softcap;
  }
  const at::Tensor own = rows.positions.to(at::kLong).unsqueeze(1);
  at::Tensor unseen = token.unsqueeze(0) > own;  // [R, T]
  if (options.window > 0) {
    unseen = unseen.logical_or(token.unsqueeze(0) <= own - options.window);
  }
  scores = scores.to(at::kFloat)
               .masked_fill(unseen.view({q.size(0), 1, 1, live}), -1e30);
  const at::Tensor weights = at::softmax(scores, -1).to(q.scalar_type());
  return at::matmul(weights, part(1)).view({q.size(0), -1});
}

Draw mix_and_draw(const DrawArguments& arguments) {
  const at::Tensor& instruct = arguments.instruct;
  const at::Tensor kept = top_p_set(instruct, arguments.top_p);
  const at::Tensor mixed =
      arguments.base.defined()
          ? (1 - arguments.gamma) * instruct + arguments.gamma * arguments.base
          : instruct;
  const at::Tensor weights = at::where(kept, mixed, at::zeros_like(mixed));
  const at::Tensor race = at::where(
      kept,
      -at::log1p(-uniforms(
          arguments.coordinates, instruct.size(1), instruct.device())) /
          weights,
      std::numeric_limits<float>::infinity());
  const at::Tensor ids = race.argmin(1, /*keepdim=*/true);
  const at::Tensor total = weights.to(at::kDouble).sum(1, /*keepdim=*/true);
  const at::Tensor log_probs =
      (weights.gather(1, ids) / total).log().to(at::kFloat).cpu().contiguous();
  const at::Tensor ids32 = ids.to(at::kInt).cpu().contiguous();
  const at::Tensor sizes = kept.sum(1).to(at::kInt).cpu().contiguous();
  const auto rows = static_cast<size_t>(instruct.size(0));
  Draw draw;
  draw.ids.assign(ids32.data_ptr<int32_t>(), ids32.data_ptr<int32_t>() + rows);
  draw.log_probs.assign(log_probs.data_ptr<float>(),
                        log_probs.data_ptr<float>() + rows);
  draw.kept_sizes.assign(sizes.data_ptr<int32_t>(),
                         sizes.data_ptr<int32_t>() + rows);
  return draw;
}

}  // namespace cdx::reference
