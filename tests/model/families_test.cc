#include "model/golden_model.h"
#include "support.h"
#include "util/hash.h"

#include <algorithm>

#include <ATen/ATen.h>
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

// Each family's tiny models against the logits of transformers 4.57.6 with
// eager attention; made by scripts/oracle/families.py. The tolerance in fp32 is
// the project's: 1e-4 of the largest logit.
namespace cdx {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kModels = {
    "llama-3.1",       "llama-biases", "smollm2",
    "mistral-window",  "mistral",      "olmo",
    "olmo-tied",       "olmo2",        "olmo2-tied",
    "olmo3",           "olmo3-layers", "gemma2",
    "gemma2-uncapped", "gemma3",       "gemma3-layers",
    "gemma3-vision",   "qwen2",        "qwen2-window",
    "qwen3",           "qwen3-tied",   "gpt2",
    "gpt2-odd"};

fs::path folder_of(const std::string& name) {
  return "tests/data/model/tiny-" + name;
}

}  // namespace

TEST_CASE("every family gives transformers' logits, whole and step by step") {
  const c10::InferenceMode no_autograd;
  for (const std::string& name : kModels) {
    CAPTURE(name);
    const CausalLM model =
        CausalLM::load(folder_of(name), test::device(), "float32");
    const auto golden = test::read_golden(folder_of(name) / "golden.json");
    REQUIRE(golden.size() == 2);
    for (const test::GoldenText& text : golden) {
      CAPTURE(text.ids.size());
      CHECK(test::difference(test::all_at_once(model, text.ids), text.logits) <
            1e-4);
      CHECK(test::difference(test::token_by_token(model, text.ids),
                             text.logits) < 1e-4);
    }
  }
}

TEST_CASE("bfloat16 gives transformers' bfloat16 distributions") {
  const c10::InferenceMode no_autograd;
  double worst = 0;
  for (const std::string& name : kModels) {
    CAPTURE(name);
    const CausalLM model =
        CausalLM::load(folder_of(name), test::device(), "bfloat16");
    const auto golden = test::read_golden(folder_of(name) / "golden.json");
    REQUIRE(golden.size() == 2);
    for (const test::GoldenText& text : golden) {
      CAPTURE(text.ids.size());
      const double divergence = test::divergence(
          test::all_at_once(model, text.ids), text.logits_bf16);
      worst = std::max(worst, divergence);
      CHECK(divergence < 1e-3);
    }
  }
  MESSAGE("largest KL divergence " << worst);
  CHECK(worst > 0);
}

TEST_CASE("texts of a batch get the logits that they get alone") {
  const c10::InferenceMode no_autograd;
  for (const std::string& name : kModels) {
    CAPTURE(name);
    const CausalLM model =
        CausalLM::load(folder_of(name), test::device(), "float32");
    const auto golden = test::read_golden(folder_of(name) / "golden.json");
    const std::vector<int64_t>& text = golden[1].ids;
    const std::vector<int64_t> other(text.rbegin(), text.rend());
    KvCache cache = model.make_cache(
        2 * static_cast<int64_t>(text.size() / test::kPageSize + 2),
        test::kPageSize);
    at::Tensor logits;
    for (size_t t = 0; t < text.size(); ++t) {
      logits =
          model.logits(model.forward(test::two_rows(text, other, t), cache));
    }
    const auto last = static_cast<int64_t>(text.size()) - 1;
    CHECK(test::difference(logits[0], golden[1].logits[last]) < 1e-4);
    CHECK(test::difference(logits[1], test::all_at_once(model, other)[last]) <
          1e-4);
  }
}

TEST_CASE("real sizes have the tensors that transformers gives them") {
  const Json golden = parse_json_file("tests/data/model/sizes.json");
  for (const Json& size : golden.at("sizes")) {
    CAPTURE(size.at("name").get<std::string>());
    const test::TemporaryFolder folder;
    test::write_text(folder / "config.json", dump_json(size.at("config")));
    std::vector<std::string> lines;
    int64_t parameters = 0;
    for (const WeightSpec& spec :
         weight_specs(load_model_config(folder.path()))) {
      lines.push_back(
          fmt::format("{} [{}]\n", spec.name, fmt::join(spec.shape, ", ")));
      parameters += c10::multiply_integers(spec.shape);
    }
    std::ranges::sort(lines);
    std::string all;
    for (const std::string& line : lines) all += line;
    CHECK(parameters == size.at("parameters").get<int64_t>());
    CHECK(sha256(all) == size.at("sha256").get<std::string>());
  }
}

}  // namespace cdx
