#include "decoding/engine.h"

#include "decoding/draw.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include <ATen/ATen.h>

namespace cdx {
namespace {

class Stopwatch {
 public:
  explicit Stopwatch(double& seconds)
      : seconds_(seconds), start_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() {
    seconds_ +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_)
            .count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_;
};

bool contains(const std::vector<int32_t>& ids, int32_t id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

StoppedBy stopped_by(const StopIds& stop_ids, int32_t id) {
  const bool instruct = contains(stop_ids.instruct, id);
  const bool base = contains(stop_ids.base, id);
  if (instruct && base) return StoppedBy::kBoth;
  if (instruct) return StoppedBy::kInstruct;
  return base ? StoppedBy::kBase : StoppedBy::kNone;
}

class Loop {
 public:
  Loop(const std::vector<NextTokenModel*>& models,
       const DecodingJob& job,
       const std::function<void(Story&&)>& sink)
      : models_(models),
        job_(job),
        sink_(sink),
        draw_options_{.sampling = job.sampling,
                      .mix = job.mix,
                      .stop_ids = job.stop_ids,
                      .vocab_size = job.vocab_size},
        slots_(static_cast<size_t>(job.batch_size)) {}

  // Returns the number of stories in flight.
  int64_t refill() {
    const Stopwatch watch(statistics_.prefill_seconds);
    int64_t live = 0;
    for (size_t slot = 0; slot < slots_.size(); ++slot) {
      if (!slots_[slot]) admit(slot);
      if (slots_[slot]) ++live;
    }
    return live;
  }

  int64_t step() {
    std::vector<at::Tensor> logits;
    {
      const Stopwatch watch(statistics_.forward_seconds);
      for (NextTokenModel* model : models_) logits.push_back(model->step());
    }
    const Stopwatch watch(statistics_.draw_seconds);
    const TokenDraws draws = draw_tokens(logits, draw_options_, coordinates());
    int64_t tokens = 0;
    for (size_t slot = 0; slot < slots_.size(); ++slot) {
      if (!slots_[slot]) continue;
      append(slot, draws);
      ++tokens;
    }
    ++statistics_.steps;
    statistics_.tokens += tokens;
    return tokens;
  }

  const DecodingStatistics& statistics() const { return statistics_; }

 private:
  // Moves on to the next request that still wants a story.
  bool next_request() {
    while (request_ < job_.requests.size() &&
           sample_ == job_.requests[request_].samples.size()) {
      if (sample_ > 0) forget_prompt();
      ++request_;
      sample_ = 0;
    }
    return request_ < job_.requests.size();
  }

  void prefill_prompt() {
    const StoryRequest& request = job_.requests[request_];
    for (size_t m = 0; m < models_.size(); ++m) {
      handles_.push_back(models_[m]->prefill(request.prompt_ids[m]));
    }
  }

  void forget_prompt() {
    for (size_t m = 0; m < models_.size(); ++m) {
      models_[m]->forget(handles_[m]);
    }
    handles_.clear();
  }

  void admit(size_t slot) {
    if (!next_request()) return;
    if (sample_ == 0) prefill_prompt();
    for (size_t m = 0; m < models_.size(); ++m) {
      models_[m]->start(static_cast<int64_t>(slot), handles_[m]);
    }
    slots_[slot] = Story{.request = request_,
                         .sample = job_.requests[request_].samples[sample_],
                         .ids = {},
                         .log_probs = std::vector<double>(models_.size())};
    ++sample_;
    next_request();
  }

  std::vector<RandomCoordinates> coordinates() const {
    std::vector<RandomCoordinates> all(slots_.size());
    for (size_t slot = 0; slot < slots_.size(); ++slot) {
      if (!slots_[slot]) continue;
      const Story& story = *slots_[slot];
      all[slot] = {.key = job_.requests[story.request].key,
                   .sample = static_cast<uint32_t>(story.sample),
                   .step = static_cast<uint32_t>(story.ids.size())};
    }
    return all;
  }

  void append(size_t slot, const TokenDraws& draws) {
    Story& story = *slots_[slot];
    const int32_t id = draws.ids[slot];
    story.ids.push_back(id);
    for (size_t m = 0; m < models_.size(); ++m) {
      story.log_probs[m] += draws.log_probs[m][slot];
    }
    story.log_prob_sampled += draws.log_probs_sampled[slot];
    story.stopped_by = stopped_by(job_.stop_ids, id);
    const bool stopped = story.stopped_by != StoppedBy::kNone;
    if (stopped ||
        static_cast<int64_t>(story.ids.size()) == job_.max_new_tokens) {
      story.finish_reason =
          stopped ? FinishReason::kStop : FinishReason::kLength;
      finish(slot);
      return;
    }
    for (NextTokenModel* model : models_) {
      model->feed(static_cast<int64_t>(slot), id);
    }
  }

  void finish(size_t slot) {
    for (NextTokenModel* model : models_) {
      model->stop(static_cast<int64_t>(slot));
    }
    Story story = std::move(*slots_[slot]);
    slots_[slot].reset();
    sink_(std::move(story));
  }

  const std::vector<NextTokenModel*>& models_;
  const DecodingJob& job_;
  const std::function<void(Story&&)>& sink_;
  DrawOptions draw_options_;
  std::vector<std::optional<Story>> slots_;
  size_t request_ = 0, sample_ = 0;  // the next story to admit
  std::vector<int64_t> handles_;     // of the current request's prompt
  DecodingStatistics statistics_;
};

}  // namespace

DecodingStatistics decode(const std::vector<NextTokenModel*>& models,
                          const DecodingJob& job,
                          const std::function<void(Story&&)>& sink,
                          const std::function<bool(int64_t)>& step) {
  double seconds = 0;
  Loop loop(models, job, sink);
  {
    const Stopwatch watch(seconds);
    while (loop.refill() > 0) {
      if (!step(loop.step())) break;
    }
  }
  DecodingStatistics statistics = loop.statistics();
  statistics.total_seconds = seconds;
  return statistics;
}

}  // namespace cdx
