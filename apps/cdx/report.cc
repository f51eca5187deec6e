#include "report/report.h"

#include "commands.h"
#include "measure.h"
#include "metrics/compression.h"
#include "metrics/corpus.h"
#include "metrics/metric.h"
#include "metrics/tale.h"
#include "prompts/prompt.h"
#include "report.h"
#include "report/result_tables.h"
#include "source_texts.h"
#include "util/errors.h"

#include <algorithm>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cdx {
namespace {

constexpr size_t kShownPrompts = 5;
constexpr size_t kShownStories = 2;  // a condition and prompt

bool contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// One metric each for choices, meaning, words and quality, of those measured;
// all of them when none of the four was.
std::vector<std::string> headline(const std::vector<std::string>& measured) {
  std::vector<std::string> names;
  for (const char* name : {"choice_entropy",
                           "mean_pairwise_distance",
                           "distinct_2",
                           "tale_valid"}) {
    if (contains(measured, name)) names.emplace_back(name);
  }
  return names.empty() ? measured : names;
}

std::string describe(const Condition& condition) {
  const SamplingOptions& sampling = condition.sampling;
  const std::string drawn = fmt::format(
      "temperature {}, top-p {}", sampling.temperature, sampling.top_p);
  switch (condition.kind) {
    case ConditionKind::kReferences:
    case ConditionKind::kFile:
      return source_words(condition);
    case ConditionKind::kModel:
      return fmt::format("{} model, {} prompt, {}",
                         condition.models[0],
                         condition.formats[0],
                         drawn);
    case ConditionKind::kMixture:
      break;
  }
  return fmt::format("{} ({} prompt) mixed with {} ({} prompt), γ = {}, {}",
                     condition.models[1],
                     condition.formats[1],
                     condition.models[0],
                     condition.formats[0],
                     condition.mix.gamma,
                     drawn);
}

class Report {
 public:
  explicit Report(const RunDirectory& directory)
      : directory_(directory),
        last_(last_start(directory)),
        prompts_(read_prompts(last_.config.prompts)) {}

  ReportData data() {
    data_.name = last_.config.name;
    add_conditions();
    add_metrics();
    add_rows();
    add_samples();
    add_facts();
    return std::move(data_);
  }

 private:
  const ExperimentConfig& config() const { return last_.config; }

  void add_conditions() {
    data_.baseline = config().report.baseline;
    for (const Condition& condition : config().conditions) {
      data_.conditions.push_back({condition.name, describe(condition)});
    }
    for (const Condition& condition : config().conditions) {
      if (condition.kind == ConditionKind::kMixture) add_series(condition);
    }
  }

  // The base half's condition is what the gap is measured from; the trend's
  // groups are the lines of the figures.
  void add_series(const Condition& mixture) {
    for (const Condition& condition : config().conditions) {
      if (condition.kind == ConditionKind::kModel &&
          condition.models[0] == mixture.models[0]) {
        data_.reference = condition.name;
      }
    }
    if (!data_.series.empty()) return;
    for (const std::vector<std::string>& group : config().report.trend) {
      ReportSeries series{
          .name = "conformative", .parameter = "γ", .points = {}};
      for (const std::string& name : group) {
        series.points.emplace_back(name, gamma_of(name));
      }
      data_.series.push_back(std::move(series));
    }
  }

  double gamma_of(const std::string& name) const {
    for (const Condition& condition : config().conditions) {
      if (condition.name != name) continue;
      if (condition.kind == ConditionKind::kMixture) return condition.mix.gamma;
    }
    return name == data_.reference ? 1 : 0;
  }

  void add_metrics() {
    const std::vector<std::string>& names = config().measure.metrics;
    data_.metrics = report_metrics(names);
    add_corpus_metrics(config().measure, data_.metrics);
    if (contains(names, "tale_valid")) data_.quality = "tale_valid";
    for (const char* axis : {"choice_entropy", "mean_pairwise_distance"}) {
      if (contains(names, axis)) data_.diversity_axes.emplace_back(axis);
    }
  }

  void add_rows() {
    check_measured(directory_, last_);
    read_metric_files(directory_.metrics(), data_);
  }

