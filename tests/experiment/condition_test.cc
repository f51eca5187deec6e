#include "experiment/condition.h"

#include "experiment/example.h"
#include "support.h"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

const std::string kOther = "other";

const Condition& condition_of(const ExperimentConfig& config,
                              const std::string& name) {
  return *std::find_if(config.conditions.begin(),
                       config.conditions.end(),
                       [&](const auto& one) { return one.name == name; });
}

struct Inputs {
  explicit Inputs(const std::string& name = "mixed")
      : condition(condition_of(config, name)) {}

  ExperimentConfig config = test::parse(test::kFullExperiment);
  Condition condition;
  ConditionFacts facts{.model_hashes = {"w1", "w2", "w3"},
                       .tokenizer_hashes = {"t1", "t2", "t3"},
                       .dtypes = {"bfloat16", "float16", "float32"},
                       .device_kind = "cuda",
                       .batch_size = 32,
                       .example_hashes = {},
                       .prompts_hash = "p"};

  std::string hash() const { return condition_hash8(condition, config, facts); }
};

using Change = std::function<void(Inputs&)>;

std::string hash_after(const Change& change,
                       const std::string& name = "mixed") {
  Inputs inputs(name);
  inputs.config.common_random_numbers = false;
  change(inputs);
  return inputs.hash();
}

// No two of the changes, nor doing nothing, give the same hash.
void check_all_differ(std::vector<Change> changes,
                      const std::string& name = "mixed") {
  changes.emplace_back([](Inputs&) {});
  std::set<std::string> hashes;
  for (size_t i = 0; i < changes.size(); ++i) {
    const std::string hash = hash_after(changes[i], name);
    CAPTURE(i);
    CHECK(hash.size() == 8);
    CHECK(hashes.insert(hash).second);
  }
}

void check_none_matters(const std::vector<Change>& changes,
                        const std::string& name = "mixed") {
  const std::string hash = hash_after([](Inputs&) {}, name);
  for (size_t i = 0; i < changes.size(); ++i) {
    CAPTURE(i);
    CHECK(hash_after(changes[i], name) == hash);
  }
}

TEST_CASE("each thing that decides a story changes the condition's hash") {
  check_all_differ(
      {[](Inputs& i) { i.facts.model_hashes[0] = kOther; },
       [](Inputs& i) { i.facts.model_hashes[1] = kOther; },
       [](Inputs& i) { i.facts.tokenizer_hashes[0] = kOther; },
       [](Inputs& i) { i.facts.tokenizer_hashes[1] = kOther; },
       [](Inputs& i) { i.facts.dtypes[0] = kOther; },
       [](Inputs& i) { i.facts.dtypes[1] = kOther; },
       [](Inputs& i) { i.facts.device_kind = kOther; },
       [](Inputs& i) { i.facts.batch_size = 64; },
       [](Inputs& i) { i.config.formats[0].second.text += " "; },
       [](Inputs& i) { i.config.formats[1].second.text += " "; },
       [](Inputs& i) { i.config.formats[1].second.chat = false; },
       [](Inputs& i) { i.config.generation.max_new_tokens = 100; },
       [](Inputs& i) { i.config.seed = 8; },
       [](Inputs& i) { i.condition.name = kOther; },
       [](Inputs& i) { i.config.common_random_numbers = true; },
       [](Inputs& i) {
         i.condition = i.config.conditions[0];  // one model: another pipeline
       },
       [](Inputs& i) { i.condition = i.config.conditions[2]; }});
}

