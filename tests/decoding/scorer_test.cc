#include "decoding/scorer.h"

#include "support.h"
#include "torch_support.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <doctest/doctest.h>

namespace cdx {
namespace {

const DeviceOptions& options() {
  static const DeviceOptions kOptions{.device = test::device_name(),
                                      .dtype = "float32"};
  return kOptions;
}

StoryGenerator& generator() {
  static const std::unique_ptr<StoryGenerator> kGenerator = [] {
    auto made = make_story_generator();
    made->load("base", "data/models/fable/base", options());
    made->load("instruct", "data/models/fable/dpo", options());
    return made;
  }();
  return *kGenerator;
}

std::vector<int32_t> text(int32_t length, int32_t salt) {
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < length; ++i) {
    ids.push_back((i * 31 + salt) % 500 + 3);
  }
  return ids;
}

using LogProbs = std::vector<std::vector<float>>;

LogProbs score(const std::vector<ScoreRequest>& requests,
               int64_t columns = 0,
               const std::string& model = "base") {
  LogProbs all;
  generator().score(model, requests, columns, [&](size_t i, auto&& log_probs) {
    CHECK(i == all.size());
    all.push_back(std::move(log_probs));
    return true;
  });
  return all;
}

// Texts after prompts within, at and beyond pages (16) and chunks (256).
std::vector<ScoreRequest> requests() {
  std::vector<ScoreRequest> all;
  for (const int32_t prompt : {1, 2, 16, 17, 100, 200, 257}) {
    for (const int32_t length : {1, 15, 16, 40, 255}) {
      all.push_back({text(prompt, prompt), text(length, length + prompt)});
    }
  }
  return all;
}

// By definition: one pass over the whole text in a cache of its own.
std::vector<float> expected(const ScoreRequest& request, int64_t columns) {
  static const CausalLM kModel =
      CausalLM::load("data/models/fable/base", test::device(), "float32");
  std::vector<int64_t> ids(request.prompt_ids.begin(),
                           request.prompt_ids.end());
  ids.insert(ids.end(), request.ids.begin(), request.ids.end());
  const auto n = static_cast<int64_t>(ids.size());
  KvCache cache = kModel.make_cache(2, n);
  const at::Tensor logits = kModel.logits(kModel.forward(
      {.ids = at::tensor(ids).to(test::device()),
       .pages = {.page_table = at::ones({n, 1}, at::kInt).to(test::device()),
                 .positions = at::arange(n, at::kInt).to(test::device())}},
      cache));
  const at::Tensor p = at::log_softmax(logits.narrow(1, 0, columns), 1).cpu();
  std::vector<float> values;
  for (auto t = static_cast<int64_t>(request.prompt_ids.size()); t < n; ++t) {
    values.push_back(p[t - 1][ids[static_cast<size_t>(t)]].item<float>());
  }
  return values;
}

double sum(const std::vector<float>& values) {
  double total = 0;
  for (const float value : values) total += value;
  return total;
}

}  // namespace

TEST_CASE("scores are the log-probabilities of one pass over the whole text") {
  const c10::InferenceMode no_autograd;
  for (const int64_t columns : {1024, 600}) {
    const LogProbs scores = score(requests(), columns);
    double largest = 0;
    for (size_t i = 0; i < requests().size(); ++i) {
      const std::vector<float> right = expected(requests()[i], columns);
      REQUIRE(scores[i].size() == right.size());
      for (size_t t = 0; t < right.size(); ++t) {
        largest = std::max<double>(largest, std::abs(scores[i][t] - right[t]));
      }
    }
    MESSAGE("largest difference " << largest);
    CHECK(largest < 1e-4);
  }
}

TEST_CASE("scores of the engine's own stories are what it recorded") {
  DecodingJob job;
  job.models = {"base", "instruct"};
  job.mix.gamma = 0.5;
  job.max_new_tokens = 60;
  job.batch_size = 16;
  job.stop_ids = {.instruct = {0}, .base = {0}};
  for (const int32_t length : {1, 2, 15, 16, 17, 64, 199, 200}) {
    job.requests.push_back({.prompt_ids = {text(length, 1), text(length, 2)},
                            .key = static_cast<uint64_t>(length),
                            .samples = {0, 1, 2}});
  }
  std::vector<Story> stories;
  generator().run(
      job,
      [&](Story&& story) { stories.push_back(std::move(story)); },
      [](int64_t) { return true; });
  REQUIRE(stories.size() == 24);
  double largest = 0;
  for (size_t m = 0; m < 2; ++m) {
    std::vector<ScoreRequest> requests;
    for (const Story& story : stories) {
      requests.push_back(
          {job.requests[story.request].prompt_ids[m], story.ids});
    }
    const LogProbs scores = score(requests, 0, job.models[m]);
    for (size_t i = 0; i < stories.size(); ++i) {
      const double difference =
          std::abs(sum(scores[i]) - stories[i].log_probs[m]);
      largest = std::max(
          largest, difference / static_cast<double>(stories[i].ids.size()));
    }
  }
  MESSAGE("largest difference per token " << largest);
  CHECK(largest < 1e-4);
}

TEST_CASE("a score's bits do not change with company, order or threads") {
  const LogProbs all = score(requests());
  std::vector<ScoreRequest> mixed = requests();
  SUBCASE("in another order, prompts taking turns") {
    // 3 and 35 have no common divisor: each is met once.
    for (size_t i = 0; i < mixed.size(); ++i) {
      mixed[i] = requests()[i * 3 % mixed.size()];
    }
    const LogProbs other = score(mixed);
    for (size_t i = 0; i < mixed.size(); ++i) {
      CHECK(other[i] == all[i * 3 % mixed.size()]);
    }
  }
  SUBCASE("alone") {
    for (const size_t i : {size_t{0}, size_t{7}, size_t{34}}) {
      CHECK(score({requests()[i]}) == LogProbs{all[i]});
    }
  }
  SUBCASE("on one thread") {
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    CHECK(score(requests()) == all);
    at::set_num_threads(threads);
  }
}

TEST_CASE("a text without tokens has no scores, and scoring can be stopped") {
  CHECK(score({{{5, 6}, {}}, {{5, 6}, {7}}})[0].empty());
  size_t seen = 0;
  generator().score(
      "base", requests(), 0, [&](size_t, auto&&) { return ++seen < 3; });
  CHECK(seen == 3);
}

TEST_CASE("what the model cannot read is refused with its lengths") {
  // The last token is asked for, not fed: 513 of 512 are possible.
  CHECK(score({{text(200, 1), text(313, 2)}})[0].size() == 313);
  const std::string message = test::message_of<UserError>([] {
    score({{text(9, 1), text(9, 1)}, {text(200, 1), text(314, 2)}});
  });
  CHECK(message.find("model 'base' reads at most 512 tokens") !=
        std::string::npos);
  CHECK(message.find("a prompt of 200 and its text of 314") !=
        std::string::npos);
  CHECK_THROWS_AS(score({{{}, {5}}}), std::invalid_argument);
  CHECK_THROWS_AS(score({{{5}, {700}}}, 600), std::invalid_argument);
}

}  // namespace cdx
