#include "experiment/read_sampling.h"

#include "experiment/example.h"
#include "support.h"
#include "util/errors.h"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Texts = std::vector<std::string>;

// One model; the sampling stands in line 9.
std::string sampled(const std::string& sampling) {
  return "  - name: c\n    model: base\n    format: comp\n    sampling: " +
         sampling + "\n";
}

// Line 9 holds the end of text.
std::string ended(const std::string& end) {
  return "  - name: c\n    model: base\n    format: comp\n    end_of_text: " +
         end + "\n";
}

// The same for a mixture.
std::string mixture_ended(const std::string& end) {
  return "  - name: c\n"
         "    mix: {models: {base: base, instruct: dpo}, gamma: 0.5}\n"
         "    format: {base: comp, instruct: chat}\n"
         "    end_of_text: " +
         end + "\n";
}

Condition read(const std::string& text) {
  return test::parse(test::small_experiment(text)).conditions.at(0);
}

SamplingOptions sampling_of(const std::string& sampling) {
  return read(sampled(sampling)).sampling;
}

std::string error_of(const std::string& text) {
  return test::message_of<UserError>([&] { read(text); });
}

// Of line 9 and the key `path` of the condition; else all of the message.
std::string complaint(const std::string& text, const std::string& path) {
  const std::string message = error_of(text);
  const std::string where = "x.yaml:9: conditions[0]." + path + ": ";
  return message.starts_with(where) ? message.substr(where.size()) : message;
}

std::string refusal(const std::string& key, const std::string& value) {
  return complaint(sampled("{" + key + ": " + value + "}"), "sampling." + key);
}

TEST_CASE("every key of sampling arrives in its field") {
  const SamplingOptions one =
      test::parse(test::kFullExperiment).conditions[0].sampling;
  using S = Stage;
  CHECK(one.preset == Preset::kHf);
  CHECK(one.order == std::vector<Stage>{S::kNoRepeatNgram,
                                        S::kRepetitionPenalty,
                                        S::kTopNSigma,
                                        S::kTemperature,
                                        S::kEtaCutoff,
                                        S::kEpsilonCutoff,
                                        S::kTypicalP,
                                        S::kMinP,
                                        S::kTopP,
                                        S::kTopK});
  CHECK_FALSE(one.do_sample);
  CHECK(one.temperature == 0.7);
  CHECK(one.top_k == 50);
  CHECK(one.top_p == 0.9);
  CHECK(one.min_p == 0.05);
  CHECK(one.typical_p == 0.95);
  CHECK(one.epsilon_cutoff == 0.0003);
  CHECK(one.eta_cutoff == 0.0006);
  CHECK(one.top_n_sigma == 2.5);
  CHECK(one.repetition_penalty == 1.1);
  CHECK(one.repetition_window == 128);
  CHECK(one.no_repeat_ngram_size == 3);
  CHECK(test::parse(test::kFullExperiment).conditions[1].sampling.preset ==
        Preset::kVllm);
}

TEST_CASE("llamacpp looks 64 tokens back, the others at everything") {
  CHECK(sampling_of("{}").repetition_window == 0);
  CHECK(sampling_of("{preset: hf}").repetition_window == 0);
  CHECK(sampling_of("{preset: vllm}").repetition_window == 0);
  CHECK(sampling_of("{preset: llamacpp}").repetition_window == 64);
  CHECK(sampling_of("{preset: llamacpp, repetition_window: 0}")
            .repetition_window == 0);
}

TEST_CASE("a preset has its engine's order until another is written") {
  CHECK(sampling_of("{preset: vllm}").order.empty());
  CHECK(sampling_of("{preset: vllm}").stages() == default_order(Preset::kVllm));
  CHECK(sampling_of("{preset: llamacpp}").stages() ==
        default_order(Preset::kLlamaCpp));
  CHECK(sampling_of("{preset: vllm, order: [typical_p, top_p], typical_p: 0.5}")
            .stages() == std::vector<Stage>{Stage::kTypicalP, Stage::kTopP});
}

TEST_CASE("a value out of its range is refused with the range") {
  CHECK(refusal("temperature", "0") ==
        "temperature is 0: it must be 0.0001 or more (for the most probable "
        "token: do_sample: false)");
  CHECK(refusal("top_k", "-1") ==
        "top_k is -1: it must be 0 (off) or a number of tokens");
  CHECK(refusal("top_k", "1.5") == "expected a whole number, found '1.5'");
  CHECK(refusal("top_k", "9007199254740992") == "must be below 2^53");
  CHECK(sampling_of("{top_k: 9007199254740991}").top_k == 9007199254740991);
  CHECK(refusal("top_p", "1.5") ==
        "top_p is 1.5: it must lie in [0, 1]; 1 keeps every token");
  CHECK(refusal("min_p", "1.5") ==
        "min_p is 1.5: it must lie in [0, 1]; 0 is off");
  CHECK(refusal("min_p", "-0.5") ==
        "min_p is -0.5: it must lie in [0, 1]; 0 is off");
  CHECK(refusal("typical_p", "0") ==
        "typical_p is 0: it must lie in (0, 1]; 1 is off");
  CHECK(refusal("epsilon_cutoff", "1") ==
        "epsilon_cutoff is 1: it must lie in [0, 1); 0 is off");
  CHECK(refusal("eta_cutoff", "-0.1") ==
        "eta_cutoff is -0.1: it must lie in [0, 1); 0 is off");
  CHECK(refusal("top_n_sigma", "-1") ==
        "top_n_sigma is -1: it must be 0 (off) or more");
  CHECK(refusal("repetition_penalty", "0") ==
        "repetition_penalty is 0: it must be above 0; 1 is off");
  CHECK(refusal("repetition_window", "-1") ==
        "repetition_window is -1: it must be 0 (prompt and story) or a number "
        "of tokens");
  CHECK(refusal("no_repeat_ngram_size", "-1") ==
        "no_repeat_ngram_size is -1: it must be 0 (off) or more");
  CHECK(refusal("do_sample", "1") == "expected true or false, found '1'");
}

