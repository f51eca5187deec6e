#include "decoding/causal_slots.h"

#include "torch_support.h"

#include <ATen/ATen.h>
#include <doctest/doctest.h>

namespace cdx {
namespace {

const CausalLM& model() {
  static const CausalLM kModel =
      CausalLM::load("tests/data/model/tiny-llama", test::device(), "float32");
  return kModel;
}

SlotOptions slot_options() {
  return {.batch_size = 16,
          .page_size = 4,
          .max_prompt_tokens = 40,
          .max_new_tokens = 12};
}

std::vector<int32_t> text(int32_t length, int32_t salt) {
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < length; ++i) ids.push_back((i * 7 + salt) % 60);
  return ids;
}

// Logits after `ids`, computed in one piece in a cache of their own.
at::Tensor reference_logits(const std::vector<int32_t>& ids) {
  const auto n = static_cast<int64_t>(ids.size());
  KvCache cache = model().make_cache(2, n);
  const RowBatch rows{
      .ids = at::tensor(std::vector<int64_t>(ids.begin(), ids.end()))
                 .to(test::device()),
      .pages = {.page_table = at::ones({n, 1}, at::kInt).to(test::device()),
                .positions = at::arange(n, at::kInt).to(test::device())}};
  return model().logits(model().forward(rows, cache))[n - 1].cpu();
}

void check_close(const at::Tensor& logits, const std::vector<int32_t>& ids) {
  const at::Tensor expected = reference_logits(ids);
  CHECK((logits.cpu() - expected).abs().max().item<double>() < 1e-4);
}

}  // namespace

TEST_CASE("stories that share a prompt's pages do not disturb one another") {
  const c10::InferenceMode no_autograd;
  // Prompts that end within, at and after a page of 4 tokens; and one token.
  for (const int32_t length : {1, 2, 4, 5, 8, 9, 33}) {
    CAPTURE(length);
    CausalSlots slots(model(), slot_options());
    const std::vector<int32_t> prompt = text(length, 1);
    const int64_t handle = slots.prefill(prompt);
    for (const int64_t slot : {0, 3, 7}) slots.start(slot, handle);
    slots.forget(handle);
    std::vector<std::vector<int32_t>> texts(16, prompt);
    for (int32_t step = 0; step < 10; ++step) {
      const at::Tensor logits = slots.step();
      for (const int64_t slot : {0, 3, 7}) {
        check_close(logits[slot], texts[static_cast<size_t>(slot)]);
        const auto next =
            static_cast<int32_t>((step * 11 + slot * 5 + length) % 60);
        slots.feed(slot, next);
        texts[static_cast<size_t>(slot)].push_back(next);
      }
    }
  }
}

TEST_CASE("a slot's pages are reused after its story without a trace") {
  const c10::InferenceMode no_autograd;
  CausalSlots slots(model(), slot_options());
  for (int32_t round = 0; round < 20; ++round) {
    const std::vector<int32_t> prompt = text(5 + round, round);
    const int64_t handle = slots.prefill(prompt);
    std::vector<std::vector<int32_t>> texts(16, prompt);
    for (int64_t slot = 0; slot < 16; ++slot) slots.start(slot, handle);
    slots.forget(handle);
    for (int32_t step = 0; step < 3; ++step) {
      const at::Tensor logits = slots.step();
      check_close(logits[round % 16], texts[static_cast<size_t>(round % 16)]);
      for (int64_t slot = 0; slot < 16; ++slot) {
        const auto next = static_cast<int32_t>((slot * 3 + step) % 60);
        slots.feed(slot, next);
        texts[static_cast<size_t>(slot)].push_back(next);
      }
    }
    for (int64_t slot = 0; slot < 16; ++slot) slots.stop(slot);
  }
}

TEST_CASE("a row's bits do not depend on what the other slots hold") {
  const c10::InferenceMode no_autograd;
  const std::vector<int32_t> prompt = text(9, 1);
  const auto logits_of = [&](int64_t slot, bool company) {
    CausalSlots slots(model(), slot_options());
    const int64_t handle = slots.prefill(prompt);
    const int64_t other = slots.prefill(text(30, 4));
    for (int64_t s = 0; s < 16; ++s) {
      if (s == slot) slots.start(s, handle);
      if (s != slot && company) slots.start(s, other);
    }
    return slots.step()[slot].clone();
  };
  const at::Tensor alone = logits_of(0, false);
  CHECK(at::equal(alone, logits_of(0, true)));
  CHECK(at::equal(alone, logits_of(11, true)));
  CHECK(at::equal(alone, logits_of(15, false)));
}

}  // namespace cdx
