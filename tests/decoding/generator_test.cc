#include "decoding/story.h"
#include "support.h"
#include "torch_support.h"
#include "util/errors.h"

#include <algorithm>
#include <map>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <doctest/doctest.h>
#include <malloc.h>

// The whole engine on two small checkpoints of one vocabulary.
namespace cdx {
namespace {

StoryGenerator& generator() {
  static const std::unique_ptr<StoryGenerator> kGenerator = [] {
    auto made = make_story_generator();
    const DeviceOptions options{.device = test::device_name(),
                                .dtype = "float32"};
    made->load("base", "data/models/fable/base", options);
    made->load("instruct", "data/models/fable/sft", options);
    return made;
  }();
  return *kGenerator;
}

// Prompts of 1 to 200 tokens, stories of 5 to 250 (the end not counted): 66
// stories in 16 slots.
DecodingJob make_job(std::vector<std::string> models) {
  DecodingJob job;
  job.models = std::move(models);
  job.sampling = {.temperature = 1.2, .top_p = 0.95};
  job.mix.gamma = 0.5;
  job.end.min_new_tokens = 5;
  job.max_new_tokens = 250;
  job.token_records = true;
  job.batch_size = 16;
  // Two common words end stories too, so that some are short.
  const std::vector<int32_t> ends = {0, 358, 422};
  job.stop_ids = {
      .instruct = ends,
      .base = job.models.size() == 2 ? ends : std::vector<int32_t>{}};
  for (const int32_t length : {1, 2, 15, 16, 17, 33, 64, 100, 150, 199, 200}) {
    StoryRequest request;
    for (size_t m = 0; m < job.models.size(); ++m) {
      std::vector<int32_t> ids;
      for (int32_t i = 0; i < length; ++i) {
        ids.push_back((i * 31 + length + static_cast<int32_t>(m)) % 500 + 3);
      }
      request.prompt_ids.push_back(ids);
    }
    request.key = 1000 + static_cast<uint64_t>(length);
    request.samples = {0, 1, 2, 3, 4, 5};
    job.requests.push_back(request);
  }
  return job;
}

using Stories = std::map<std::pair<uint64_t, int64_t>, Story>;

Stories run(const DecodingJob& job, int64_t max_steps = 1000000) {
  Stories stories;
  int64_t steps = 0;
  generator().run(
      job,
      [&](Story&& story) {
        stories[{job.requests[story.request].key, story.sample}] =
            std::move(story);
      },
      [&](int64_t) { return ++steps < max_steps; });
  return stories;
}

// The stories of `job` that `done` does not have.
DecodingJob rest_of(const DecodingJob& job, const Stories& done) {
  DecodingJob rest = job;
  for (StoryRequest& request : rest.requests) {
    std::erase_if(request.samples, [&](int64_t sample) {
      return done.contains({request.key, sample});
    });
  }
  return rest;
}

void check_same(const Stories& a, const Stories& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [at, story] : a) {
    CAPTURE(at.first);
    CHECK(story.ids == b.at(at).ids);
    CHECK(story.log_probs == b.at(at).log_probs);
    CHECK(story.log_prob_sampled == b.at(at).log_prob_sampled);
    CHECK(story.token_records == b.at(at).token_records);
  }
}

}  // namespace

