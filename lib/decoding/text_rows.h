#pragma once

#include "model/causal_lm.h"

#include <cstdint>
#include <span>
#include <vector>

// Texts that are computed many tokens at a time: prompts, texts to be scored.
namespace cdx {

// They are computed alone, in chunks padded to a multiple of 16 rows: fewer
// rows would make a text's bits depend on its length and the thread count.
constexpr int64_t kChunkRows = 256;

int64_t ceil_divide(int64_t a, int64_t b);

// `ids` as rows of one forward pass, padded with dead rows; the first stands at
// `position` of its text, whose keys and values lie in `pages`. A row's page
// table has `pages_per_row` entries; those beyond `pages` name page 0.
RowBatch text_rows(std::span<const int32_t> ids,
                   int64_t position,
                   std::span<const int32_t> pages,
                   int64_t pages_per_row,
                   const at::Device& device);

}  // namespace cdx