TEST_CASE("how models are mixed changes the hash") {
  check_all_differ(
      {[](Inputs& i) { i.condition.mix.gamma = 0.31; },
       [](Inputs& i) { i.condition.mix.rule = MixRule::kGeometric; },
       [](Inputs& i) { i.condition.mix.rule = MixRule::kSignFlipped; },
       [](Inputs& i) { i.condition.mix.rule = MixRule::kCfg; },
       [](Inputs& i) { i.condition.mix.weight_until = 21; },
       [](Inputs& i) { i.condition.mix.weight_from = 20; },
       [](Inputs& i) {
         i.condition.mix.weight_until = MixOptions().weight_until;
       },
       [](Inputs& i) { i.condition.mix.entropy_above = 1.25; },
       [](Inputs& i) { i.condition.mix.entropy_above = -1; },
       [](Inputs& i) { i.condition.mix.softness = 0; },
       [](Inputs& i) { i.condition.mix.truncate_by = TruncateBy::kInstruct; },
       [](Inputs& i) { i.condition.mix.truncate_by = TruncateBy::kBase; },
       [](Inputs& i) { i.condition.mix.truncate_by = TruncateBy::kUnion; },
       [](Inputs& i) {
         i.condition.mix.truncate_by = TruncateBy::kIntersection;
       },
       [](Inputs& i) { i.condition.mix.truncate_by = TruncateBy::kMixture; },
       [](Inputs& i) { i.condition.mix.renormalise = false; },
       [](Inputs& i) {
         i.condition.mix.temperature_on = TemperatureOn::kModels;
       },
       [](Inputs& i) { i.condition.mix.temperatures[0] = 0.9; },
       [](Inputs& i) { i.condition.mix.temperatures[1] = 0.9; },
       [](Inputs& i) { i.condition.mix.temperatures.clear(); },
       [](Inputs& i) { i.condition.other_guide_prompt = false; }});
}

TEST_CASE("each number of a rule changes the hash under that rule only") {
  using Set = std::function<void(MixOptions&)>;
  using R = MixRule;
  const std::vector<std::pair<Set, std::set<MixRule>>> numbers = {
      {[](MixOptions& m) { m.gamma = 0.5; },
       {R::kLinear, R::kGeometric, R::kSignFlipped, R::kCfg}},
      {[](MixOptions& m) { m.beta = 0.5; }, {R::kContrastive}},
      {[](MixOptions& m) { m.plausibility = 0.5; }, {R::kContrastive}},
      {[](MixOptions& m) { m.alpha = 0.5; }, {R::kProxy}},
      {[](MixOptions& m) { m.route_by = RouteBy::kMaxProbability; },
       {R::kRouting}},
      {[](MixOptions& m) { m.threshold = 0.5; }, {R::kRouting}},
      {[](MixOptions& m) { m.punctuation = false; }, {R::kRouting}},
      {[](MixOptions& m) { m.word_boundary = !m.word_boundary; },
       {R::kRouting, R::kSwitch}},
      {[](MixOptions& m) { m.share = 0.5; }, {R::kSwitch}}};
  std::set<MixRule> seen;
  for (const Condition& condition : Inputs().config.conditions) {
    if (condition.kind != ConditionKind::kMixture) continue;
    seen.insert(condition.mix.rule);
    const std::string before = hash_after([](Inputs&) {}, condition.name);
    for (size_t n = 0; n < numbers.size(); ++n) {
      const auto& [set, rules] = numbers[n];
      CAPTURE(condition.name);
      CAPTURE(n);
      const std::string after = hash_after(
          [&set = set](Inputs& i) { set(i.condition.mix); }, condition.name);
      CHECK((after != before) == rules.contains(condition.mix.rule));
    }
  }
  CHECK(seen.size() == all_mix_rules().size());
}

TEST_CASE("how tokens are drawn changes the hash") {
  check_all_differ(
      {[](Inputs& i) { i.condition.sampling.preset = Preset::kLlamaCpp; },
       [](Inputs& i) { i.condition.sampling.preset = Preset::kVllm; },
       [](Inputs& i) {
         std::swap(i.condition.sampling.order[0],
                   i.condition.sampling.order[1]);
       },
       [](Inputs& i) { i.condition.sampling.order.clear(); },
       [](Inputs& i) { i.condition.sampling.do_sample = true; },
       [](Inputs& i) { i.condition.sampling.temperature = 1.25; },
       [](Inputs& i) { i.condition.sampling.top_k = 51; },
       [](Inputs& i) { i.condition.sampling.top_p = 0.81; },
       [](Inputs& i) { i.condition.sampling.min_p = 0.1; },
       [](Inputs& i) { i.condition.sampling.typical_p = 0.1; },
       [](Inputs& i) { i.condition.sampling.epsilon_cutoff = 0.1; },
       [](Inputs& i) { i.condition.sampling.eta_cutoff = 0.1; },
       [](Inputs& i) { i.condition.sampling.top_n_sigma = 0.1; },
       [](Inputs& i) { i.condition.sampling.repetition_penalty = 0.1; },
       [](Inputs& i) { i.condition.sampling.repetition_window = 1; },
       [](Inputs& i) { i.condition.sampling.no_repeat_ngram_size = 1; }},
      "one");
}