TEST_CASE("a story's bits do not change with company, order or threads") {
  const DecodingJob job = make_job({"base", "instruct"});
  static const Stories all = run(job);  // subcases enter anew
  CHECK(all.size() == 66);
  SUBCASE("they are of all lengths") {
    size_t shortest = 1000, longest = 0;
    for (const auto& [at, story] : all) {
      shortest = std::min(shortest, story.ids.size());
      longest = std::max(longest, story.ids.size());
    }
    MESSAGE(shortest << " " << longest);
    CHECK(shortest < 20);
    CHECK(longest == 250);
  }
  SUBCASE("two shards of the prompts") {
    DecodingJob even = job, odd = job;
    for (size_t i = 0; i < job.requests.size(); ++i) {
      (i % 2 == 0 ? odd : even).requests[i].samples.clear();
    }
    Stories both = run(even);
    CHECK(both.size() < all.size());
    both.merge(run(odd));
    check_same(all, both);
  }
  SUBCASE("killed in the middle of stories and gone on with") {
    Stories first = run(job, 90);
    CHECK(!first.empty());
    CHECK(first.size() < 40);
    first.merge(run(rest_of(job, first)));
    check_same(all, first);
  }
  SUBCASE("killed twice, the samples in another order") {
    DecodingJob other = job;
    for (StoryRequest& request : other.requests) {
      std::reverse(request.samples.begin(), request.samples.end());
    }
    Stories first = run(other, 60);
    first.merge(run(rest_of(other, first), 100));
    CHECK(first.size() < all.size());
    first.merge(run(rest_of(job, first)));
    check_same(all, first);
  }
  SUBCASE("prompts in another order") {
    DecodingJob other = job;
    std::reverse(other.requests.begin(), other.requests.end());
    check_same(all, run(other));
  }
  SUBCASE("stories alone") {
    for (const size_t prompt : {size_t{0}, size_t{4}, size_t{10}}) {
      DecodingJob other = job;
      other.requests = {job.requests[prompt]};
      other.requests[0].samples = {3};
      const Stories one = run(other);
      REQUIRE(one.size() == 1);
      CHECK(one.begin()->second.ids == all.at(one.begin()->first).ids);
      CHECK(one.begin()->second.log_probs ==
            all.at(one.begin()->first).log_probs);
    }
  }
  SUBCASE("one thread") {
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    check_same(all, run(job));
    at::set_num_threads(threads);
  }
  SUBCASE("two threads") {
    const int threads = at::get_num_threads();
    at::set_num_threads(2);
    check_same(all, run(job));
    at::set_num_threads(threads);
  }
}

TEST_CASE("gamma 0 tells the instruct model's stories, bit for bit") {
  DecodingJob mixed = make_job({"base", "instruct"});
  mixed.mix.gamma = 0;
  DecodingJob alone = make_job({"instruct"});
  for (size_t i = 0; i < alone.requests.size(); ++i) {
    alone.requests[i].prompt_ids = {mixed.requests[i].prompt_ids[1]};
  }
  const Stories instruct = run(alone);
  for (const auto& [at, story] : run(mixed)) {
    CHECK(story.ids == instruct.at(at).ids);
    CHECK(story.log_probs[1] == instruct.at(at).log_probs[0]);
    CHECK(story.log_prob_sampled == instruct.at(at).log_prob_sampled);
  }
  mixed.mix.gamma = 0.5;
  const Stories half = run(mixed);
  CHECK(std::any_of(half.begin(), half.end(), [&](const auto& entry) {
    return entry.second.ids != instruct.at(entry.first).ids;
  }));
}

TEST_CASE("a text that the model cannot hold is refused with its lengths") {
  DecodingJob job = make_job({"base"});
  job.max_new_tokens = 400;
  const std::string message = test::message_of<UserError>([&] { run(job); });
  CHECK(message.find("at most 512 tokens") != std::string::npos);
  CHECK(message.find("longest prompt has 200") != std::string::npos);
}

TEST_CASE("a checkpoint in two roles is in memory once") {
  const auto allocated = [] {
    const struct mallinfo2 info = mallinfo2();
    return static_cast<int64_t>(info.uordblks + info.hblkhd);
  };
  const auto made = make_story_generator();
  const DeviceOptions options{.device = "cpu", .dtype = "float32"};
  const int64_t empty = allocated();
  made->load("a", "data/models/fable/base", options);
  const int64_t one = allocated();
  made->load("b", "data/models/../models/fable/base", options);
  made->load("c", "data/models/fable/base", options);
  const int64_t three = allocated();
  CAPTURE(one - empty);
  CAPTURE(three - one);
  CHECK(one - empty > 4'000'000);  // a million parameters in float32
  CHECK(three - one < 400'000);
  CHECK(made->placement("b").dtype == "float32");
}

TEST_CASE("a device that is not there is refused") {
  const auto made = make_story_generator();
  CHECK_THROWS_AS(made->load("x", "data/models/fable/base", {.device = "tpu"}),
                  UserError);
  if (!at::hasCUDA()) {
    CHECK_THROWS_AS(
        made->load("x", "data/models/fable/base", {.device = "cuda"}),
        UserError);
  }
}

}  // namespace cdx
