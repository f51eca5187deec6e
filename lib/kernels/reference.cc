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

}  // namespace cdx::reference
