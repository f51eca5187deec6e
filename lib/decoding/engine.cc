#include "decoding/engine.h"

#include "decoding/draw.h"

#include <algorithm>
#include <chrono>
#include <memory>
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

StoppedBy stopped_by(const StopIds& stop_ids, int32_t id) {
  const bool instruct = stop_ids.ends_instruct(id);
  const bool base = stop_ids.ends_base(id);
  if (instruct && base) return StoppedBy::kBoth;
  if (instruct) return StoppedBy::kInstruct;
  return base ? StoppedBy::kBase : StoppedBy::kNone;
}

StepOptions step_options(const DecodingJob& job, size_t models) {
  StepOptions options{.models = models,
                      .sampling = job.sampling,
                      .mix = job.mix,
                      .end = job.end,
                      .stop_ids = job.stop_ids,
                      .token_flags = job.token_flags};
  if (job.end.fixed_length) options.end.min_new_tokens = job.max_new_tokens;
  return options;
}

// What stops a story: the policy may leave the base's ids out.
StopIds stopping_ids(const DecodingJob& job, size_t models) {
  StopIds ids = job.stop_ids;
  if (models > 1 && job.end.policy == EndPolicy::kInstruct) {
    std::erase_if(ids.base, [&](int32_t id) { return !ids.ends_instruct(id); });
  }
  return ids;
}

// Sums so far; finish() makes means of them.
void add(const TokenDraw& draw, bool with_records, Story& story) {
  const size_t models = story.log_probs.size();
  for (size_t m = 0; m < models; ++m) {
    story.log_probs[m] += draw.log_probs[m];
    story.entropies[m] += draw.entropies[m];
  }
  story.log_prob_sampled += draw.log_prob_sampled;
  story.entropy_sampled += draw.entropy_sampled;
  story.kept += draw.kept;
  story.weight += draw.weight;
  if (!with_records) return;
  std::vector<float>& records = story.token_records;
  records.insert(records.end(),
                 draw.log_probs.begin(),
                 draw.log_probs.begin() + static_cast<int64_t>(models));
  records.push_back(draw.log_prob_sampled);
  records.insert(records.end(),
                 draw.entropies.begin(),
                 draw.entropies.begin() + static_cast<int64_t>(models));
  records.push_back(draw.entropy_sampled);
  records.push_back(static_cast<float>(draw.kept));
  records.push_back(draw.weight);
}

void to_means(Story& story) {
  const auto n = static_cast<double>(story.ids.size());
  for (double& entropy : story.entropies) entropy /= n;
  story.entropy_sampled /= n;
  story.kept /= n;
  story.weight /= n;
}

// A story in flight.
struct Running {
  Story story;
  int32_t route = -1;
  std::unique_ptr<TextWatcher> watcher;
};

class Loop {
 public:
  Loop(const std::vector<NextTokenModel*>& models,
       const DecodingJob& job,
       const std::function<void(Story&&)>& sink)
      : models_(models),
        job_(job),
        sink_(sink),
        end_(step_options(job, models.size()).end),
        stop_ids_(stopping_ids(job, models.size())),
        drawer_(step_options(job, models.size()), job.vocab_size),
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
    const std::vector<int64_t> live = live_slots();
    std::vector<RowInput> rows = row_inputs(live);
    if (job_.trace) trace(logits, rows, live);
    const std::vector<TokenDraw> draws = drawer_.draw(logits, rows, live);
    for (size_t i = 0; i < live.size(); ++i) {
      append(static_cast<size_t>(live[i]), draws[i]);
    }
    ++statistics_.steps;
    statistics_.tokens += static_cast<int64_t>(live.size());
    return static_cast<int64_t>(live.size());
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
    Running& running = slots_[slot].emplace();
    running.story.request = request_;
    running.story.sample = job_.requests[request_].samples[sample_];
    running.story.log_probs.resize(models_.size());
    running.story.entropies.resize(models_.size());
    if (job_.watch_text) running.watcher = job_.watch_text();
    ++sample_;
    next_request();
  }

  std::vector<int64_t> live_slots() const {
    std::vector<int64_t> live;
    for (size_t slot = 0; slot < slots_.size(); ++slot) {
      if (slots_[slot]) live.push_back(static_cast<int64_t>(slot));
    }
    return live;
  }

  std::vector<RowInput> row_inputs(const std::vector<int64_t>& live) const {
    std::vector<RowInput> rows(slots_.size());
    for (const int64_t slot : live) {
      const Running& running = *slots_[static_cast<size_t>(slot)];
      const Story& story = running.story;
      const StoryRequest& request = job_.requests[story.request];
      RowInput& row = rows[static_cast<size_t>(slot)];
      for (size_t m = 0; m < models_.size(); ++m) {
        row.prompts[m] = request.prompt_ids[m];
      }
      row.story = story.ids;
      row.at = {.key = request.key,
                .sample = static_cast<uint32_t>(story.sample),
                .step = static_cast<uint32_t>(story.ids.size())};
      row.route = running.route;
    }
    return rows;
  }

  void trace(const std::vector<at::Tensor>& logits,
             const std::vector<RowInput>& rows,
             const std::vector<int64_t>& live) {
    for (const int64_t slot : live) {
      const RowInput& row = rows[static_cast<size_t>(slot)];
      if (static_cast<int64_t>(row.story.size()) != job_.trace_step) continue;
      job_.trace(drawer_.trace(logits, row, slot));
    }
  }

  void append(size_t slot, const TokenDraw& draw) {
    Running& running = *slots_[slot];
    Story& story = running.story;
    story.ids.push_back(draw.id);
    running.route = draw.route;
    add(draw, job_.token_records, story);
    if (ended(running)) {
      finish(slot);
      return;
    }
    for (NextTokenModel* model : models_) {
      model->feed(static_cast<int64_t>(slot), draw.id);
    }
  }

  // Says so in the story, too.
  bool ended(Running& running) const {
    Story& story = running.story;
    const auto tokens = static_cast<int64_t>(story.ids.size());
    const StoppedBy by = stopped_by(stop_ids_, story.ids.back());
    const bool watched =
        running.watcher && running.watcher->append(story.ids.back());
    if (by != StoppedBy::kNone) {
      story.stopped_by = by;
      story.finish_reason = FinishReason::kStop;
    } else if (watched && tokens >= end_.min_new_tokens) {
      story.finish_reason = FinishReason::kStopString;
    } else if (tokens == job_.max_new_tokens) {
      story.finish_reason = FinishReason::kLength;
    } else {
      return false;
    }
    return true;
  }

  void finish(size_t slot) {
    for (NextTokenModel* model : models_) {
      model->stop(static_cast<int64_t>(slot));
    }
    Story story = std::move(slots_[slot]->story);
    slots_[slot].reset();
    to_means(story);
    sink_(std::move(story));
  }

  const std::vector<NextTokenModel*>& models_;
  const DecodingJob& job_;
  const std::function<void(Story&&)>& sink_;
  EndOptions end_;
  StopIds stop_ids_;  // what stops a story
  BatchDrawer drawer_;
  std::vector<std::optional<Running>> slots_;
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