TEST_CASE("an order written out hashes as the preset's own") {
  check_none_matters(
      {[](Inputs& i) { i.condition.sampling.order.clear(); },
       [](Inputs& i) { i.condition.sampling.order = all_stages(); }},
      "geometric");
}

TEST_CASE("what ends a story changes the hash") {
  check_all_differ(
      {[](Inputs& i) { i.condition.end.policy = EndPolicy::kMerge; },
       [](Inputs& i) { i.condition.end.policy = EndPolicy::kInstruct; },
       [](Inputs& i) { i.condition.end.min_new_tokens = 6; },
       [](Inputs& i) { i.condition.end.fixed_length = false; },
       [](Inputs& i) { i.condition.end.stop_strings = {"a"}; },
       [](Inputs& i) { i.condition.end.stop_strings = {"b"}; },
       [](Inputs& i) {
         i.condition.end.stop_strings = {"a", "b"};
       }});
  check_none_matters(
      {[](Inputs& i) { i.condition.end.policy = EndPolicy::kUnion; }}, "one");
}

TEST_CASE("the prompt file counts where it decides the guide's prompt") {
  const Change other_file = [](Inputs& i) { i.facts.prompts_hash = kOther; };
  check_all_differ({other_file}, "mixed");
  check_none_matters({other_file}, "geometric");
  check_none_matters({other_file}, "one");
}

TEST_CASE("what does not decide a story leaves the hash alone") {
  check_none_matters(
      {[](Inputs& i) { i.config.generation.samples_per_prompt = 999; },
       [](Inputs& i) { i.config.generation.token_records = false; },
       [](Inputs& i) { i.config.generation.batch_size = 0; },
       [](Inputs& i) { i.config.prompts.skip = 1; },
       [](Inputs& i) { i.config.prompts.limit = 1; },
       [](Inputs& i) { i.config.prompts.file = kOther; },
       [](Inputs& i) { i.config.name = kOther; },
       [](Inputs& i) { i.config.output = kOther; },
       [](Inputs& i) { i.config.models[0].second.path = kOther; },
       [](Inputs& i) { i.config.measure = MeasureOptions(); },
       [](Inputs& i) { i.config.report = ReportOptions(); },
       [](Inputs& i) { i.config.conditions.clear(); },
       [](Inputs& i) { i.condition.renamed_pieces.clear(); }});
}

TEST_CASE("of a match only the temperature that it found counts") {
  check_none_matters(
      {[](Inputs& i) { i.condition.match.reset(); },
       [](Inputs& i) { i.condition.match->on = MatchOn::kEntropy; },
       [](Inputs& i) { i.condition.match->target = kOther; },
       [](Inputs& i) { i.condition.match->metric = kOther; },
       [](Inputs& i) { i.condition.match->prompts.skip = 99; },
       [](Inputs& i) { i.condition.match->samples_per_prompt = 99; },
       [](Inputs& i) { i.condition.match->tolerance = 0.5; },
       [](Inputs& i) { i.condition.match->lowest = 0.1; },
       [](Inputs& i) { i.condition.match->highest = 9; },
       [](Inputs& i) { i.condition.match->max_evaluations = 99; }},
      "as-diverse");
  check_all_differ({[](Inputs& i) { i.condition.sampling.temperature = 1.3; }},
                   "as-diverse");
}

