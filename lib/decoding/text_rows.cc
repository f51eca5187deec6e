#include "decoding/text_rows.h"

#include <algorithm>

#include <ATen/ATen.h>

namespace cdx {
namespace {

constexpr int64_t kRowMultiple = 16;

}  // namespace

int64_t ceil_divide(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

RowBatch text_rows(std::span<const int32_t> ids,
                   int64_t position,
                   std::span<const int32_t> pages,
                   int64_t pages_per_row,
                   const at::Device& device) {
  const auto n = static_cast<int64_t>(ids.size());
  const int64_t rows = ceil_divide(n, kRowMultiple) * kRowMultiple;
  std::vector<int64_t> row_ids(static_cast<size_t>(rows), 0);
  std::vector<int32_t> positions(static_cast<size_t>(rows), -1);
  std::vector<int32_t> table(static_cast<size_t>(rows * pages_per_row), 0);
  std::copy(ids.begin(), ids.end(), row_ids.begin());
  for (int64_t row = 0; row < n; ++row) {
    positions[static_cast<size_t>(row)] = static_cast<int32_t>(position + row);
    std::copy(pages.begin(), pages.end(), table.begin() + row * pages_per_row);
  }
  return {.ids = at::tensor(row_ids, at::kLong).to(device),
          .pages = {.page_table = at::tensor(table, at::kInt)
                                      .view({rows, pages_per_row})
                                      .to(device),
                    .positions = at::tensor(positions, at::kInt).to(device)}};
}

}  // namespace cdx
