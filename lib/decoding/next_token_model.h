#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

namespace cdx {

// What the decoding loop drives: texts growing in a constant number of slots,
// and the logits of each one's next token. The loop knows neither checkpoints
// nor caches nor conditions.
class NextTokenModel {
 public:
  virtual ~NextTokenModel() = default;

  // Computes once what all stories of a prompt share; returns its handle.
  // ids [T], T >= 1.
  virtual int64_t prefill(const std::vector<int32_t>& ids) = 0;
  // No further story of this prompt will be started.
  virtual void forget(int64_t prompt) = 0;

  // The slot starts a story of the prompt / ends what it held.
  virtual void start(int64_t slot, int64_t prompt) = 0;
  virtual void stop(int64_t slot) = 0;
  // Appends a token to the slot's story.
  virtual void feed(int64_t slot, int32_t id) = 0;

  // Logits [B, V] fp32 of every slot's next token; rows of slots that hold no
  // story are arbitrary. Between two steps each running slot is fed one token.
  virtual at::Tensor step() = 0;
};

}  // namespace cdx
