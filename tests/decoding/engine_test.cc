#include "decoding/engine.h"

#include "util/hash.h"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

#include <ATen/ATen.h>
#include <doctest/doctest.h>

namespace cdx {
namespace {

constexpr int64_t kVocab = 12;
constexpr int32_t kEnd = 3;

// A model without weights: the logits of a slot are a hash of the whole text
// in it, so that any mix-up of slots, prompts or tokens shows.
class HashModel : public NextTokenModel {
 public:
  explicit HashModel(int64_t slots) : texts_(static_cast<size_t>(slots)) {}

  int64_t prefill(const std::vector<int32_t>& ids) override {
    prompts_[prefills] = ids;
    return prefills++;
  }
  void forget(int64_t prompt) override {
    if (prompts_.erase(prompt) == 0) throw std::logic_error("forgotten twice");
  }
  void start(int64_t slot, int64_t prompt) override {
    texts_[static_cast<size_t>(slot)] = prompts_.at(prompt);
  }
  void stop(int64_t slot) override {
    texts_[static_cast<size_t>(slot)].clear();
  }
  void feed(int64_t slot, int32_t id) override {
    texts_[static_cast<size_t>(slot)].push_back(id);
  }
  at::Tensor step() override {
    at::Tensor logits =
        at::zeros({static_cast<int64_t>(texts_.size()), kVocab});
    for (size_t slot = 0; slot < texts_.size(); ++slot) {
      std::string text;
      for (const int32_t id : texts_[slot]) text += std::to_string(id) + " ";
      for (int64_t v = 0; v < kVocab; ++v) {
        logits[static_cast<int64_t>(slot)][v] =
            static_cast<float>(hash64(text + std::to_string(v)) % 1000) / 300.F;
      }
    }
    return logits;
  }
  bool empty() const {
    return prompts_.empty() &&
           std::all_of(texts_.begin(), texts_.end(), [](const auto& text) {
             return text.empty();
           });
  }

  int64_t prefills = 0;

