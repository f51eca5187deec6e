#include "kernels/kernels.h"

#include "kernels/cpu/cpu_kernels.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace cdx {
namespace {

bool fast(const at::Tensor& tensor) {
  static const bool kSupported = cpu::supported();
  return kSupported && tensor.is_cpu() && tensor.scalar_type() == at::kFloat;
}

cpu::KvLayout layout_of(const KvPages& pages, const RowPages& rows) {
  TORCH_CHECK(pages.is_contiguous() && rows.page_table.is_contiguous());
  TORCH_CHECK(rows.page_table.scalar_type() == at::kInt &&
              rows.positions.scalar_type() == at::kInt);
  return {.kv_heads = pages.size(2),
          .page_size = pages.size(3),
          .head_dim = pages.size(4),
          .pages_per_row = rows.page_table.size(1),
          .page_table = rows.page_table.const_data_ptr<int32_t>(),
          .positions = rows.positions.const_data_ptr<int32_t>()};
}

const float* data_or_null(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<float>() : nullptr;
}

// A row's work is small: few rows are not worth a second thread.
constexpr int64_t kRowsPerTask = 8;

template <typename Op>
void for_rows(int64_t rows,
              const Op& op,
              void (*kernel)(const Op&, int64_t, int64_t)) {
  at::parallel_for(0, rows, kRowsPerTask, [&](int64_t begin, int64_t end) {
    kernel(op, begin, end);
  });
}

}  // namespace

at::Tensor rms_norm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  if (!fast(x)) return reference::rms_norm(x, weight, eps);
  TORCH_CHECK(x.is_contiguous() && weight.is_contiguous());
  at::Tensor out = at::empty_like(x);
  const cpu::RmsNorm op{.x = x.const_data_ptr<float>(),
                        .weight = weight.const_data_ptr<float>(),
                        .out = out.data_ptr<float>(),
                        .hidden = x.size(1),
                        .eps = static_cast<float>(eps)};
  for_rows(x.size(0), op, cpu::rms_norm);
  return out;
}

at::Tensor rotate_and_store(const at::Tensor& qkv,
                            const at::Tensor& cosines,
                            const at::Tensor& sines,
                            const RowPages& rows,
                            KvPages& pages) {
  if (!fast(qkv)) {
    return reference::rotate_and_store(qkv, cosines, sines, rows, pages);
  }
  TORCH_CHECK(qkv.is_contiguous());
  const int64_t dim = pages.size(4);
  const int64_t heads = qkv.size(1) / dim - 2 * pages.size(2);
  at::Tensor query = at::empty({qkv.size(0), heads, dim}, qkv.options());
  const cpu::RotateAndStore op{.qkv = qkv.const_data_ptr<float>(),
                               .cosines = data_or_null(cosines),
                               .sines = data_or_null(sines),
                               .query = query.data_ptr<float>(),
                               .pages = pages.data_ptr<float>(),
                               .heads = heads,
                               .layout = layout_of(pages, rows)};
  for_rows(qkv.size(0), op, cpu::rotate_and_store);
  return query;
}

at::Tensor paged_attention(const at::Tensor& q,
                           const KvPages& pages,
                           const RowPages& rows,
                           const AttentionOptions& options) {
  if (!fast(q)) return reference::paged_attention(q, pages, rows, options);
  TORCH_CHECK(q.is_contiguous());
  at::Tensor out = at::empty({q.size(0), q.size(1) * q.size(2)}, q.options());
  const cpu::PagedAttention op{.query = q.const_data_ptr<float>(),
                               .pages = pages.const_data_ptr<float>(),
                               .out = out.data_ptr<float>(),
                               .heads = q.size(1),
                               .scale = static_cast<float>(options.scale),
                               .softcap = static_cast<float>(options.softcap),
                               .window = options.window,
                               .layout = layout_of(pages, rows)};
  for_rows(q.size(0), op, cpu::paged_attention);
  return out;
}

}  // namespace cdx
