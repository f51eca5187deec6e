#pragma once

#include "decoding/next_token_model.h"
#include "decoding/page_pool.h"
#include "model/causal_lm.h"

#include <cstdint>
#include <map>
#include <vector>

namespace cdx {

struct SlotOptions {
  int64_t batch_size = 64;  // slots, and rows of every step
  int64_t page_size = 16;   // tokens
  int64_t max_prompt_tokens = 0;
  int64_t max_new_tokens = 0;
};

// A CausalLM as NextTokenModel: a paged KV cache in which the stories of a
// prompt share its pages; only a last, partly filled page is copied.
class CausalSlots : public NextTokenModel {
 public:
  CausalSlots(const CausalLM& model, const SlotOptions& options);

  int64_t prefill(const std::vector<int32_t>& ids) override;
  void forget(int64_t prompt) override;
  void start(int64_t slot, int64_t prompt) override;
  void stop(int64_t slot) override;
  void feed(int64_t slot, int32_t id) override;
  at::Tensor step() override;

 private:
  // Prompts keep all but their last token in the cache: the last is the first
  // that a story's slot feeds, so that every logit comes from a full step.
  struct CachedPrompt {
    std::vector<int32_t> pages;
    int64_t tokens = 0;
    int32_t last_id = 0;
  };
  struct Slot {
    std::vector<int32_t> pages;
    int64_t position = -1;  // of `next_id`; −1: no story
    int32_t next_id = 0;
  };

  RowBatch to_batch(const std::vector<int64_t>& ids,
                    const std::vector<int32_t>& positions,
                    const std::vector<int32_t>& page_table) const;
  void prefill_chunk(const std::vector<int32_t>& ids,
                     int64_t first,
                     int64_t last,
                     const std::vector<int32_t>& pages);

  const CausalLM& model_;
  SlotOptions options_;
  int64_t pages_per_row_;
  PagePool pool_;
  KvCache cache_;
  std::map<int64_t, CachedPrompt> prompts_;
  int64_t next_prompt_ = 0;
  std::vector<Slot> slots_;
};

}  // namespace cdx