// Written by hand; a hash is the first 8 digits of
// python3 -c 'import hashlib,sys; print(hashlib.sha256(TEXT).hexdigest())'.
TEST_CASE("the hash input of a mixture is this canonical text") {
  const Inputs inputs;
  CHECK(condition_hash_input(inputs.condition, inputs.config, inputs.facts) ==
        R"({"version":2,"models":[)"
        R"({"weights":"w1","tokenizer":"t1","dtype":"bfloat16","chat":false,)"
        R"("text":"A tale of {prompt}.\n"},)"
        R"({"weights":"w2","tokenizer":"t2","dtype":"float16","chat":true,)"
        R"("text":"Tell of {prompt}, please: {prompt}"}],)"
        R"("mix":{"rule":"linear","gamma":0.3,"anneal":{"first":20},)"
        R"("trigger":{"entropy_above":1.5,"softness":0.25},)"
        R"("truncate":{"by":"each","when":"before","renormalise":true},)"
        R"("temperature_on":"mixture",)"
        R"("temperatures":{"base":0.8,"instruct":1.25},)"
        R"("guide_prompt":"other"},"prompts":"p",)"
        R"("sampling":{"preset":"vllm","order":["repetition_penalty","min_p",)"
        R"("top_p","top_k","temperature"],"do_sample":true,)"
        R"("temperature":1.5,"top_k":0,"top_p":0.8,"min_p":0.0,)"
        R"("typical_p":1.0,"epsilon_cutoff":0.0,"eta_cutoff":0.0,)"
        R"("top_n_sigma":0.0,"repetition_penalty":1.0,)"
        R"("repetition_window":0,"no_repeat_ngram_size":0},)"
        R"("end_of_text":{"policy":"union","min_new_tokens":0,)"
        R"("fixed_length":true,"stop_strings":[]},)"
        R"("max_new_tokens":99,"seed":7,"stream":"","batch_size":32,)"
        R"("device":"cuda"})");
  CHECK(inputs.hash() == "6c29a117");
}

TEST_CASE("the hash input of one model, and of references, is this text") {
  const Inputs one("one");
  CHECK(condition_hash_input(one.condition, one.config, one.facts) ==
        R"({"version":2,"models":[)"
        R"({"weights":"w1","tokenizer":"t1","dtype":"bfloat16","chat":true,)"
        R"("text":"Tell of {prompt}, please: {prompt}"}],"mix":null,)"
        R"("sampling":{"preset":"hf","order":["no_repeat_ngram_size",)"
        R"("repetition_penalty","top_n_sigma","temperature","eta_cutoff",)"
        R"("epsilon_cutoff","typical_p","min_p","top_p","top_k"],)"
        R"("do_sample":false,"temperature":0.7,"top_k":50,"top_p":0.9,)"
        R"("min_p":0.05,"typical_p":0.95,"epsilon_cutoff":0.0003,)"
        R"("eta_cutoff":0.0006,"top_n_sigma":2.5,"repetition_penalty":1.1,)"
        R"("repetition_window":128,"no_repeat_ngram_size":3},)"
        R"("end_of_text":{"min_new_tokens":5,"fixed_length":false,)"
        R"("stop_strings":["\n\n","END"]},)"
        R"("max_new_tokens":99,"seed":7,"stream":"","batch_size":32,)"
        R"("device":"cuda"})");
  CHECK(one.hash() == "509dcab9");
  const Inputs human("human");
  CHECK(condition_hash_input(human.condition, human.config, human.facts) ==
        R"({"version":2,"source":"references"})");
  CHECK(human.hash() == "d859a475");
}

TEST_CASE("the stream is the condition's name unless numbers are common") {
  Inputs inputs;
  CHECK(random_stream(inputs.condition, inputs.config).empty());
  inputs.config.common_random_numbers = false;
  CHECK(random_stream(inputs.condition, inputs.config) == "mixed");
}

TEST_CASE("the key of a story is that of its coordinates and of no other") {
  std::set<uint64_t> keys;
  for (const int64_t seed : {0, 1, 10}) {
    for (const std::string stream : {"", "a", "ab", "a 1", "1 a"}) {
      for (const std::string prompt : {"", "b", "bc", "1 b", " b"}) {
        keys.insert(story_key(seed, stream, prompt));
      }
    }
  }
  CHECK(keys.size() == 3 * 5 * 5);
  // int.from_bytes(hashlib.sha256(
  //     b'cdx story key 1 20250728 4 base p1').digest()[:8], 'little')
  CHECK(story_key(20250728, "base", "p1") == 2151096857896245232ULL);
}

TEST_CASE("a format is filled in once through") {
  PromptFormat format;
  format.text = "{prompt} and {prompt}{}";
  CHECK(fill_format(format, "a {prompt}") == "a {prompt} and a {prompt}{}");
  CHECK(fill_format(format, "") == " and {}");
}

}  // namespace
}  // namespace cdx