  void add_samples() {
    const std::vector<SentPrompt> sent = directory_.prompts();
    const size_t shown = std::min(kShownPrompts, prompts_.size());
    for (size_t i = 0; i < shown; ++i) {
      SamplePrompt sample{
          .id = prompts_[i].id, .text = prompts_[i].text, .seen = {}};
      for (const SentPrompt& one : sent) {
        if (one.prompt_id == sample.id) add_seen(one, sample);
      }
      data_.sample_prompts.push_back(std::move(sample));
    }
    std::optional<TaleGrammar> grammar;
    if (!config().measure.tale_grammar.empty()) {
      grammar = TaleGrammar::load(config().measure.tale_grammar);
    }
    for (const Condition& condition : config().conditions) {
      add_stories(condition, shown, grammar);
    }
  }

  static void add_seen(const SentPrompt& sent, SamplePrompt& sample) {
    for (const SentPrompt::Input& input : sent.inputs) {
      const std::pair<std::string, std::string> seen = {input.model,
                                                        input.text};
      if (std::find(sample.seen.begin(), sample.seen.end(), seen) ==
          sample.seen.end()) {
        sample.seen.push_back(seen);
      }
    }
  }

  void add_stories(const Condition& condition,
                   size_t shown,
                   const std::optional<TaleGrammar>& grammar) {
    const auto stories = stories_of(directory_, last_, condition, prompts_);
    for (size_t i = 0; i < shown; ++i) {
      const auto of_prompt = stories.find(prompts_[i].id);
      if (of_prompt == stories.end()) continue;
      const size_t count = std::min(kShownStories, of_prompt->second.size());
      for (size_t k = 0; k < count; ++k) {
        add_story(prompts_[i], of_prompt->second[k], grammar);
      }
    }
  }

  void add_story(const Prompt& prompt,
                 const GenerationRecord& record,
                 const std::optional<TaleGrammar>& grammar) {
    SampleStory story{.condition = record.coordinates.condition,
                      .prompt_id = prompt.id,
                      .sample = record.coordinates.sample,
                      .text = record.text,
                      .finish_reason = record.finish_reason,
                      .valid = std::nullopt,
                      .tags = {}};
    const auto theme = prompt.fields.find("theme");
    const auto object = prompt.fields.find("object");
    if (grammar && theme != prompt.fields.end() &&
        object != prompt.fields.end()) {
      const TaleCheck check =
          grammar->check(record.text, {theme->second, object->second});
      story.valid = check.valid();
      if (!check.grammatical) story.tags.emplace_back("not grammatical");
      if (check.grammatical && !check.agreeing) {
        story.tags.emplace_back("does not agree");
      }
      if (!check.on_prompt) story.tags.emplace_back("off its prompt");
    }
    data_.sample_stories.push_back(std::move(story));
  }

  void add_facts() {
    const Manifest& manifest = last_.segment.manifest;
    auto& facts = data_.facts;
    facts.emplace_back("seed", std::to_string(config().seed));
    facts.emplace_back("common random numbers",
                       config().common_random_numbers ? "yes" : "no");
    for (const auto& [role, model] : manifest.models) {
      facts.emplace_back(
          "model " + role,
          fmt::format(
              "{} (weights {})", model.path, model.weights_hash.substr(0, 8)));
    }
    facts.emplace_back("prompts",
                       fmt::format("{} (SHA-256 {}…)",
                                   manifest.prompts_file,
                                   manifest.prompts_hash.substr(0, 8)));
    facts.emplace_back("batch size", std::to_string(manifest.batch_size));
    for (const auto& [name, version] : manifest.versions) {
      facts.emplace_back(name, version);
    }
    add_tools(config().measure, data_);
    for (const char* key : {"processor", "device", "dtype", "threads"}) {
      const Json value = last_.segment.machine.value(key, Json());
      if (value.is_null()) continue;
      facts.emplace_back(
          key, value.is_string() ? value.get<std::string>() : value.dump());
    }
    add_rates();
    data_.command =
        fmt::format("cdx run {}", directory_.config_file().string());
  }

  // Each condition's rate in the last start that sampled it.
  void add_rates() {
    std::map<std::string, double> rates;
    for (const Segment& segment : directory_.segments()) {
      for (const auto& [name, rate] : segment.rates.items()) {
        rates[name] = json_double(rate, "tokens_per_second", "segment");
      }
    }
    for (const Condition& condition : config().conditions) {
      const auto rate = rates.find(condition.name);
      if (rate == rates.end()) continue;
      data_.facts.emplace_back("tokens/s " + condition.name,
                               fmt::format("{:.0f}", rate->second));
    }
  }

