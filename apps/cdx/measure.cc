#include "measure.h"

#include "commands.h"
#include "inference.h"
#include "options.h"
#include "prompts/prompt.h"
#include "report/rows.h"
#include "store/generation_log.h"
#include "text_sets.h"
#include "util/csv.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/hash.h"
#include "util/json.h"

#include <algorithm>

#include <fmt/format.h>

namespace cdx {
namespace {

std::filesystem::path measured_file(const RunDirectory& directory) {
  return directory.metrics() / "measured.json";
}

// What the numbers in metrics/ are about.
Json measured_from(const LastStart& last) {
  return {{"config_sha256", sha256(last.segment.config)},
          {"conditions", last.segment.conditions}};
}

// Every text of the run as metrics take it, one set a condition and prompt.
class Measurement {
 public:
  Measurement(const RunDirectory& directory, const MeasureArguments& arguments)
      : directory_(directory),
        arguments_(arguments),
        last_(last_start(directory)),
        prompts_(read_prompts(last_.config.prompts)),
        sets_(last_.config, last_.config.measure.metrics) {}

  void run() {
    collect();
    write(sets_.values(directory_.embeddings(last_.config.measure.encoder),
                       arguments_.threads));
  }

 private:
  void collect() {
    for (const Condition& condition : last_.config.conditions) {
      const auto stories = stories_of(directory_, last_, condition, prompts_);
      int64_t found = 0;
      for (const Prompt& prompt : prompts_) {
        const auto of_prompt = stories.find(prompt.id);
        if (of_prompt == stories.end()) continue;
        sets_.add(condition, prompt, of_prompt->second);
        for (const GenerationRecord& record : of_prompt->second) {
          samples_.push_back(record.coordinates.sample);
        }
        found += static_cast<int64_t>(of_prompt->second.size());
      }
      warn_if_incomplete(condition, found);
    }
    if (sets_.sets().empty()) {
      throw UserError(fmt::format(
          "{}: no story of any condition to measure; run cdx generate first",
          directory_.path().string()));
    }
  }

  void warn_if_incomplete(const Condition& condition, int64_t found) const {
    const int64_t wanted = static_cast<int64_t>(prompts_.size()) *
                           last_.config.generation.samples_per_prompt;
    if (found < wanted) {
      fmt::print(stderr,
                 "cdx: condition '{}' has {} of {} stories: what follows is "
                 "about these\n",
                 condition.name,
                 found,
                 wanted);
    }
  }

  void write(const std::vector<MetricValue>& values) const {
    std::vector<PerPromptRow> per_prompt;
    per_prompt.reserve(values.size());
    for (const MetricValue& value : values) {
      per_prompt.push_back({.condition = value.condition,
                            .prompt_id = value.prompt_id,
                            .metric = value.metric,
                            .level = std::string(to_string(value.level)),
                            .variant = value.variant,
                            .value = value.value,
                            .n_texts = value.n_texts});
    }
    const Inference inference(per_prompt, last_.config);
    const std::filesystem::path folder = directory_.metrics();
    write_file_atomic(folder / "per_text.csv", per_text_csv(values));
    write_file_atomic(folder / "per_prompt.csv", per_prompt_csv(per_prompt));
    write_file_atomic(folder / "summary.csv",
                      summary_csv(inference.summaries()));
    write_file_atomic(folder / "comparisons.csv",
                      comparisons_csv(inference.comparisons()));
    write_file_atomic(folder / "trends.csv", trends_csv(inference.trends()));
    // Last: a measurement that was cut short has none, or that of another one.
    write_file_atomic(measured_file(directory_), pretty(measured_from(last_)));
  }

  // condition, prompt_id, sample, metric, variant, value; and the recognised
  // choice of each slot as metric "choice", variant = slot.
  std::string per_text_csv(const std::vector<MetricValue>& values) const {
    std::string csv = csv_line(
        {"condition", "prompt_id", "sample", "metric", "variant", "value"});
    std::map<std::pair<std::string, std::string>, size_t> first_sample;
    size_t row = 0;
    for (const TextSet& set : sets_.sets()) {
      first_sample[{set.condition, set.prompt_id}] = row;
      for (size_t i = 0; i < set.tales.size(); ++i) {
        for (size_t slot = 0; slot < sets_.grammar()->slots().size(); ++slot) {
          csv += csv_line({set.condition,
                           set.prompt_id,
                           std::to_string(samples_[row + i]),
                           "choice",
                           sets_.grammar()->slots()[slot],
                           set.tales[i].choices[slot]});
        }
      }
      row += set.texts.size();
    }
    for (const MetricValue& value : values) {
      const size_t first = first_sample.at({value.condition, value.prompt_id});
      for (size_t i = 0; i < value.per_text.size(); ++i) {
        csv += csv_line({value.condition,
                         value.prompt_id,
                         std::to_string(samples_[first + i]),
                         value.metric,
                         value.variant,
                         csv_number(value.per_text[i])});
      }
    }
    return csv;
  }

