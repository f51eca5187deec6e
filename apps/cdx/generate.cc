#include "generate.h"

#include "commands.h"
#include "experiment/condition.h"
#include "machine.h"
#include "model_input.h"
#include "models.h"
#include "options.h"
#include "prompts/prompt.h"
#include "store/generation_log.h"
#include "store/run_directory.h"
#include "torch_library.h"
#include "util/errors.h"
#include "util/hash.h"
#include "util/progress.h"
#include "util/stop.h"

#include <thread>

#include <fmt/format.h>

namespace cdx {
namespace {

// Rows a step when the file says auto: enough for near full speed of the
// matrix products of small models on a few cores; on a GPU until there is a
// memory plan.
constexpr int64_t kAutoBatchCpu = 64;
constexpr int64_t kAutoBatchCuda = 128;

// What remains to be told of one condition.
struct ConditionWork {
  const Condition* condition = nullptr;
  std::string hash8;
  DecodingJob job;
  std::vector<const Prompt*> prompts;  // of job.requests
  int64_t done = 0;                    // stories of earlier starts
};

class Generation {
 public:
  Generation(const ExperimentConfig& config, const GenerateOptions& options)
      : config_(config),
        prompts_(read_prompts(config.prompts)),
        models_(open_models(config)),
        generator_(open_story_generator(options.threads)) {
    for (const auto& [role, model] : models_) {
      const ModelSource& source = named(config.models, role);
      generator_->load(role, model.folder, source.device);
      warn_of_slow_type(role);
    }
  }

  bool run() {
    const RunDirectory directory =
        RunDirectory::start(config_.output, resolved_yaml(config_), manifest());
    batch_size_ = config_.generation.batch_size != 0
                      ? config_.generation.batch_size
                      : directory.manifest().batch_size;
    std::vector<ConditionWork> work = plan(directory);
    Segment segment{.manifest = manifest(),
                    .config = resolved_yaml(config_),
                    .machine = describe_machine(placement())};
    for (const ConditionWork& one : work) {
      segment.conditions[one.condition->name] = one.hash8;
    }
    directory.claim_segment(segment);
    const bool complete = sample(directory, work, segment);
    segment.stopped = utc_now();
    directory.update_segment(segment);
    return complete;
  }

 private:
  void warn_of_slow_type(const std::string& role) const {
    const Placement place = generator_->placement(role);
    if (place.device != "cpu" || place.dtype == "float32") return;
    fmt::print(stderr,
               "cdx: model '{}' computes in {} on the CPU, which is many times "
               "slower there than float32 (models.{}.dtype: auto)\n",
               role,
               place.dtype,
               role);
  }

  Placement placement() const {
    if (models_.empty()) return {};
    return generator_->placement(models_.begin()->first);
  }

  Manifest manifest() const {
    Manifest manifest{.name = config_.name,
                      .prompts_file = config_.prompts.file.string(),
                      .prompts_hash = sha256_file(config_.prompts.file),
                      .batch_size = config_.generation.batch_size,
                      .versions = {{"cdx", CDX_VERSION},
                                   {"git", CDX_GIT_REVISION},
                                   {"libtorch", placement().libtorch}}};
    if (batch_size_ != 0) manifest.batch_size = batch_size_;
    if (manifest.batch_size == 0) {
      manifest.batch_size =
          placement().device == "cuda" ? kAutoBatchCuda : kAutoBatchCpu;
    }
    for (const auto& [role, model] : models_) {
      manifest.models[role] = model.fact;
    }
    return manifest;
  }

  ConditionFacts facts(const Condition& condition) const {
    ConditionFacts facts{.device_kind = placement().device,
                         .batch_size = batch_size_};
    for (size_t m = 0; m < condition.models.size(); ++m) {
      const std::string& role = condition.models[m];
      const ExperimentModel& model = models_.at(role);
      facts.example_hashes.push_back(examples_hash(condition, m, model));
      facts.model_hashes.push_back(model.fact.weights_hash);
      facts.tokenizer_hashes.push_back(model.fact.tokenizer_hash);
      facts.dtypes.push_back(generator_->placement(role).dtype);
    }
    return facts;
  }

  DecodingJob make_job(const Condition& condition) const {
    const TokenSpace tokens = token_space(condition, models_);
    return {.models = condition.models,
            .mix = condition.mix,
            .sampling = condition.sampling,
            .max_new_tokens = config_.generation.max_new_tokens,
            .batch_size = batch_size_,
            .vocab_size = tokens.columns,
            .stop_ids = tokens.stop_ids,
            .requests = {}};
  }

  StoryRequest make_request(const Condition& condition,
                            const Prompt& prompt,
                            SentPrompt& sent) const {
    StoryRequest request{
        .prompt_ids = {},
        .key = story_key(
            config_.seed, random_stream(condition, config_), prompt.id),
        .samples = {}};
    for (size_t m = 0; m < condition.models.size(); ++m) {
      sent.inputs.push_back(model_input(
          config_, condition, m, models_.at(condition.models[m]), prompt));
      request.prompt_ids.push_back(sent.inputs.back().token_ids);
    }
    return request;
  }

