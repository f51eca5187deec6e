#include "decoding/draw.h"

#include <algorithm>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

namespace cdx {
namespace {

// A row's work is small: few rows are not worth a second thread.
constexpr int64_t kRowsPerTask = 4;

}  // namespace

BatchDrawer::BatchDrawer(StepOptions options, int64_t vocab_size)
    : options_(std::move(options)), vocab_size_(vocab_size) {
  const int threads = at::get_num_threads();
  drawers_.reserve(static_cast<size_t>(threads));
  for (int i = 0; i < threads; ++i) drawers_.emplace_back(options_);
}

std::vector<at::Tensor> BatchDrawer::on_cpu(
    const std::vector<at::Tensor>& logits) const {
  std::vector<at::Tensor> all;
  for (const at::Tensor& one : logits) all.push_back(one.cpu().contiguous());
  return all;
}

// Models of a pair may be padded to different widths.
void BatchDrawer::point_at(const std::vector<at::Tensor>& logits,
                           int64_t number,
                           RowInput& row) const {
  int64_t columns = vocab_size_;
  for (const at::Tensor& one : logits) {
    columns = columns == 0 ? one.size(1) : std::min(columns, one.size(1));
  }
  for (size_t m = 0; m < logits.size(); ++m) {
    const float* data = logits[m].const_data_ptr<float>();
    row.logits[m] = {data + number * logits[m].size(1),
                     static_cast<size_t>(columns)};
  }
}

std::vector<TokenDraw> BatchDrawer::draw(const std::vector<at::Tensor>& logits,
                                         std::vector<RowInput>& rows,
                                         const std::vector<int64_t>& live) {
  const std::vector<at::Tensor> here = on_cpu(logits);
  std::vector<TokenDraw> draws(live.size());
  const auto some = [&](int64_t begin, int64_t end) {
    TokenDrawer& drawer =
        drawers_.at(static_cast<size_t>(at::get_thread_num()));
    for (int64_t i = begin; i < end; ++i) {
      const int64_t number = live[static_cast<size_t>(i)];
      RowInput& row = rows[static_cast<size_t>(number)];
      point_at(here, number, row);
      draws[static_cast<size_t>(i)] = drawer.draw(row);
    }
  };
  at::parallel_for(0, static_cast<int64_t>(live.size()), kRowsPerTask, some);
  return draws;
}

StepTrace BatchDrawer::trace(const std::vector<at::Tensor>& logits,
                             RowInput row,
                             int64_t number) {
  const std::vector<at::Tensor> here = on_cpu(logits);
  point_at(here, number, row);
  drawers_.front().draw(row);
  return drawers_.front().trace(row);
}

}  // namespace cdx
