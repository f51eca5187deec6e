#pragma once

#include "model/causal_lm.h"
#include "torch_support.h"
#include "util/json.h"

#include <filesystem>
#include <vector>

#include <ATen/ATen.h>

// Tiny models with the logits that transformers computed, and ways to run ours.
namespace cdx::test {

struct GoldenText {
  std::vector<int64_t> ids;
  at::Tensor logits;  // [T, V] fp32
  at::Tensor
      logits_bf16;  // the same model in bfloat16; undefined if not stored
};

inline at::Tensor matrix_of(const Json& rows) {
  std::vector<float> flat;
  for (const Json& row : rows) {
    for (const Json& value : row) flat.push_back(value.get<float>());
  }
  return at::tensor(flat).view({static_cast<int64_t>(rows.size()), -1});
}

inline std::vector<GoldenText> read_golden(const std::filesystem::path& file) {
  std::vector<GoldenText> all;
  const Json golden = parse_json_file(file);
  for (const Json& input : golden.at("inputs")) {
    GoldenText text{.ids = input.at("ids").get<std::vector<int64_t>>(),
                    .logits = matrix_of(input.at("logits")),
                    .logits_bf16 = {}};
    if (input.contains("logits_bf16")) {
      text.logits_bf16 = matrix_of(input.at("logits_bf16"));
    }
    all.push_back(text);
  }
  return all;
}

constexpr int64_t kPageSize = 4;

// Rows `first` … `last` of one text, in the pages from `page` on.
inline RowBatch rows_of(const std::vector<int64_t>& ids,
                        size_t first,
                        size_t last,
                        int64_t page = 1) {
  const auto pages = static_cast<int64_t>(ids.size() / kPageSize + 1);
  const auto rows = static_cast<int64_t>(last - first);
  const at::Tensor table = at::arange(page, page + pages, at::kInt)
                               .expand({rows, pages})
                               .contiguous();
  return {.ids = at::tensor(std::vector<int64_t>(
                                ids.begin() + static_cast<int64_t>(first),
                                ids.begin() + static_cast<int64_t>(last)))
                     .to(device()),
          .pages = {.page_table = table.to(device()),
                    .positions = at::arange(static_cast<int64_t>(first),
                                            static_cast<int64_t>(last),
                                            at::kInt)
                                     .to(device())}};
}

// Token `t` of two texts of equal length, each in pages of its own.
inline RowBatch two_rows(const std::vector<int64_t>& a,
                         const std::vector<int64_t>& b,
                         size_t t) {
  const RowBatch first = rows_of(a, t, t + 1);
  const RowBatch second =
      rows_of(b, t, t + 1, 1 + first.pages.page_table.size(1));
  return {
      .ids = at::cat({first.ids, second.ids}),
      .pages = {.page_table =
                    at::cat({first.pages.page_table, second.pages.page_table}),
                .positions =
                    at::cat({first.pages.positions, second.pages.positions})}};
}

inline KvCache cache_for(const CausalLM& model, size_t tokens) {
  return model.make_cache(static_cast<int64_t>(tokens / kPageSize + 2),
                          kPageSize);
}

inline at::Tensor all_at_once(const CausalLM& model,
                              const std::vector<int64_t>& ids) {
  KvCache cache = cache_for(model, ids.size());
  return model.logits(model.forward(rows_of(ids, 0, ids.size()), cache)).cpu();
}

inline at::Tensor token_by_token(const CausalLM& model,
                                 const std::vector<int64_t>& ids) {
  KvCache cache = cache_for(model, ids.size());
  std::vector<at::Tensor> rows;
  for (size_t t = 0; t < ids.size(); ++t) {
    rows.push_back(model.logits(model.forward(rows_of(ids, t, t + 1), cache)));
  }
  return at::cat(rows).cpu();
}

// Largest difference, relative to the largest logit.
inline double difference(const at::Tensor& ours, const at::Tensor& theirs) {
  return ((ours.cpu() - theirs).abs().max() / theirs.abs().max())
      .item<double>();
}

// Largest KL(theirs ‖ ours) of the rows.
inline double divergence(const at::Tensor& ours, const at::Tensor& theirs) {
  const at::Tensor q = at::log_softmax(ours.cpu(), 1);
  const at::Tensor p = at::log_softmax(theirs, 1);
  return (p.exp() * (p - q)).sum(1).max().item<double>();
}

}  // namespace cdx::test