TEST_CASE("an option that the engine lacks is refused") {
  CHECK(error_of(sampled("{preset: vllm, typical_p: 0.9}")) ==
        "x.yaml:9: conditions[0].sampling.typical_p: typical_p is set, but the "
        "order of preset vllm has no such stage: take another preset, or write "
        "the order out");
  CHECK(error_of(sampled("{preset: llamacpp, eta_cutoff: 0.1}"))
            .starts_with("x.yaml:9: conditions[0].sampling.eta_cutoff: "
                         "eta_cutoff is set, but the order of preset llamacpp "
                         "has no such stage"));
  CHECK(error_of(sampled("{preset: vllm, typical_p: 1}")).empty());
}

TEST_CASE("an order names stages, each once, and all that act") {
  CHECK(refusal("order", "[top_p, temperature, top_p]") ==
        "order names top_p twice");
  CHECK(refusal("order", "[]") == "the list is empty");
  CHECK(refusal("order", "top_p") == "expected a list, found 'top_p'");
  CHECK(error_of(sampled("{order: [top_p, tempratur]}")) ==
        "x.yaml:9: conditions[0].sampling.order[1]: unknown stage 'tempratur'; "
        "did you mean 'temperature'?");
  CHECK(error_of(sampled("{order: [nucleus]}")) ==
        "x.yaml:9: conditions[0].sampling.order[0]: unknown stage 'nucleus'; "
        "there is: repetition_penalty, no_repeat_ngram_size, temperature, "
        "top_n_sigma, top_k, top_p, min_p, typical_p, epsilon_cutoff, "
        "eta_cutoff");
  CHECK(error_of(sampled("{order: [top_k], top_p: 0.9}"))
            .starts_with("x.yaml:9: conditions[0].sampling.top_p: top_p is "
                         "set, but the order"));
  CHECK(error_of(sampled("{order: [top_k], top_p: [1, 0.9]}"))
            .starts_with("x.yaml:9: conditions[0].sampling.top_p: "));
}

TEST_CASE("a misspelt key of sampling is told before what comes of it") {
  CHECK(
      error_of(sampled("{preset: vllm, oder: [typical_p], typical_p: 0.9}")) ==
      "x.yaml:9: unknown key 'oder' in conditions[0].sampling; did you mean "
      "'order'?");
  CHECK(error_of(sampled("{beam_width: 3}")) ==
        "x.yaml:9: unknown key 'beam_width' in conditions[0].sampling; there "
        "is: preset, order, do_sample, repetition_penalty, "
        "no_repeat_ngram_size, temperature, top_n_sigma, top_k, top_p, min_p, "
        "typical_p, epsilon_cutoff, eta_cutoff, repetition_window");
}

TEST_CASE("every key of the end of text arrives in its field") {
  const ExperimentConfig config = test::parse(test::kFullExperiment);
  CHECK(config.conditions[0].end.min_new_tokens == 5);
  CHECK(config.conditions[0].end.stop_strings == Texts{"\n\n", "END"});
  CHECK_FALSE(config.conditions[0].end.fixed_length);
  CHECK(config.conditions[1].end.policy == EndPolicy::kUnion);
  CHECK(config.conditions[1].end.fixed_length);
  CHECK(read(mixture_ended("{policy: instruct}")).end.policy ==
        EndPolicy::kInstruct);
  CHECK(read(mixture_ended("{}")).end.policy == EndPolicy::kMerge);
}

TEST_CASE("an end of text that cannot be is refused") {
  const auto end = [](const std::string& key, const std::string& value) {
    return complaint(ended(value), "end_of_text." + key);
  };
  CHECK(end("policy", "{policy: merge}") ==
        "one model ends at its own end tokens; a policy is for mix");
  CHECK(end("stop_strings", "{fixed_length: true, stop_strings: [a]}") ==
        "a story of fixed_length does not stop at a text");
  CHECK(end("min_new_tokens", "{fixed_length: true, min_new_tokens: 3}") ==
        "fixed_length says how long a story is");
  CHECK(end("stop_strings", "{stop_strings: [a, '']}") ==
        "stop_strings: an empty text would end every story");
  CHECK(end("stop_strings", "{stop_strings: a}") ==
        "expected a list, found 'a'");
  CHECK(end("stop_strings[0]", "{stop_strings: [no]}") ==
        "expected text (in quotes if this is what is meant), found 'no'");
  CHECK(end("min_new_tokens", "{min_new_tokens: -1}") ==
        "min_new_tokens is -1: it must be 0 or more");
  CHECK(
      end("", "{min_new_token: 1}") ==
      "x.yaml:9: unknown key 'min_new_token' in conditions[0].end_of_text; did "
      "you mean 'min_new_tokens'?");
  CHECK(complaint(mixture_ended("{policy: both}"), "end_of_text.policy") ==
        "'both' is not supported (yet); supported: merge, union, instruct");
}

}  // namespace
}  // namespace cdx