  const RunDirectory& directory_;
  const MeasureArguments& arguments_;
  LastStart last_;
  std::vector<Prompt> prompts_;
  TextSets sets_;
  std::vector<int64_t> samples_;  // of all texts, set after set
};

std::map<std::string, std::vector<GenerationRecord>> references_of(
    const Condition& condition,
    int64_t samples,
    const std::vector<Prompt>& prompts) {
  std::map<std::string, std::vector<GenerationRecord>> stories;
  for (const Prompt& prompt : prompts) {
    for (const std::string& text : prompt.references) {
      std::vector<GenerationRecord>& of_prompt = stories[prompt.id];
      const auto sample = static_cast<int64_t>(of_prompt.size());
      if (sample == samples) break;
      of_prompt.push_back({.coordinates = {.prompt_id = prompt.id,
                                           .condition = condition.name,
                                           .sample = sample},
                           .text = text});
    }
  }
  return stories;
}

}  // namespace

LastStart last_start(const RunDirectory& directory) {
  const std::vector<Segment> segments = directory.segments();
  if (segments.empty()) {
    throw UserError(
        fmt::format("{}: nothing was generated in this run folder yet",
                    directory.path().string()));
  }
  const Segment& segment = segments.back();
  LastStart last{
      .config = parse_experiment(
          segment.config, directory.config_file().string(), {}, metric_names()),
      .segment = segment};
  for (Condition& condition : last.config.conditions) {
    const auto found = segment.matches.find(condition.name);
    if (found == segment.matches.end()) continue;
    condition.sampling.temperature = json_double(
        *found, "temperature", directory.path().string() + "/segments");
  }
  return last;
}

void check_measured(const RunDirectory& directory, const LastStart& last) {
  const std::string path = directory.path().string();
  const std::filesystem::path file = measured_file(directory);
  if (!std::filesystem::exists(file)) {
    throw UserError(fmt::format(
        "{}: this run was not measured yet; run: cdx measure {}", path, path));
  }
  if (parse_json_file(file) != measured_from(last)) {
    throw UserError(
        fmt::format("{}: the experiment was changed since these numbers were "
                    "computed; run: cdx measure {}",
                    path,
                    path));
  }
}

std::map<std::string, std::vector<GenerationRecord>> stories_of(
    const RunDirectory& directory,
    const LastStart& last,
    const Condition& condition,
    const std::vector<Prompt>& prompts) {
  const int64_t samples = last.config.generation.samples_per_prompt;
  if (condition.kind == ConditionKind::kReferences) {
    return references_of(condition, samples, prompts);
  }
  Generations all = read_generations(directory.generations(
      condition.name, last.segment.conditions.at(condition.name)));
  const std::string warning = all.problems.warning();
  if (!warning.empty()) fmt::print(stderr, "cdx: {}\n", warning);
  std::map<std::string, std::vector<GenerationRecord>> stories;
  for (GenerationRecord& record : all.records) {
    if (record.coordinates.sample >= samples) continue;
    stories[record.coordinates.prompt_id].push_back(std::move(record));
  }
  return stories;
}

void measure(const RunDirectory& directory, const MeasureArguments& arguments) {
  Measurement(directory, arguments).run();
}

void add_measure_command(CLI::App& app, int& status) {
  struct Options {
    std::string run;
    MeasureArguments arguments;
  };
  CLI::App* command = app.add_subcommand(
      "measure", "compute the metrics of a run from its stories");
  auto options = std::make_shared<Options>();
  command->add_option("run", options->run, "run folder")->required();
  command
      ->add_option(
          "--threads", options->arguments.threads, "threads of the CPU")
      ->check(CLI::Range(1, 1024));
  command->footer("Example: cdx measure runs/quickstart");
  command->callback([options, &status] {
    measure(RunDirectory::open(options->run), options->arguments);
    status = 0;
  });
}

}  // namespace cdx
