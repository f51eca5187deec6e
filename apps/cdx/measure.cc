#include "measure.h"

#include "commands.h"
#include "embed.h"
#include "inference.h"
#include "metrics/evaluate.h"
#include "options.h"
#include "prompts/prompt.h"
#include "report/rows.h"
#include "store/generation_log.h"
#include "util/csv.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/hash.h"
#include "util/json.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

namespace cdx {
namespace {

bool needs(const std::vector<std::string>& metrics, Input input) {
  return std::any_of(metrics.begin(), metrics.end(), [&](const auto& name) {
    return find_metric(name).input == input;
  });
}

TalePrompt tale_prompt(const Prompt& prompt,
                       const std::filesystem::path& file) {
  TalePrompt tale;
  for (const auto& [key, value] :
       {std::pair{"theme", &tale.theme}, {"object", &tale.object}}) {
    const auto field = prompt.fields.find(key);
    if (field == prompt.fields.end()) {
      throw UserError(fmt::format(
          "{}: prompt '{}' has no field '{}', which the tale metrics need; "
          "leave them out of measure.metrics",
          file.string(),
          prompt.id,
          key));
    }
    *value = field->second;
  }
  return tale;
}

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
        prompts_(read_prompts(last_.config.prompts)) {
    if (needs(metrics(), Input::kTales)) load_grammar();
  }

  void run() {
    collect();
    if (needs(metrics(), Input::kEmbeddings)) add_embeddings();
    EvaluateOptions options{.encoder = last_.config.measure.encoder,
                            .slots = {}};
    if (grammar_) options.slots = choice_slots(*grammar_);
    std::vector<MetricValue> values;
    for (const TextSet& set : sets_) {
      std::vector<MetricValue> of_set = evaluate(set, metrics(), options);
      std::move(of_set.begin(), of_set.end(), std::back_inserter(values));
    }
    write(values);
  }

 private:
  const std::vector<std::string>& metrics() const {
    return last_.config.measure.metrics;
  }

  void load_grammar() {
    const std::filesystem::path& file = last_.config.measure.tale_grammar;
    if (file.empty()) {
      throw UserError(
          "measure.metrics names a metric of the tale checker, but "
          "measure.tale_grammar names no grammar "
          "(data/fable/grammar.json is the one of the shipped models)");
    }
    grammar_ = TaleGrammar::load(file);
  }

  void collect() {
    for (const Condition& condition : last_.config.conditions) {
      const auto stories = stories_of(directory_, last_, condition, prompts_);
      int64_t found = 0;
      for (const Prompt& prompt : prompts_) {
        const auto of_prompt = stories.find(prompt.id);
        if (of_prompt == stories.end()) continue;
        add_set(condition, prompt, of_prompt->second);
        found += static_cast<int64_t>(of_prompt->second.size());
      }
      warn_if_incomplete(condition, found);
    }
    if (sets_.empty()) {
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

  void add_set(const Condition& condition,
               const Prompt& prompt,
               const std::vector<GenerationRecord>& records) {
    TextSet set{.condition = condition.name, .prompt_id = prompt.id};
    for (const GenerationRecord& record : records) {
      set.texts.push_back(record.text);
      samples_.push_back(record.coordinates.sample);
      if (condition.kind != ConditionKind::kReferences) {
        set.n_tokens.push_back(record.story_tokens());
        set.finished_by_length.push_back(record.finish_reason == "length");
      }
      if (grammar_) {
        set.tales.push_back(grammar_->check(
            record.text, tale_prompt(prompt, last_.config.prompts.file)));
      }
    }
    sets_.push_back(std::move(set));
  }

  void add_embeddings() {
    std::vector<std::string> texts;
    for (const TextSet& set : sets_) {
      texts.insert(texts.end(), set.texts.begin(), set.texts.end());
    }
    const std::string& encoder = last_.config.measure.encoder;
    const Embeddings all =
        embed(texts,
              {.encoder = encoder,
               .store_folder = directory_.embeddings(encoder),
               .threads = arguments_.threads});
    int64_t row = 0;
    for (TextSet& set : sets_) {
      const auto n = static_cast<int64_t>(set.texts.size());
      set.embeddings = all.middleRows(row, n);
      row += n;
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
    for (const TextSet& set : sets_) {
      first_sample[{set.condition, set.prompt_id}] = row;
      for (size_t i = 0; i < set.tales.size(); ++i) {
        for (size_t slot = 0; slot < grammar_->slots().size(); ++slot) {
          csv += csv_line({set.condition,
                           set.prompt_id,
                           std::to_string(samples_[row + i]),
                           "choice",
                           grammar_->slots()[slot],
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
  std::optional<TaleGrammar> grammar_;
  std::vector<TextSet> sets_;
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
  return {
      .config = parse_experiment(
          segment.config, directory.config_file().string(), {}, metric_names()),
      .segment = segment};
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
