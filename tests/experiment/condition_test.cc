#include "experiment/condition.h"

#include "experiment/example.h"
#include "support.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

const std::string kOther = "other";

struct Inputs {
  ExperimentConfig config = test::parse(test::kFullExperiment);
  Condition condition = config.conditions[1];  // the mixture
  ConditionFacts facts{
      {"w1", "w2"}, {"t1", "t2"}, {"bfloat16", "float16"}, "cuda", 32};

  std::string hash() const { return condition_hash8(condition, config, facts); }
};

std::string hash_after(const std::function<void(Inputs&)>& change) {
  Inputs inputs;
  inputs.config.common_random_numbers = false;
  change(inputs);
  return inputs.hash();
}

TEST_CASE("each thing that decides a story changes the condition's hash") {
  const std::vector<std::function<void(Inputs&)>> changes = {
      [](Inputs&) {},
      [](Inputs& i) { i.facts.model_hashes[0] = kOther; },
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
      [](Inputs& i) { i.condition.mix.gamma = 0.31; },
      [](Inputs& i) { i.condition.sampling.temperature = 1.25; },
      [](Inputs& i) { i.condition.sampling.top_p = 0.81; },
      [](Inputs& i) { i.config.generation.max_new_tokens = 100; },
      [](Inputs& i) { i.config.seed = 8; },
      [](Inputs& i) { i.condition.name = kOther; },
      [](Inputs& i) { i.config.common_random_numbers = true; },
      [](Inputs& i) {
        i.condition = i.config.conditions[0];  // one model: another pipeline
      },
      [](Inputs& i) { i.condition = i.config.conditions[2]; }};
  std::set<std::string> hashes;
  for (const auto& change : changes) {
    const std::string hash = hash_after(change);
    CHECK(hash.size() == 8);
    hashes.insert(hash);
  }
  CHECK(hashes.size() == changes.size());
}

TEST_CASE("what does not decide a story leaves the hash alone") {
  const std::string hash = hash_after([](Inputs&) {});
  const std::vector<std::function<void(Inputs&)>> changes = {
      [](Inputs& i) { i.config.generation.samples_per_prompt = 999; },
      [](Inputs& i) { i.config.generation.batch_size = 0; },
      [](Inputs& i) { i.config.prompts.limit = 1; },
      [](Inputs& i) { i.config.prompts.file = kOther; },
      [](Inputs& i) { i.config.name = kOther; },
      [](Inputs& i) { i.config.output = kOther; },
      [](Inputs& i) { i.config.models[0].second.path = kOther; },
      [](Inputs& i) { i.config.measure = MeasureOptions(); },
      [](Inputs& i) { i.config.report = ReportOptions(); },
      [](Inputs& i) { i.config.conditions.clear(); }};
  for (const auto& change : changes) CHECK(hash_after(change) == hash);
}

TEST_CASE("the hash input is this canonical text") {
  // Written by hand; the hash is the first 8 digits of
  // python3 -c 'import hashlib,sys; print(hashlib.sha256(TEXT).hexdigest())'.
  const Inputs inputs;
  CHECK(condition_hash_input(inputs.condition, inputs.config, inputs.facts) ==
        R"({"version":1,"models":[)"
        R"({"weights":"w1","tokenizer":"t1","dtype":"bfloat16","chat":false,)"
        R"("text":"A tale of {prompt}.\n"},)"
        R"({"weights":"w2","tokenizer":"t2","dtype":"float16","chat":true,)"
        R"("text":"Tell of {prompt}, please: {prompt}"}],)"
        R"("mix":{"rule":"linear","gamma":"0.3",)"
        R"("truncate":{"by":"instruct","when":"before"},)"
        R"("end_of_text":"merge_eos"},)"
        R"("sampling":{"preset":"hf","temperature":"1.5","top_p":"0.8"},)"
        R"("max_new_tokens":99,"seed":7,"stream":"","batch_size":32,)"
        R"("device":"cuda"})");
  CHECK(inputs.hash() == "4c1969b1");
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