  // The condition's stories that are not on disk; what the models are sent goes
  // to `sent`.
  ConditionWork plan_condition(const RunDirectory& directory,
                               const Condition& condition,
                               std::vector<SentPrompt>& sent) const {
    ConditionWork work{
        .condition = &condition,
        .hash8 = condition_hash8(condition, config_, facts(condition)),
        .job = make_job(condition),
        .prompts = {}};
    const DoneSamples done =
        done_samples(directory.generations(condition.name, work.hash8));
    warn(done.problems);
    for (const Prompt& prompt : prompts_) {
      sent.push_back({.prompt_id = prompt.id,
                      .prompt = prompt.text,
                      .condition = condition.name,
                      .hash8 = work.hash8,
                      .inputs = {}});
      StoryRequest request = make_request(condition, prompt, sent.back());
      const auto there = done.samples.find(prompt.id);
      for (int64_t i = 0; i < config_.generation.samples_per_prompt; ++i) {
        if (there != done.samples.end() && there->second.contains(i)) {
          ++work.done;
        } else {
          request.samples.push_back(i);
        }
      }
      if (request.samples.empty()) continue;
      work.job.requests.push_back(std::move(request));
      work.prompts.push_back(&prompt);
    }
    return work;
  }

  std::vector<ConditionWork> plan(const RunDirectory& directory) const {
    std::vector<ConditionWork> all;
    std::vector<SentPrompt> sent;
    for (const Condition& condition : config_.conditions) {
      if (condition.kind == ConditionKind::kReferences) continue;
      all.push_back(plan_condition(directory, condition, sent));
    }
    directory.add_prompts(sent);
    return all;
  }

  static void warn(const LogProblems& problems) {
    const std::string warning = problems.warning();
    if (!warning.empty()) fmt::print(stderr, "cdx: {}\n", warning);
  }

  bool sample(const RunDirectory& directory,
              const std::vector<ConditionWork>& work,
              Segment& segment) const {
    int64_t total = 0, done = 0;
    for (const ConditionWork& one : work) {
      total += static_cast<int64_t>(prompts_.size()) *
               config_.generation.samples_per_prompt;
      done += one.done;
    }
    Progress progress("generate", "stories", total, done);
    progress.set_rate_unit("tokens");
    const std::string process =
        unique_process_name(segment.shard, segment.restart);
    for (const ConditionWork& one : work) {
      if (one.job.requests.empty()) continue;
      GenerationWriter writer(
          directory.generations(one.condition->name, one.hash8), process);
      sample_condition(one, writer, progress, segment);
      if (stop_requested()) return false;
    }
    progress.finish();
    return true;
  }

  void sample_condition(const ConditionWork& work,
                        GenerationWriter& writer,
                        Progress& progress,
                        Segment& segment) const {
    const std::string& name = work.condition->name;
    const DecodingStatistics statistics = generator_->run(
        work.job,
        [&](Story&& story) {
          writer.append(to_record(work, story));
          progress.advance(name, 1);
        },
        [&](int64_t tokens) {
          progress.advance(name, 0, tokens);
          return !stop_requested();
        });
    writer.sync();
    segment.rates[name] = {
        {"tokens", statistics.tokens},
        {"steps", statistics.steps},
        {"seconds", statistics.total_seconds},
        {"prefill_seconds", statistics.prefill_seconds},
        {"forward_seconds", statistics.forward_seconds},
        {"draw_seconds", statistics.draw_seconds},
        {"tokens_per_second",
         static_cast<double>(statistics.tokens) / statistics.total_seconds}};
  }

  GenerationRecord to_record(const ConditionWork& work,
                             const Story& story) const {
    const Condition& condition = *work.condition;
    const bool stopped = story.finish_reason == FinishReason::kStop;
    std::vector<int32_t> text_ids = story.ids;
    if (stopped) text_ids.pop_back();
    GenerationRecord record{
        .coordinates = {.prompt_id = work.prompts[story.request]->id,
                        .condition = condition.name,
                        .sample = story.sample},
        .text = models_.at(condition.models.back())
                    .tokenizer->decode(text_ids, /*skip_special_tokens=*/true),
        .token_ids = story.ids,
        .finish_reason = stopped ? "stop" : "length",
        .stop_token = stopped ? std::optional(story.ids.back()) : std::nullopt,
        .stopped_by = stopped_by_word(condition, story.stopped_by),
        .log_probs = {},
        .log_prob_sampled = story.log_prob_sampled,
        .seed = config_.seed,
        .stream = random_stream(condition, config_),
        .key = work.job.requests[story.request].key};
    for (size_t m = 0; m < condition.models.size(); ++m) {
      record.log_probs[condition.models[m]] = story.log_probs[m];
    }
    return record;
  }

  // A role: of a mixture's models, or the only one.
  static std::string stopped_by_word(const Condition& condition, StoppedBy by) {
    if (by != StoppedBy::kNone && condition.models.size() == 1) {
      return condition.models.front();
    }
    switch (by) {
      case StoppedBy::kInstruct:
        return "instruct";
      case StoppedBy::kBase:
        return "base";
      case StoppedBy::kBoth:
        return "both";
      case StoppedBy::kNone:
        return "";
    }
    return "";
  }

  const ExperimentConfig& config_;
  std::vector<Prompt> prompts_;
  std::map<std::string, ExperimentModel> models_;
  std::unique_ptr<StoryGenerator> generator_;
  int64_t batch_size_ = 0;
};

}  // namespace

bool generate(const ExperimentConfig& config, const GenerateOptions& options) {
  install_stop_handlers();
  return Generation(config, options).run();
}

void add_generate_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "generate", "sample the stories of an experiment that are missing");
  auto options = std::make_shared<ExperimentArguments>();
  add_experiment_arguments(*command, *options);
  command->footer("Example: cdx generate configs/quickstart.yaml");
  command->callback([options, &status] {
    const ExperimentConfig config = load(*options);
    status = generate(config, {.threads = options->threads}) ? 0 : kResumable;
  });
}

}  // namespace cdx
