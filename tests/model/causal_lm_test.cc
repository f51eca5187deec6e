#include "model/causal_lm.h"

#include "torch_support.h"
#include "util/json.h"

#include <filesystem>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

// Logits of transformers 4.57.6 in fp32, eager attention; made by
// scripts/oracle/models.py. The tolerance is the project's: 1e-4 of the largest
// logit.
namespace cdx {
namespace {

namespace fs = std::filesystem;

struct Golden {
  std::vector<int64_t> ids;
  at::Tensor logits;  // [T, V]
};

std::vector<Golden> read_golden(const fs::path& file) {
  std::vector<Golden> all;
  for (const Json& input : parse_json_file(file).at("inputs")) {
    std::vector<float> flat;
    for (const Json& row : input.at("logits")) {
      for (const Json& value : row) flat.push_back(value.get<float>());
    }
    const auto ids = input.at("ids").get<std::vector<int64_t>>();
    all.push_back(
        {ids, at::tensor(flat).view({static_cast<int64_t>(ids.size()), -1})});
  }
  return all;
}

constexpr int64_t kPageSize = 4;

// Rows `first` … `last` of one text, with the pages 1, 2, …
RowBatch rows_of(const std::vector<int64_t>& ids, size_t first, size_t last) {
  const auto pages = static_cast<int64_t>(ids.size() / kPageSize + 1);
  const auto rows = static_cast<int64_t>(last - first);
  const at::Tensor table =
      at::arange(1, pages + 1, at::kInt).expand({rows, pages}).contiguous();
  return {.ids = at::tensor(std::vector<int64_t>(
                                ids.begin() + static_cast<int64_t>(first),
                                ids.begin() + static_cast<int64_t>(last)))
                     .to(test::device()),
          .pages = {.page_table = table.to(test::device()),
                    .positions = at::arange(static_cast<int64_t>(first),
                                            static_cast<int64_t>(last),
                                            at::kInt)
                                     .to(test::device())}};
}

KvCache cache_for(const CausalLM& model, size_t tokens) {
  return model.make_cache(static_cast<int64_t>(tokens / kPageSize + 2),
                          kPageSize);
}

// Largest difference, relative to the largest logit.
double difference(const at::Tensor& logits, const at::Tensor& expected) {
  const at::Tensor ours = logits.cpu();
  return ((ours - expected).abs().max() / expected.abs().max()).item<double>();
}

at::Tensor all_at_once(const CausalLM& model, const Golden& golden) {
  KvCache cache = cache_for(model, golden.ids.size());
  return model.logits(
      model.forward(rows_of(golden.ids, 0, golden.ids.size()), cache));
}

at::Tensor token_by_token(const CausalLM& model, const Golden& golden) {
  KvCache cache = cache_for(model, golden.ids.size());
  std::vector<at::Tensor> rows;
  for (size_t t = 0; t < golden.ids.size(); ++t) {
    rows.push_back(
        model.logits(model.forward(rows_of(golden.ids, t, t + 1), cache)));
  }
  return at::cat(rows);
}

const std::vector<fs::path> kTinyModels = {"tests/data/model/tiny-llama",
                                           "tests/data/model/tiny-llama-tied"};

}  // namespace

TEST_CASE("logits equal those of transformers, prefilled and step by step") {
  const c10::InferenceMode no_autograd;
  for (const fs::path& folder : kTinyModels) {
    CAPTURE(folder);
    const CausalLM model = CausalLM::load(folder, test::device(), "float32");
    for (const Golden& golden : read_golden(folder / "golden.json")) {
      CAPTURE(golden.ids.size());
      CHECK(difference(all_at_once(model, golden), golden.logits) < 1e-4);
      CHECK(difference(token_by_token(model, golden), golden.logits) < 1e-4);
    }
  }
}

TEST_CASE("the shipped models give transformers' logits") {
  const c10::InferenceMode no_autograd;
  const Json golden = parse_json_file("tests/data/model/fable.json");
  const auto step = golden.at("last_step").get<int64_t>();
  for (const auto& [name, cases] : golden.at("models").items()) {
    CAPTURE(name);
    const CausalLM model =
        CausalLM::load("data/models/fable/" + name, test::device(), "float32");
    for (const Json& one : cases) {
      const at::Tensor ours =
          all_at_once(model, {one.at("ids").get<std::vector<int64_t>>(), {}})
              .cpu();
      const auto column = [&](const char* key) {
        return at::tensor(one.at(key).get<std::vector<float>>());
      };
      CHECK(difference(ours.mean(1), column("mean")) < 1e-4);
      CHECK(difference(ours.logsumexp(1), column("log_sum_exp")) < 1e-4);
      CHECK(difference(ours[-1].slice(0, 0, at::nullopt, step),
                       column("last")) < 1e-4);
      int64_t row = 0;
      for (const Json& ids : one.at("top_ids")) {
        const auto largest = std::get<1>(ours[row].topk(1)).item<int64_t>();
        CHECK(largest == ids.at(0).get<int64_t>());
        ++row;
      }
    }
  }
}

TEST_CASE("bfloat16 stays near float32") {
  const c10::InferenceMode no_autograd;
  const CausalLM model =
      CausalLM::load(kTinyModels[0], test::device(), "bfloat16");
  CHECK((model.dtype() == at::kBFloat16));
  for (const Golden& golden : read_golden(kTinyModels[0] / "golden.json")) {
    const at::Tensor ours =
        at::log_softmax(all_at_once(model, golden).cpu(), 1);
    const at::Tensor theirs = at::log_softmax(golden.logits, 1);
    const at::Tensor divergence = (theirs.exp() * (theirs - ours)).sum(1).max();
    CHECK(divergence.item<double>() < 5e-2);
    CHECK(divergence.item<double>() > 0);
  }
}

TEST_CASE("rotary angles are position times theta^(-2i/E)") {
  const RotaryEmbedding rotary = make_rotary_embedding(8, 4, 10000.0, at::kCPU);
  CHECK(rotary.cosines.sizes() == at::IntArrayRef{8, 2});
  // i = 0: 1 per position; i = 1: 10000^(-1/2) = 0.01.
  CHECK(rotary.cosines[3][0].item<double>() ==
        doctest::Approx(std::cos(3.0)).epsilon(1e-6));
  CHECK(rotary.sines[5][1].item<double>() ==
        doctest::Approx(std::sin(0.05)).epsilon(1e-6));
}

}  // namespace cdx
