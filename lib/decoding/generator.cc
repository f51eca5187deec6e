#include "decoding/causal_slots.h"
#include "decoding/engine.h"
#include "decoding/scorer.h"
#include "decoding/story.h"
#include "model/causal_lm.h"
#include "model/checkpoint.h"
#include "util/errors.h"

#include <algorithm>
#include <array>
#include <map>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/headeronly/version.h>

namespace cdx {
namespace {

void check_lengths(const CausalLM& model,
                   const std::string& name,
                   const SlotOptions& options) {
  const int64_t longest = options.max_prompt_tokens + options.max_new_tokens;
  const int64_t limit = model.config().max_position_embeddings;
  if (longest > limit) {
    throw UserError(fmt::format(
        "model '{}' reads at most {} tokens, but the longest prompt has {} and "
        "max_new_tokens is {}: lower max_new_tokens or shorten the prompt",
        name,
        limit,
        options.max_prompt_tokens,
        options.max_new_tokens));
  }
}

std::string dtype_name(at::ScalarType dtype) {
  if (dtype == at::kBFloat16) return "bfloat16";
  return dtype == at::kHalf ? "float16" : "float32";
}

class TorchGenerator : public StoryGenerator {
 public:
  void load(const std::string& name,
            const std::filesystem::path& folder,
            const DeviceOptions& options) override {
    const c10::InferenceMode no_autograd;
    const Source source{std::filesystem::weakly_canonical(folder).string(),
                        options.device,
                        options.dtype};
    // A checkpoint in two roles is in memory once: copies share their tensors.
    for (const auto& [other, loaded] : sources_) {
      if (loaded != source || other == name) continue;
      models_.insert_or_assign(name, models_.at(other));
      sources_[name] = source;
      return;
    }
    models_.insert_or_assign(
        name,
        CausalLM::load(folder, compute_device(options.device), options.dtype));
    sources_[name] = source;
  }

  DecodingStatistics run(const DecodingJob& job,
                         const std::function<void(Story&&)>& sink,
                         const std::function<bool(int64_t)>& step) override {
    const c10::InferenceMode no_autograd;
    std::vector<std::unique_ptr<CausalSlots>> slots;
    std::vector<NextTokenModel*> models;
    for (size_t m = 0; m < job.models.size(); ++m) {
      slots.push_back(make_slots(job, m));
      models.push_back(slots.back().get());
    }
    return decode(models, job, sink, step);
  }

  void score(
      const std::string& model,
      const std::vector<ScoreRequest>& requests,
      int64_t columns,
      const std::function<bool(size_t, std::vector<float>&&)>& sink) override {
    const c10::InferenceMode no_autograd;
    score_texts(models_.at(model), model, requests, columns, sink);
  }

  Placement placement(const std::string& name) const override {
    const CausalLM& model = models_.at(name);
    return {.device = model.device().is_cuda() ? "cuda" : "cpu",
            .dtype = dtype_name(model.dtype()),
            .threads = at::get_num_threads(),
            .libtorch = TORCH_VERSION};
  }

 private:
  using Source = std::array<std::string, 3>;  // folder, device, dtype

  std::unique_ptr<CausalSlots> make_slots(const DecodingJob& job, size_t m) {
    SlotOptions options{.batch_size = job.batch_size,
                        .max_new_tokens = job.max_new_tokens};
    for (const StoryRequest& request : job.requests) {
      options.max_prompt_tokens =
          std::max(options.max_prompt_tokens,
                   static_cast<int64_t>(request.prompt_ids[m].size()));
    }
    const CausalLM& model = models_.at(job.models[m]);
    check_lengths(model, job.models[m], options);
    return std::make_unique<CausalSlots>(model, options);
  }

  std::map<std::string, CausalLM> models_;
  std::map<std::string, Source> sources_;
};

}  // namespace

std::unique_ptr<StoryGenerator> make_story_generator() {
  return std::make_unique<TorchGenerator>();
}

}  // namespace cdx
