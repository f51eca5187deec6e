#include "model/golden_model.h"

#include <cmath>
#include <filesystem>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

// Logits of transformers 4.57.6 in fp32, eager attention; made by
// scripts/oracle/models.py. The tolerance is the project's: 1e-4 of the largest
// logit.
namespace cdx {
namespace {

namespace fs = std::filesystem;

using test::all_at_once;
using test::difference;
using test::token_by_token;

const std::vector<fs::path> kTinyModels = {"tests/data/model/tiny-llama",
                                           "tests/data/model/tiny-llama-tied"};

}  // namespace

TEST_CASE("logits equal those of transformers, prefilled and step by step") {
  const c10::InferenceMode no_autograd;
  for (const fs::path& folder : kTinyModels) {
    CAPTURE(folder);
    const CausalLM model = CausalLM::load(folder, test::device(), "float32");
    const auto texts = test::read_golden(folder / "golden.json");
    REQUIRE(texts.size() == 3);
    for (const test::GoldenText& golden : texts) {
      CAPTURE(golden.ids.size());
      CHECK(difference(all_at_once(model, golden.ids), golden.logits) < 1e-4);
      CHECK(difference(token_by_token(model, golden.ids), golden.logits) <
            1e-4);
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
          all_at_once(model, one.at("ids").get<std::vector<int64_t>>());
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
  for (const test::GoldenText& golden :
       test::read_golden(kTinyModels[0] / "golden.json")) {
    const double divergence =
        test::divergence(all_at_once(model, golden.ids), golden.logits);
    CHECK(divergence < 5e-2);
    CHECK(divergence > 0);
  }
}

TEST_CASE("rotary angles are position times theta^(-2i/E)") {
  const RotaryEmbedding rotary = make_rotary_embedding(
      {.rope_theta = 10000.0}, 8, 4, at::TensorOptions(at::kFloat));
  CHECK(rotary.cosines.sizes() == at::IntArrayRef{8, 2});
  // i = 0: 1 per position; i = 1: 10000^(-1/2) = 0.01.
  CHECK(rotary.cosines[3][0].item<double>() ==
        doctest::Approx(std::cos(3.0)).epsilon(1e-6));
  CHECK(rotary.sines[5][1].item<double>() ==
        doctest::Approx(std::sin(0.05)).epsilon(1e-6));
}

}  // namespace cdx
