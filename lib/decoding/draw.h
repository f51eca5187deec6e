#pragma once

#include "decoding/token_drawer.h"

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace cdx {

// Draws a token in each row of a step, rows in parallel. On the CPU, whatever
// device computed the logits: the same logits give the same bits everywhere.
class BatchDrawer {
 public:
  // `vocab_size`: columns that are tokens; 0: all that every model has.
  BatchDrawer(StepOptions options, int64_t vocab_size);
  BatchDrawer(const BatchDrawer&) = delete;  // the drawers point to options_
  BatchDrawer& operator=(const BatchDrawer&) = delete;

  // `logits`: [B, V] fp32 of each model. `rows`: what else a row brings, its
  // `logits` left empty; only the rows with a number in `live` are drawn. The
  // draws are in the order of `live`.
  std::vector<TokenDraw> draw(const std::vector<at::Tensor>& logits,
                              std::vector<RowInput>& rows,
                              const std::vector<int64_t>& live);

  // What explains the draw of one row, which is done again.
  StepTrace trace(const std::vector<at::Tensor>& logits,
                  RowInput row,
                  int64_t number);

 private:
  std::vector<at::Tensor> on_cpu(const std::vector<at::Tensor>& logits) const;
  void point_at(const std::vector<at::Tensor>& logits,
                int64_t number,
                RowInput& row) const;

  StepOptions options_;
  int64_t vocab_size_;
  std::vector<TokenDrawer> drawers_;  // one a thread
};

}  // namespace cdx