 private:
  std::vector<std::vector<int32_t>> texts_;
  std::map<int64_t, std::vector<int32_t>> prompts_;
};

DecodingJob make_job(int64_t batch_size, size_t models) {
  DecodingJob job;
  job.sampling.top_p = 0.9;
  job.mix.gamma = 0.5;
  job.max_new_tokens = 20;
  job.batch_size = batch_size;
  job.token_records = true;
  job.stop_ids = {.instruct = {kEnd},
                  .base = models == 2 ? std::vector<int32_t>{kEnd}
                                      : std::vector<int32_t>{}};
  for (int32_t prompt = 0; prompt < 7; ++prompt) {
    StoryRequest request;
    for (size_t m = 0; m < models; ++m) {
      request.prompt_ids.push_back(
          std::vector<int32_t>(static_cast<size_t>(prompt) + 1 + m, prompt));
    }
    request.key = 100 + static_cast<uint64_t>(prompt);
    for (int64_t sample = 0; sample < 9; ++sample) {
      request.samples.push_back(sample);
    }
    job.requests.push_back(request);
  }
  return job;
}

using Coordinates = std::pair<uint64_t, int64_t>;  // key, sample
using Stories = std::map<Coordinates, Story>;

Stories run(const DecodingJob& job,
            size_t models = 1,
            int64_t max_steps = 1000000) {
  std::vector<std::unique_ptr<HashModel>> owned;
  std::vector<NextTokenModel*> pointers;
  for (size_t m = 0; m < models; ++m) {
    owned.push_back(std::make_unique<HashModel>(job.batch_size));
    pointers.push_back(owned.back().get());
  }
  Stories stories;
  int64_t steps = 0;
  decode(
      pointers,
      job,
      [&](Story&& story) {
        const Coordinates at = {job.requests[story.request].key, story.sample};
        CHECK(stories.emplace(at, std::move(story)).second);
      },
      [&](int64_t) { return ++steps < max_steps; });
  if (max_steps == 1000000) {
    CHECK(owned[0]->empty());
    CHECK(owned[0]->prefills == static_cast<int64_t>(job.requests.size()));
  }
  return stories;
}

void check_equal(const Stories& a, const Stories& b) {
  REQUIRE(a.size() == b.size());
  for (const auto& [at, story] : a) {
    const Story& other = b.at(at);
    CHECK(story.ids == other.ids);
    CHECK(story.log_probs == other.log_probs);
    CHECK(story.log_prob_sampled == other.log_prob_sampled);
    CHECK(story.entropies == other.entropies);
    CHECK(story.kept == other.kept);
    CHECK(story.token_records == other.token_records);
    CHECK(story.finish_reason == other.finish_reason);
  }
}

}  // namespace

TEST_CASE("every wanted story is told once, and prompts are prefilled once") {
  const Stories stories = run(make_job(16, 1));
  CHECK(stories.size() == 63);
  for (const auto& [at, story] : stories) {
    CHECK(story.ids.size() <= 20);
    const auto end = std::find(story.ids.begin(), story.ids.end(), kEnd);
    if (story.finish_reason == FinishReason::kStop) {
      CHECK(end == story.ids.end() - 1);
      CHECK(story.stopped_by == StoppedBy::kInstruct);
    } else {
      CHECK(end == story.ids.end());
      CHECK(story.ids.size() == 20);
      CHECK(story.stopped_by == StoppedBy::kNone);
    }
  }
}

TEST_CASE("samples of one prompt differ from one another") {
  const Stories stories = run(make_job(16, 1));
  std::vector<std::vector<int32_t>> texts;
  for (const auto& [at, story] : stories) {
    if (at.first == 100) texts.push_back(story.ids);
  }
  std::sort(texts.begin(), texts.end());
  CHECK(std::unique(texts.begin(), texts.end()) == texts.end());
}

TEST_CASE("a story does not depend on slots, order or company") {
  for (const size_t models : {size_t{1}, size_t{2}}) {
    CAPTURE(models);
    const DecodingJob job = make_job(16, models);
    const Stories all = run(job, models);
    SUBCASE("more slots") {
      check_equal(all, run(make_job(64, models), models));
    }
    SUBCASE("prompts in another order") {
      DecodingJob reversed = job;
      std::reverse(reversed.requests.begin(), reversed.requests.end());
      check_equal(all, run(reversed, models));
    }
    SUBCASE("one story alone") {
      DecodingJob alone = job;
      alone.requests = {job.requests[4]};
      alone.requests[0].samples = {5};
      const Stories one = run(alone, models);
      REQUIRE(one.size() == 1);
      CHECK(one.begin()->second.ids == all.at({104, 5}).ids);
      CHECK(one.begin()->second.log_probs == all.at({104, 5}).log_probs);
    }
    SUBCASE("stopped in the middle and continued") {
      Stories first = run(job, models, 12);
      CHECK(!first.empty());
      CHECK(first.size() < all.size());
      DecodingJob rest = job;
      for (StoryRequest& request : rest.requests) {
        std::erase_if(request.samples, [&](int64_t sample) {
          return first.contains({request.key, sample});
        });
      }
      std::erase_if(rest.requests, [](const StoryRequest& request) {
        return request.samples.empty();
      });
      first.merge(run(rest, models));
      check_equal(all, first);
    }
  }
}

TEST_CASE("requests without wanted samples are passed over") {
  DecodingJob job = make_job(16, 1);
  const Stories all = run(job);
  for (const size_t i : {0, 3, 6}) job.requests[i].samples.clear();
  HashModel model(16);
  std::vector<NextTokenModel*> models = {&model};
  size_t stories = 0;
  decode(
      models, job, [&](Story&&) { ++stories; }, [](int64_t) { return true; });
  CHECK(stories == 36);
  CHECK(model.prefills == 4);
}

TEST_CASE("an end id of both models is recorded as such") {
  DecodingJob job = make_job(16, 2);
  job.stop_ids = {.instruct = {kEnd}, .base = {kEnd, 5}};
  std::map<StoppedBy, int> counts;
  for (const auto& [at, story] : run(job, 2)) ++counts[story.stopped_by];
  CHECK(counts[StoppedBy::kBoth] > 0);
  // The base's own id 5 can still be drawn through the instruct model.
  CHECK(counts[StoppedBy::kBase] > 0);
  CHECK(counts[StoppedBy::kInstruct] == 0);
}

TEST_CASE("the step callback is told the number of live rows") {
  const DecodingJob job = make_job(16, 1);
  HashModel model(16);
  int64_t tokens = 0, written = 0;
  const DecodingStatistics statistics = decode(
      {&model},
      job,
      [&](Story&& story) { written += static_cast<int64_t>(story.ids.size()); },
      [&](int64_t live) {
        tokens += live;
        return true;
      });
  CHECK(tokens == written);
  CHECK(statistics.tokens == written);
  CHECK(statistics.steps >= written / 16);
}

TEST_CASE("with policy instruct the base's end id stops nothing") {
  DecodingJob job = make_job(16, 2);
  job.stop_ids = {.instruct = {kEnd}, .base = {5}};
  job.end.policy = EndPolicy::kInstruct;
  int64_t fives = 0;
  for (const auto& [at, story] : run(job, 2)) {
    fives += std::count(story.ids.begin(), story.ids.end(), 5);
    CHECK(story.stopped_by != StoppedBy::kBase);
    if (story.finish_reason == FinishReason::kStop) {
      CHECK(story.ids.back() == kEnd);
    }
  }
  CHECK(fives > 0);  // drawn as the instruct model's token
}

TEST_CASE("a fixed length is every story's length") {
  DecodingJob job = make_job(16, 2);
  job.end.fixed_length = true;
  for (const auto& [at, story] : run(job, 2)) {
    CHECK(story.ids.size() == 20);
    CHECK(story.finish_reason == FinishReason::kLength);
    CHECK(std::find(story.ids.begin(), story.ids.end(), kEnd) ==
          story.ids.end());
  }
}

TEST_CASE("stories are not ended before min_new_tokens") {
  DecodingJob job = make_job(16, 1);
  job.end.min_new_tokens = 6;
  size_t shortest = 100;
  for (const auto& [at, story] : run(job)) {
    shortest = std::min(shortest, story.ids.size());
  }
  CHECK(shortest == 7);  // six tokens and the end
}

TEST_CASE("a watcher ends a story, but not before min_new_tokens") {
  struct Watcher : TextWatcher {
    bool append(int32_t id) override { return id == 7; }
  };
  DecodingJob job = make_job(16, 1);
  job.watch_text = [] { return std::make_unique<Watcher>(); };
  job.end.min_new_tokens = 4;
  int stopped = 0;
  for (const auto& [at, story] : run(job)) {
    const auto seven = std::find(story.ids.begin() + 3, story.ids.end(), 7);
    if (story.finish_reason == FinishReason::kStopString) {
      ++stopped;
      CHECK(seven == story.ids.end() - 1);
      CHECK(story.ids.size() >= 4);
      CHECK(story.stopped_by == StoppedBy::kNone);
    } else {
      CHECK(seven == story.ids.end());
    }
  }
  CHECK(stopped > 10);
}

TEST_CASE("records of each token add up to the story's") {
  const DecodingJob job = make_job(16, 2);
  const size_t width = token_record_columns({"base", "instruct"}).size();
  CHECK(width == 8);
  for (const auto& [at, story] : run(job, 2)) {
    const size_t n = story.ids.size();
    REQUIRE(story.token_records.size() == n * width);
    std::vector<double> sums(width, 0);
    for (size_t i = 0; i < n * width; ++i) {
      sums[i % width] += story.token_records[i];
    }
    CHECK(sums[0] == doctest::Approx(story.log_probs[0]));
    CHECK(sums[1] == doctest::Approx(story.log_probs[1]));
    CHECK(sums[2] == doctest::Approx(story.log_prob_sampled));
    const auto tokens = static_cast<double>(n);
    CHECK(sums[3] / tokens == doctest::Approx(story.entropies[0]));
    CHECK(sums[4] / tokens == doctest::Approx(story.entropies[1]));
    CHECK(sums[5] / tokens == doctest::Approx(story.entropy_sampled));
    CHECK(sums[6] / tokens == doctest::Approx(story.kept));
    CHECK(sums[7] / tokens == doctest::Approx(0.5));
    CHECK(story.weight == doctest::Approx(0.5));
  }
}

TEST_CASE("a trace is given for its step of every story that gets there") {
  DecodingJob job = make_job(16, 2);
  job.trace_step = 3;
  int traces = 0;
  job.trace = [&](const StepTrace& trace) {
    ++traces;
    CHECK(trace.p.size() == 2);
    CHECK(trace.q.size() == trace.ids.size());
  };
  const Stories with = run(job, 2);
  const auto long_enough =
      std::count_if(with.begin(), with.end(), [](const auto& entry) {
        return entry.second.ids.size() > 3;
      });
  CHECK(traces == long_enough);
  check_equal(with, run(make_job(16, 2), 2));  // and it changes nothing
}

}  // namespace cdx
