#include "generate.h"

#include "commands.h"
#include "experiment/condition.h"
#include "explain.h"
#include "jobs.h"
#include "machine.h"
#include "match.h"
#include "options.h"
#include "prompts/prompt.h"
#include "store/generation_log.h"
#include "store/run_directory.h"
#include "story_record.h"
#include "util/hash.h"
#include "util/progress.h"
#include "util/stop.h"

#include <fmt/format.h>

namespace cdx {
namespace {

// A condition's stories on disk, and each token's numbers beside them where the
// job asks for them.
class StoryLog {
 public:
  StoryLog(const std::filesystem::path& folder,
           const std::string& process,
           const DecodingJob& job)
      : stories_(folder, process),
        tokens_(folder, process, token_record_columns(job.models)) {}

  void append(GenerationRecord record, const Story& story) {
    if (!story.token_records.empty()) {
      record.tokens = tokens_.append(story.token_records);
    }
    stories_.append(record);
  }
  void sync() {
    tokens_.sync();
    stories_.sync();
  }

 private:
  GenerationWriter stories_;
  TokenRecordWriter tokens_;
};

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
        jobs_(config_, options.threads) {}

  bool run() {
    const RunDirectory directory =
        RunDirectory::start(config_.output, resolved_yaml(config_), manifest());
    batch_size_ = config_.generation.batch_size != 0
                      ? config_.generation.batch_size
                      : directory.manifest().batch_size;
    Segment segment{.manifest = manifest(),
                    .config = resolved_yaml(config_),
                    .machine = describe_machine(jobs_.placement())};
    if (!find_temperatures(directory, segment)) return false;
    std::vector<ConditionWork> work = plan(directory);
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
  Manifest manifest() const {
    Manifest manifest{.name = config_.name,
                      .prompts_file = config_.prompts.file.string(),
                      .prompts_hash = sha256_file(config_.prompts.file),
                      .batch_size = config_.generation.batch_size,
                      .versions = {{"cdx", CDX_VERSION},
                                   {"git", CDX_GIT_REVISION},
                                   {"libtorch", jobs_.placement().libtorch}}};
    if (batch_size_ != 0) manifest.batch_size = batch_size_;
    if (manifest.batch_size == 0) {
      manifest.batch_size = auto_batch_size(jobs_.placement());
    }
    for (const auto& [role, model] : jobs_.models()) {
      manifest.models[role] = model.fact;
    }
    return manifest;
  }

  // Temperatures that `match` leaves to be found. False if asked to stop.
  bool find_temperatures(const RunDirectory& directory, Segment& segment) {
    for (Condition& condition : config_.conditions) {
      if (!condition.match) continue;
      const std::optional<MatchResult> found =
          match_temperature(config_, condition, jobs_, directory, batch_size_);
      if (!found) return false;
      condition.sampling.temperature = found->temperature;
      segment.matches[condition.name] = to_json(*found);
    }
    return true;
  }

  // The condition's stories that are not on disk; what the models are sent goes
  // to `sent`.
  ConditionWork plan_condition(const RunDirectory& directory,
                               const Condition& condition,
                               std::vector<SentPrompt>& sent) const {
    ConditionWork work{
        .condition = &condition,
        .hash8 = condition_hash8(
            condition, config_, jobs_.facts(condition, batch_size_)),
        .job = jobs_.make_job(condition, batch_size_),
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
      StoryRequest request = jobs_.make_request(condition, prompt, sent.back());
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
      if (!condition.is_sampled()) continue;
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
      StoryLog log(directory.generations(one.condition->name, one.hash8),
                   process,
                   one.job);
      sample_condition(one, log, progress, segment);
      if (stop_requested()) return false;
    }
    progress.finish();
    return true;
  }

  void sample_condition(const ConditionWork& work,
                        StoryLog& log,
                        Progress& progress,
                        Segment& segment) const {
    const std::string& name = work.condition->name;
    const DecodingStatistics statistics = jobs_.generator().run(
        work.job,
        [&](Story&& story) {
          log.append(to_record(work, story), story);
          progress.advance(name, 1);
        },
        [&](int64_t tokens) {
          progress.advance(name, 0, tokens);
          return !stop_requested();
        });
    log.sync();
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
    GenerationRecord record = story_record(condition, story);
    record.coordinates.prompt_id = work.prompts[story.request]->id;
    record.text = jobs_.text_of(condition, story, record.stop_string);
    record.seed = config_.seed;
    record.stream = random_stream(condition, config_);
    record.key = work.job.requests[story.request].key;
    return record;
  }

  ExperimentConfig config_;  // with the temperatures that were found
  std::vector<Prompt> prompts_;
  Jobs jobs_;
  int64_t batch_size_ = 0;
};

}  // namespace

bool generate(const ExperimentConfig& config, const GenerateOptions& options) {
  install_stop_handlers();
  return Generation(config, options).run();
}

void add_generate_command(CLI::App& app, int& status) {
  struct Options {
    ExperimentArguments experiment;
    ExplainArguments explain;
  };
  CLI::App* command = app.add_subcommand(
      "generate", "sample the stories of an experiment that are missing");
  auto options = std::make_shared<Options>();
  add_experiment_arguments(*command, options->experiment);
  add_explain_arguments(*command, options->explain);
  command->footer(
      "Example: cdx generate configs/quickstart.yaml\n"
      "         cdx generate configs/quickstart.yaml --explain "
      "loyalty-clock/0/12 --condition conformative-g0.5");
  command->callback([options, &status] {
    const ExperimentConfig config = load(options->experiment);
    const int threads = options->experiment.threads;
    if (!options->explain.step.empty()) {
      explain(config, options->explain, threads);
      status = 0;
      return;
    }
    status = generate(config, {.threads = threads}) ? 0 : kResumable;
  });
}

}  // namespace cdx
