#include "decoding/scorer.h"

#include "decoding/text_rows.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <stdexcept>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace cdx {
namespace {

constexpr int64_t kPageSize = 16;  // tokens

// Tokens that go through the model: the last one's continuation is not asked
// for.
int64_t length_of(const ScoreRequest& request) {
  return static_cast<int64_t>(request.prompt_ids.size() + request.ids.size()) -
         1;
}

// One text at a time in a cache that holds just it: page p of a text is always
// page p + 1, so that the next text of the same prompt finds the prompt's keys
// and values where they are and writes its own after them.
class Scorer {
 public:
  Scorer(const CausalLM& model, int64_t columns, int64_t longest)
      : model_(model),
        columns_(std::min(columns == 0 ? model.config().vocab_size : columns,
                          model.config().vocab_size)),
        pages_(static_cast<size_t>(ceil_divide(longest, kPageSize))),
        cache_(model.make_cache(static_cast<int64_t>(pages_.size()) + 1,
                                kPageSize)) {
    std::iota(pages_.begin(), pages_.end(), 1);
  }

  std::vector<float> score(const ScoreRequest& request) {
    check_ids(request);
    std::vector<float> log_probs;
    if (request.ids.empty()) return log_probs;
    prefill(request.prompt_ids);
    // What is fed: each id's predecessor.
    std::vector<int32_t> fed = {request.prompt_ids.back()};
    fed.insert(fed.end(), request.ids.begin(), request.ids.end() - 1);
    const auto start = static_cast<int64_t>(request.prompt_ids.size()) - 1;
    for_each_chunk(fed, [&](std::span<const int32_t> chunk, int64_t first) {
      const auto wanted =
          std::span<const int32_t>(request.ids)
              .subspan(static_cast<size_t>(first), chunk.size());
      append(forward(chunk, start + first), wanted, log_probs);
    });
    return log_probs;
  }

 private:
  template <typename F>
  static void for_each_chunk(std::span<const int32_t> ids, F&& use) {
    for (size_t first = 0; first < ids.size(); first += kChunkRows) {
      const size_t size = std::min<size_t>(kChunkRows, ids.size() - first);
      use(ids.subspan(first, size), static_cast<int64_t>(first));
    }
  }

  void check_ids(const ScoreRequest& request) const {
    const auto below = [](const std::vector<int32_t>& ids, int64_t end) {
      return std::all_of(ids.begin(), ids.end(), [&](int32_t id) {
        return id >= 0 && id < end;
      });
    };
    if (request.prompt_ids.empty() ||
        !below(request.prompt_ids, model_.config().vocab_size) ||
        !below(request.ids, columns_)) {
      throw std::invalid_argument(
          "a text to be scored has no prompt, or a token that the model does "
          "not know");
    }
  }

  // The prompt but for its last token, as CausalSlots keeps it.
  void prefill(const std::vector<int32_t>& prompt_ids) {
    if (prompt_ids == prompt_ids_) return;
    prompt_ids_ = prompt_ids;
    for_each_chunk(
        std::span<const int32_t>(prompt_ids).first(prompt_ids.size() - 1),
        [&](std::span<const int32_t> chunk, int64_t first) {
          forward(chunk, first);
        });
  }

  // Hidden states [R, D]; R is chunk.size() rounded up.
  at::Tensor forward(std::span<const int32_t> chunk, int64_t position) {
    return model_.forward(text_rows(chunk,
                                    position,
                                    pages_,
                                    static_cast<int64_t>(pages_.size()),
                                    model_.device()),
                          cache_);
  }

  // Of the token that follows each row of `hidden` [R, D].
  void append(const at::Tensor& hidden,
              std::span<const int32_t> wanted,
              std::vector<float>& log_probs) const {
    const auto rows = static_cast<int64_t>(wanted.size());
    const at::Tensor logits =
        model_.logits(hidden).narrow(1, 0, columns_).narrow(0, 0, rows);
    const at::Tensor ids =
        at::tensor(std::vector<int64_t>(wanted.begin(), wanted.end()))
            .to(logits.device())
            .unsqueeze(1);
    const at::Tensor values =
        (logits.gather(1, ids) - at::logsumexp(logits, 1, /*keepdim=*/true))
            .cpu()
            .contiguous();
    const float* data = values.const_data_ptr<float>();
    log_probs.insert(log_probs.end(), data, data + rows);
  }

  const CausalLM& model_;
  int64_t columns_;
  std::vector<int32_t> pages_;
  KvCache cache_;
  std::vector<int32_t> prompt_ids_;  // whose keys and values are in the cache
};

// Length of the longest request, which the model can hold.
int64_t checked_length(const CausalLM& model,
                       const std::string& name,
                       const std::vector<ScoreRequest>& requests) {
  int64_t longest = 1;
  const int64_t limit = model.config().max_position_embeddings;
  for (const ScoreRequest& request : requests) {
    longest = std::max(longest, length_of(request));
    if (longest <= limit) continue;
    throw UserError(fmt::format(
        "model '{}' reads at most {} tokens, but a prompt of {} and its text "
        "of {} are to be scored: shorten one of them, or name other models",
        name,
        limit,
        request.prompt_ids.size(),
        request.ids.size()));
  }
  return longest;
}

}  // namespace

void score_texts(
    const CausalLM& model,
    const std::string& name,
    const std::vector<ScoreRequest>& requests,
    int64_t columns,
    const std::function<bool(size_t, std::vector<float>&&)>& sink) {
  Scorer scorer(model, columns, checked_length(model, name, requests));
  for (size_t i = 0; i < requests.size(); ++i) {
    std::vector<float> log_probs = scorer.score(requests[i]);
    if (std::any_of(log_probs.begin(), log_probs.end(), [](float value) {
          return std::isnan(value);
        })) {
      throw WorldError(fmt::format(
          "model '{}' computes probabilities that are no numbers: its weights "
          "are damaged, or too large for its dtype (try dtype: float32)",
          name));
    }
    if (!sink(i, std::move(log_probs))) return;
  }
}

}  // namespace cdx
