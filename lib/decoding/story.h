#pragma once

#include "decoding/mix_options.h"
#include "decoding/options.h"
#include "decoding/sampling_options.h"
#include "decoding/token_drawer.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

// The torch-free face of the engine: token ids in, token ids out.
namespace cdx {

enum class FinishReason { kStop, kLength, kStopString };
enum class StoppedBy { kNone, kInstruct, kBase, kBoth };

// One prompt as each model sees it, and which of its stories are wanted.
struct StoryRequest {
  // [model][T]: ids of the prompt under each model of the job, T >= 1. The
  // prefixes may differ, the continuation is shared.
  std::vector<std::vector<int32_t>> prompt_ids;
  // Key of the random numbers: hash of seed, stream and prompt id.
  uint64_t key = 0;
  // Which stories: each is a coordinate of the random numbers.
  std::vector<int64_t> samples;
};

struct Story {
  size_t request = 0;  // index into DecodingJob::requests
  int64_t sample = 0;
  std::vector<int32_t> ids;  // the story's, end token included
  FinishReason finish_reason = FinishReason::kLength;
  StoppedBy stopped_by = StoppedBy::kNone;
  // Natural logarithms, summed over ids: under each model (raw: temperature 1,
  // nothing cut), and under the distribution that was drawn from.
  std::vector<double> log_probs;
  double log_prob_sampled = 0;
  // Means over ids of what TokenDraw says: nats, tokens, weight of the base.
  std::vector<double> entropies;  // one a model
  double entropy_sampled = 0;
  double kept = 0;
  double weight = 0;
  // [ids][token_record_columns()] where the job asks for them.
  std::vector<float> token_records;
};

// Columns of Story::token_records: log_prob of each model, log_prob_sampled,
// entropy of each model, entropy_sampled, kept, weight.
std::vector<std::string> token_record_columns(
    const std::vector<std::string>& models);

// Watches the text of one story grow, for stop strings.
class TextWatcher {
 public:
  virtual ~TextWatcher() = default;
  // The story goes on with this token; true if it is to end here.
  virtual bool append(int32_t id) = 0;
};

struct DecodingJob {
  // Loaded models by the names under which they were loaded: one, {base,
  // instruct} for a mixture, {base, expert, antiexpert} for rule proxy.
  std::vector<std::string> models;
  MixOptions mix;  // read when there are several models
  SamplingOptions sampling;
  EndOptions end;
  int64_t max_new_tokens = 256;
  int64_t batch_size = 64;
  // Columns of the logits that are tokens of every model; what a model has
  // beyond them is padding and is never drawn. 0: all.
  int64_t vocab_size = 0;
  StopIds stop_ids;
  std::vector<uint8_t> token_flags;  // as StepOptions
  bool token_records = false;
  // Makes the watcher of one story; empty: there are no stop strings.
  std::function<std::unique_ptr<TextWatcher>()> watch_text;
  std::vector<StoryRequest> requests;
  // Is given every intermediate result of this step of each story; empty: none.
  int64_t trace_step = 0;
  std::function<void(const StepTrace&)> trace;
};

struct DecodingStatistics {
  int64_t steps = 0;
  int64_t tokens = 0;
  double prefill_seconds = 0, forward_seconds = 0, draw_seconds = 0;
  double total_seconds = 0;
};

struct DeviceOptions {
  std::string device = "auto";  // auto | cpu | cuda
  std::string dtype = "auto";   // auto | float32 | bfloat16 | float16
};

struct Placement {
  std::string device;  // cpu | cuda
  std::string dtype;   // float32 | bfloat16 | float16
  int threads = 0;
  std::string libtorch;  // version
};

// A text to be scored after a prompt.
struct ScoreRequest {
  std::vector<int32_t> prompt_ids;  // T >= 1
  std::vector<int32_t> ids;         // may be empty
};

// Implemented in the library that links LibTorch.
class StoryGenerator {
 public:
  virtual ~StoryGenerator() = default;

  // Loads a Hugging Face folder under a name. Throws UserError / WorldError.
  virtual void load(const std::string& name,
                    const std::filesystem::path& folder,
                    const DeviceOptions& options) = 0;

  // Calls `sink` with each finished story, in the order of finishing, and after
  // each step `step` with the number of tokens drawn. Unfinished stories are
  // dropped when `step` returns false; the same job run again draws them again
  // bit for bit.
  virtual DecodingStatistics run(
      const DecodingJob& job,
      const std::function<void(Story&&)>& sink,
      const std::function<bool(int64_t tokens)>& step) = 0;

  // Calls `sink` for each request in turn with ln p(id | prompt, ids before it)
  // of each of its ids: raw, temperature 1, the softmax in fp32 over the first
  // `columns` tokens of the vocabulary (the rest is padding; 0: all). Its bits
  // depend on the request alone. A prompt is computed once for requests that
  // follow one another and share it. Stops when `sink` returns false. Throws
  // UserError naming the lengths when a request is longer than the model reads,
  // WorldError when what the model computes is no number.
  virtual void score(
      const std::string& model,
      const std::vector<ScoreRequest>& requests,
      int64_t columns,
      const std::function<bool(size_t request, std::vector<float>&& log_probs)>&
          sink) = 0;

  // Where and in what a loaded model computes.
  virtual Placement placement(const std::string& name) const = 0;
};

// Implemented in the library that links LibTorch.
std::unique_ptr<StoryGenerator> make_story_generator();

}  // namespace cdx
