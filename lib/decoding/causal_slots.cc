#include "decoding/causal_slots.h"

#include "decoding/text_rows.h"

#include <algorithm>
#include <span>

#include <ATen/ATen.h>

namespace cdx {
namespace {

int64_t pages_of_row(const SlotOptions& options) {
  return ceil_divide(options.max_prompt_tokens + options.max_new_tokens,
                     options.page_size);
}

// Worst case: every slot holds a story of full length, and as many prompts wait
// for their stories (plus one being admitted).
int64_t pages_needed(const SlotOptions& options) {
  return 1 + options.batch_size * pages_of_row(options) +
         (options.batch_size + 1) *
             ceil_divide(options.max_prompt_tokens, options.page_size);
}

}  // namespace

CausalSlots::CausalSlots(const CausalLM& model, const SlotOptions& options)
    : model_(model),
      options_(options),
      pages_per_row_(pages_of_row(options)),
      pool_(pages_needed(options)),
      cache_(model.make_cache(pages_needed(options), options.page_size)),
      slots_(static_cast<size_t>(options.batch_size)) {}

RowBatch CausalSlots::to_batch(const std::vector<int64_t>& ids,
                               const std::vector<int32_t>& positions,
                               const std::vector<int32_t>& page_table) const {
  const at::Device device = model_.device();
  const auto rows = static_cast<int64_t>(ids.size());
  return {.ids = at::tensor(ids, at::kLong).to(device),
          .pages = {.page_table = at::tensor(page_table, at::kInt)
                                      .view({rows, pages_per_row_})
                                      .to(device),
                    .positions = at::tensor(positions, at::kInt).to(device)}};
}

void CausalSlots::prefill_chunk(const std::vector<int32_t>& ids,
                                int64_t first,
                                int64_t last,
                                const std::vector<int32_t>& pages) {
  const std::span<const int32_t> chunk(ids.data() + first,
                                       static_cast<size_t>(last - first));
  model_.forward(
      text_rows(chunk, first, pages, pages_per_row_, model_.device()), cache_);
}

int64_t CausalSlots::prefill(const std::vector<int32_t>& ids) {
  CachedPrompt prompt{.pages = {},
                      .tokens = static_cast<int64_t>(ids.size()) - 1,
                      .last_id = ids.back()};
  const int64_t pages = ceil_divide(prompt.tokens, options_.page_size);
  for (int64_t i = 0; i < pages; ++i) prompt.pages.push_back(pool_.take());
  for (int64_t first = 0; first < prompt.tokens; first += kChunkRows) {
    prefill_chunk(
        ids, first, std::min(first + kChunkRows, prompt.tokens), prompt.pages);
  }
  prompts_[next_prompt_] = std::move(prompt);
  return next_prompt_++;
}

void CausalSlots::forget(int64_t prompt) {
  for (const int32_t page : prompts_.at(prompt).pages) pool_.release(page);
  prompts_.erase(prompt);
}

void CausalSlots::start(int64_t slot, int64_t prompt) {
  const CachedPrompt& cached = prompts_.at(prompt);
  Slot& state = slots_[static_cast<size_t>(slot)];
  state = {.pages = {}, .position = cached.tokens, .next_id = cached.last_id};
  const auto full = static_cast<size_t>(cached.tokens / options_.page_size);
  for (size_t i = 0; i < full; ++i) {
    pool_.share(cached.pages[i]);
    state.pages.push_back(cached.pages[i]);
  }
  if (full < cached.pages.size()) {
    const int32_t own = pool_.take();
    for (KvPages& pages : cache_.layers) {
      pages[own].copy_(pages[cached.pages[full]]);
    }
    state.pages.push_back(own);
  }
}

void CausalSlots::stop(int64_t slot) {
  Slot& state = slots_[static_cast<size_t>(slot)];
  for (const int32_t page : state.pages) pool_.release(page);
  state = {};
}

void CausalSlots::feed(int64_t slot, int32_t id) {
  Slot& state = slots_[static_cast<size_t>(slot)];
  state.next_id = id;
  ++state.position;
}

at::Tensor CausalSlots::step() {
  const size_t rows = slots_.size();
  std::vector<int64_t> ids(rows, 0);
  std::vector<int32_t> positions(rows, -1);
  std::vector<int32_t> table(rows * static_cast<size_t>(pages_per_row_), 0);
  for (size_t row = 0; row < rows; ++row) {
    Slot& slot = slots_[row];
    if (slot.position < 0) continue;
    if (slot.position / options_.page_size ==
        static_cast<int64_t>(slot.pages.size())) {
      slot.pages.push_back(pool_.take());
    }
    ids[row] = slot.next_id;
    positions[row] = static_cast<int32_t>(slot.position);
    std::copy(slot.pages.begin(),
              slot.pages.end(),
              table.begin() + static_cast<int64_t>(row) * pages_per_row_);
  }
  return model_.logits(model_.forward(to_batch(ids, positions, table), cache_));
}

}  // namespace cdx
