#include "model/causal_lm.h"
#include "torch_support.h"
#include "util/json.h"

#include <cstdlib>
#include <filesystem>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

// SmolLM2-135M-Instruct, which scripts/fetch_smollm2 makes, against
// transformers 4.57.6 in fp32, eager attention (scripts/oracle/smollm2.py).
// The tolerance is the project's for real weights: 1e-3, of a logit itself.
namespace cdx {
namespace {

namespace fs = std::filesystem;
using Ids = std::vector<int64_t>;

constexpr double kTolerance = 1e-3;
constexpr int64_t kPageSize = 16;

// The folder that CDX_SMOLLM2 names, else where the script puts it.
fs::path real_folder() {
  const char* folder = std::getenv("CDX_SMOLLM2");
  return folder != nullptr ? folder : ".deps/SmolLM2-135M-Instruct";
}

// One text that grows; its pages are 1, 2, …
class Text {
 public:
  Text(const CausalLM& model, int64_t tokens)
      : model_(model),
        pages_(tokens / kPageSize + 1),
        cache_(model.make_cache(pages_ + 1, kPageSize)) {}

  // Logits after each of `ids`, [T, V].
  at::Tensor append(const Ids& ids) {
    const auto rows = static_cast<int64_t>(ids.size());
    const at::Tensor table =
        at::arange(1, pages_ + 1, at::kInt).expand({rows, pages_}).contiguous();
    const at::Tensor positions = at::arange(done_, done_ + rows, at::kInt);
    done_ += rows;
    const RowBatch batch{.ids = at::tensor(ids, at::kLong).to(test::device()),
                         .pages = {.page_table = table.to(test::device()),
                                   .positions = positions.to(test::device())}};
    return model_.logits(model_.forward(batch, cache_)).cpu();
  }

 private:
  const CausalLM& model_;
  int64_t pages_;
  KvCache cache_;
  int64_t done_ = 0;
};

double difference(const at::Tensor& logits, const Json& expected) {
  const auto numbers = at::tensor(expected.get<std::vector<float>>());
  return (logits - numbers).abs().max().item<double>();
}

void check_logits(const at::Tensor& logits, const Json& golden, int64_t step) {
  for (int64_t row = 0; row < logits.size(0); ++row) {
    CAPTURE(row);
    const auto index = static_cast<size_t>(row);
    const auto top = at::tensor(golden.at("top_ids").at(index).get<Ids>());
    CHECK(difference(logits[row].index_select(0, top),
                     golden.at("top_logits").at(index)) < kTolerance);
  }
  CHECK(difference(logits.logsumexp(1), golden.at("log_sum_exp")) < kTolerance);
  CHECK(difference(logits[-1].slice(0, 0, at::nullopt, step),
                   golden.at("last")) < kTolerance);
}

// As many tokens as `expected` has, each the likeliest.
Ids greedy(const CausalLM& model, const Ids& prompt, size_t count) {
  Text text(model, static_cast<int64_t>(prompt.size() + count));
  Ids ids, next = prompt;
  while (ids.size() < count) {
    next = {text.append(next)[-1].argmax().item<int64_t>()};
    ids.push_back(next.front());
  }
  return ids;
}

}  // namespace

TEST_CASE("SmolLM2 gives transformers' logits and the same greedy texts") {
  const fs::path folder = real_folder();
  if (!fs::exists(folder / "model.safetensors")) {
    MESSAGE("skipped: no model.safetensors in "
            << folder.string() << "; run scripts/fetch_smollm2");
    return;
  }
  const c10::InferenceMode no_autograd;
  const CausalLM model = CausalLM::load(folder, test::device(), "float32");
  const Json golden = parse_json_file("tests/data/model/smollm2.json");
  const auto step = golden.at("last_step").get<int64_t>();
  REQUIRE(golden.at("cases").size() == 20);
  for (const Json& one : golden.at("cases")) {
    const Ids prompt = one.at("ids").get<Ids>();
    CAPTURE(prompt);
    if (one.contains("logits")) {
      Text text(model, static_cast<int64_t>(prompt.size()));
      check_logits(text.append(prompt), one.at("logits"), step);
    }
    const Ids expected = one.at("greedy").get<Ids>();
    CHECK(greedy(model, prompt, expected.size()) == expected);
  }
}

}  // namespace cdx