  const RunDirectory& directory_;
  LastStart last_;
  std::vector<Prompt> prompts_;
  ReportData data_;
};

// Columns of the terminal, within reason; 120 where there is none.
size_t terminal_width() {
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return 120;
  }
  return std::clamp<size_t>(size.ws_col, 80, 160);
}

// What the terminal shows: the headline metrics, the page has them all.
ReportData shortened(ReportData data) {
  std::vector<std::string> names;
  for (const ReportMetric& metric : data.metrics) {
    names.push_back(metric.metric);
  }
  const std::vector<std::string> unique = headline(names);
  std::vector<ReportMetric> shown;
  for (const ReportMetric& metric : data.metrics) {
    const bool wanted = contains(unique, metric.metric);
    if (wanted && shown.size() < unique.size()) shown.push_back(metric);
  }
  data.metrics = std::move(shown);
  return data;
}

}  // namespace

std::vector<ReportMetric> report_metrics(
    const std::vector<std::string>& metrics) {
  std::vector<std::string> names = headline(metrics);
  for (const std::string& name : metrics) {
    if (!contains(names, name)) names.push_back(name);
  }
  std::vector<ReportMetric> shown;
  shown.reserve(names.size());
  for (const std::string& name : names) {
    shown.push_back({.metric = name,
                     .level = std::string(to_string(find_metric(name).level)),
                     .variant = name == "choice_entropy" ? "mean" : ""});
  }
  return shown;
}

void add_corpus_metrics(const MeasureOptions& measure,
                        std::vector<ReportMetric>& shown) {
  if (!measure.corpus) return;
  for (const std::string& name : measure.metrics) {
    if (!has_corpus_level(name)) continue;
    shown.push_back({.metric = name,
                     .level = std::string(to_string(Level::kCorpus)),
                     .variant = ""});
  }
}

void add_tools(const MeasureOptions& measure, ReportData& data) {
  data.facts.emplace_back("sentence encoder", measure.encoder);
  const bool compresses = std::any_of(
      measure.metrics.begin(), measure.metrics.end(), [](const auto& name) {
        return name.starts_with("compression_ratio");
      });
  if (compresses) {
    data.facts.emplace_back("compression", compression_libraries());
  }
}

void read_metric_files(const std::filesystem::path& folder, ReportData& data) {
  data.summary = read_summary_csv(folder / "summary.csv");
  data.comparisons = read_comparisons_csv(folder / "comparisons.csv");
  data.trends = read_trends_csv(folder / "trends.csv");
  data.steps = read_steps_csv(folder / "steps.csv");
  data.across = read_across_csv(folder / "across.csv");
  data.per_prompt = read_per_prompt_csv(folder / "per_prompt.csv");
  if (std::filesystem::exists(folder / "bounds.csv")) {
    data.bounds = read_bounds_csv(folder / "bounds.csv");
  }
  if (std::filesystem::exists(folder / "by_position.csv")) {
    data.by_position = read_by_position_csv(folder / "by_position.csv");
  }
  std::vector<std::string> names;
  for (const ReportMetric& metric : data.metrics)
    names.push_back(metric.metric);
  name_scores(data);
  add_changed_texts(headline(names), data);
}

void write_and_print(const ReportData& data,
                     const std::filesystem::path& folder) {
  write_report(data, folder);
  fmt::print("{}\nAll {} metrics, figures and stories: {}\n",
             terminal_tables(shortened(data), terminal_width()),
             data.metrics.size(),
             std::filesystem::absolute(folder / "index.html")
                 .lexically_normal()
                 .string());
}

void report(const RunDirectory& directory) {
  write_and_print(Report(directory).data(), directory.report());
}

void add_report_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "report", "tables, figures and a page from the metrics of a run");
  auto run = std::make_shared<std::string>();
  command->add_option("run", *run, "run folder")->required();
  command->footer("Example: cdx report runs/quickstart");
  command->callback([run, &status] {
    report(RunDirectory::open(*run));
    status = 0;
  });
}

}  // namespace cdx
