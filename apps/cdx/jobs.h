#pragma once

#include "decoding/story.h"
#include "experiment/condition.h"
#include "experiment/config.h"
#include "models.h"
#include "prompts/prompt.h"
#include "store/run_directory.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cdx {

// Rows a step when the file says auto.
int64_t auto_batch_size(const Placement& placement);

// The experiment's models, loaded, and what its conditions make of them: jobs
// for the engine.
class Jobs {
 public:
  Jobs(const ExperimentConfig& config, int threads);

  const std::map<std::string, ExperimentModel>& models() const {
    return models_;
  }
  StoryGenerator& generator() const { return *generator_; }
  Placement placement() const;  // of the first model; empty without models

  // Everything but the requests. `batch_size` is resolved, never 0.
  DecodingJob make_job(const Condition& condition, int64_t batch_size) const;
  // One prompt's request, its samples left empty; `sent` is told what the
  // models are sent.
  StoryRequest make_request(const Condition& condition,
                            const Prompt& prompt,
                            SentPrompt& sent) const;
  ConditionFacts facts(const Condition& condition, int64_t batch_size) const;
  // The story's text: of its ids without the end token, cut at a stop string.
  // `stop_string` is told which one.
  std::string text_of(const Condition& condition,
                      const Story& story,
                      std::string& stop_string) const;

 private:
  void warn_of_slow_type(const std::string& role) const;
  const Prompt& prompt_for(const Condition& condition,
                           size_t m,
                           const Prompt& own) const;

  const ExperimentConfig& config_;
  std::map<std::string, ExperimentModel> models_;
  std::unique_ptr<StoryGenerator> generator_;
  // All prompts of the file, for wrong guides: whatever skip and limit say.
  std::vector<Prompt> all_prompts_;
};

}  // namespace cdx
