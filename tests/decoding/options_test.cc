#include "decoding/options.h"

#include "decoding/mix_options.h"
#include "decoding/sampling_options.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

namespace {

template <typename Options>
std::string complaint(const Options& options) {
  return test::message_of<UserError>([&] { options.check(); });
}

}  // namespace

TEST_CASE("sampling options outside their range are refused by name") {
  using S = SamplingOptions;
  CHECK(complaint(S{}).empty());
  CHECK(complaint(S{.temperature = 0}).starts_with("temperature is 0"));
  CHECK(complaint(S{.temperature = NAN}).starts_with("temperature is nan"));
  CHECK(
      complaint(S{.temperature = INFINITY}).starts_with("temperature is inf"));
  CHECK(complaint(S{.top_k = -1}).starts_with("top_k is -1"));
  CHECK(complaint(S{.top_p = 0}).empty());
  CHECK(complaint(S{.top_p = -0.1}).starts_with("top_p is -0.1"));
  CHECK(complaint(S{.top_p = 1.01}).starts_with("top_p is 1.01"));
  CHECK(complaint(S{.min_p = 2}).starts_with("min_p is 2"));
  CHECK(complaint(S{.typical_p = 0}).starts_with("typical_p is 0"));
  CHECK(complaint(S{.epsilon_cutoff = 1}).starts_with("epsilon_cutoff is 1"));
  CHECK(complaint(S{.eta_cutoff = -1}).starts_with("eta_cutoff is -1"));
  CHECK(complaint(S{.top_n_sigma = -1}).starts_with("top_n_sigma is -1"));
  CHECK(complaint(S{.repetition_penalty = 0})
            .starts_with("repetition_penalty is 0"));
  CHECK(complaint(S{.no_repeat_ngram_size = -2})
            .starts_with("no_repeat_ngram_size is -2"));
}

TEST_CASE("an option whose stage the order lacks is refused") {
  using S = SamplingOptions;
  CHECK(complaint(S{.preset = Preset::kVllm, .typical_p = 0.9})
            .starts_with("typical_p is set, but the order of preset vllm"));
  CHECK(complaint(S{.order = {Stage::kTopP, Stage::kTopP}}) ==
        "order names top_p twice");
  CHECK(complaint(S{.order = {Stage::kTopP}, .temperature = 2})
            .starts_with("temperature is set"));
  for (const Preset preset : {Preset::kHf, Preset::kVllm, Preset::kLlamaCpp}) {
    CHECK(complaint(S{.preset = preset}).empty());
  }
}

TEST_CASE("the orders of the presets are those of their engines") {
  // transformers 4.57 _get_logits_processor; vLLM's V1 sampler; llama.cpp's
  // default chain (without dry and xtc).
  const auto names = [](Preset preset) {
    std::string all;
    for (const Stage stage : default_order(preset)) {
      all += std::string(to_string(stage)) + " ";
    }
    return all;
  };
  CHECK(names(Preset::kHf) ==
        "repetition_penalty no_repeat_ngram_size temperature top_n_sigma top_k "
        "top_p min_p typical_p epsilon_cutoff eta_cutoff ");
  CHECK(names(Preset::kVllm) ==
        "repetition_penalty temperature min_p top_k top_p ");
  CHECK(names(Preset::kLlamaCpp) ==
        "repetition_penalty top_n_sigma top_k typical_p top_p min_p "
        "temperature ");
}

TEST_CASE("weights of a mixture lie where their rule allows") {
  using M = MixOptions;
  CHECK(complaint(M{.gamma = 0}).empty());
  CHECK(complaint(M{.gamma = 1}).empty());
  CHECK(complaint(M{.gamma = -0.1}).starts_with("gamma is -0.1"));
  CHECK(complaint(M{.rule = MixRule::kGeometric, .gamma = 1.1})
            .starts_with("gamma is 1.1"));
  CHECK(complaint(M{.rule = MixRule::kCfg, .gamma = -3}).empty());
  CHECK(complaint(M{.rule = MixRule::kCfg, .gamma = NAN}) != "");
  CHECK(complaint(M{.rule = MixRule::kSignFlipped, .gamma = 3}).empty());
  CHECK(complaint(M{.rule = MixRule::kSignFlipped, .gamma = -1}) != "");
  CHECK(complaint(M{.beta = -1}).starts_with("beta is -1"));
  CHECK(complaint(M{.plausibility = 1.5}).starts_with("plausibility is 1.5"));
  CHECK(complaint(M{.share = 2}).starts_with("share is 2"));
  CHECK(complaint(M{.softness = -1}).starts_with("softness is -1"));
  CHECK(complaint(M{.temperatures = {1, 0}}).starts_with("temperatures is 0"));
  CHECK(complaint(M{.truncate_by = TruncateBy::kMixture, .renormalise = true})
            .starts_with("renormalise is true"));
}

TEST_CASE("a batch has 16 rows or more, or is auto") {
  GenerationOptions options;
  CHECK_NOTHROW(options.check());
  options.batch_size = 15;
  CHECK_THROWS_AS(options.check(), UserError);
  options.batch_size = 16;
  CHECK_NOTHROW(options.check());
  options.max_new_tokens = 0;
  CHECK_THROWS_AS(options.check(), UserError);
}

TEST_CASE("the base's end goes to the id that ends the instruct's turns") {
  const auto end = [](std::vector<int32_t> base,
                      std::vector<int32_t> instruct,
                      std::optional<int32_t> eos) {
    const StopIds ids = stop_ids_of_pair(base, instruct, eos);
    CHECK(ids.base == base);
    CHECK(ids.instruct.size() == instruct.size());
    return ids.instruct.front();
  };
  // Lists of models.md, section 7, ascending as ModelConfig has them.
  CHECK(end({100257}, {100257}, 100257) == 100257);          // OLMo 2
  CHECK(end({100257}, {100257, 100265}, 100265) == 100265);  // OLMo 3
  CHECK(end({1}, {1, 107}, 1) == 107);  // Gemma 2: its eos is the base's
  CHECK(end({128001}, {128001, 128008, 128009}, 128009) ==
        128009);                                             // Llama 3.1
  CHECK(end({151643}, {151643, 151645}, 151645) == 151645);  // Qwen2.5
  CHECK(end({0}, {2}, 2) == 2);                              // SmolLM2
  CHECK(end({5}, {7, 9}, std::nullopt) == 7);
}

TEST_CASE("the other stop ids keep their order, and none is no error") {
  CHECK(stop_ids_of_pair({1}, {1, 2, 3, 4}, 3).instruct ==
        std::vector<int32_t>{3, 1, 2, 4});
  CHECK(stop_ids_of_pair({1}, {}, 3).instruct.empty());
}

}  // namespace cdx
