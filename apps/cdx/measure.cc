#include "measure.h"

#include "corpus_level.h"
#include "metric_files.h"
#include "options.h"
#include "prompts/prompt.h"
#include "source_texts.h"
#include "store/generation_log.h"
#include "text_sets.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/hash.h"
#include "util/json.h"

#include <fmt/format.h>

namespace cdx {
namespace {

std::filesystem::path measured_file(const RunDirectory& directory) {
  return directory.metrics() / "measured.json";
}

// What the numbers in metrics/ are about.
Json measured_from(const LastStart& last) {
  Json json = {{"config_sha256", sha256(last.segment.config)},
               {"conditions", last.segment.conditions}};
  for (const Condition& condition : last.config.conditions) {
    if (condition.kind != ConditionKind::kFile) continue;
    json["sources"][condition.name] = sha256_file(condition.source.file);
  }
  const std::filesystem::path& scores = last.config.measure.scores;
  if (!scores.empty()) json["scores"] = sha256_file(scores);
  return json;
}

// Every text of the run as metrics take it, one set a condition and prompt.
class Measurement {
 public:
  Measurement(const RunDirectory& directory, const MeasureArguments& arguments)
      : directory_(directory),
        arguments_(arguments),
        last_(last_start(directory)),
        config_(with_extras(last_.config, arguments.extras)),
        prompts_(read_prompts(last_.config.prompts)),
        sets_(config_, config_.measure.metrics) {}

  void run() {
    check_reference(config_);
    collect();
    write_metric_files(directory_.metrics(),
                       {.config = config_,
                        .sets = sets_,
                        .values = sets_.values(
                            directory_.embeddings(last_.config.measure.encoder),
                            arguments_.threads)});
    write_file_atomic(directory_.metrics() / "texts.csv", texts_csv(used_));
    // Last: a measurement that was cut short has none, or that of another one.
    write_file_atomic(measured_file(directory_), pretty(measured_from(last_)));
  }

 private:
  int64_t texts_per_prompt() const {
    const int64_t k = last_.config.measure.texts_per_prompt;
    return k > 0 ? k : last_.config.generation.samples_per_prompt;
  }

  static ExperimentConfig with_extras(ExperimentConfig config,
                                      const MeasureExtras& extras) {
    add_extras(extras, config.measure);
    return config;
  }

  void collect() {
    for (const Condition& condition : last_.config.conditions) {
      Stories stories =
          condition.is_sampled()
              ? stories_of(directory_, last_, condition, prompts_)
              : source_texts(condition, last_.config.prompts, prompts_);
      used_.push_back(keep_first_texts(condition,
                                       texts_per_prompt(),
                                       static_cast<int64_t>(prompts_.size()),
                                       stories));
      say_what_is_left_out(condition);
      for (const Prompt& prompt : prompts_) {
        const auto of_prompt = stories.find(prompt.id);
        if (of_prompt == stories.end()) continue;
        sets_.add(condition, prompt, of_prompt->second);
      }
    }
    if (sets_.sets().empty()) {
      throw UserError(fmt::format(
          "{}: no story of any condition to measure; run cdx generate first",
          directory_.path().string()));
    }
  }

  // A sampled condition may be incomplete: what there is of it is measured.
  void say_what_is_left_out(const Condition& condition) const {
    const UsedTexts& used = used_.back();
    const int64_t wanted =
        static_cast<int64_t>(prompts_.size()) * texts_per_prompt();
    if (condition.is_sampled() && used.texts < wanted) {
      fmt::print(stderr,
                 "cdx: condition '{}' has {} of {} stories: what follows is "
                 "about these\n",
                 condition.name,
                 used.texts,
                 wanted);
      return;
    }
    const std::string words = left_out_words(used, texts_per_prompt());
    if (!words.empty()) fmt::print(stderr, "cdx: {}\n", words);
  }

  const RunDirectory& directory_;
  const MeasureArguments& arguments_;
  LastStart last_;
  ExperimentConfig config_;
  std::vector<Prompt> prompts_;
  TextSets sets_;
  std::vector<UsedTexts> used_;
};

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
  if (!condition.is_sampled()) {
    Stories texts = source_texts(condition, last.config.prompts, prompts);
    for (auto& [prompt, of_prompt] : texts) {
      const auto most = static_cast<size_t>(samples);
      if (of_prompt.size() > most) of_prompt.resize(most);
    }
    return texts;
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

}  // namespace cdx
