#include "measure_files.h"

#include "corpus_level.h"
#include "metric_files.h"
#include "outside.h"
#include "report.h"
#include "util/counted.h"
#include "util/errors.h"
#include "util/progress.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShownPrompts = 5, kShownTexts = 2;

// Texts by prompt and condition, both in the order in which they came.
struct Grouped {
  std::vector<std::string> conditions, prompts;
  std::map<std::pair<std::string, std::string>, std::vector<FileText*>>
      texts;  // {condition, prompt}
};

template <typename T>
void add_once(const T& value, std::set<T>& seen, std::vector<T>& order) {
  if (seen.insert(value).second) order.push_back(value);
}

Grouped grouped(TextFiles& files) {
  Grouped result;
  std::set<std::string> conditions, prompts;
  for (FileText& text : files.texts) {
    add_once(text.condition, conditions, result.conditions);
    add_once(text.prompt_id, prompts, result.prompts);
    result.texts[{text.condition, text.prompt_id}].push_back(&text);
  }
  return result;
}

// Leaves each condition of a prompt with as many texts as the smallest has;
// returns how many were left out.
int64_t cut_to_equal_numbers(Grouped& all) {
  std::map<std::string, size_t> fewest;
  for (const auto& [key, texts] : all.texts) {
    const auto at = fewest.emplace(key.second, texts.size()).first;
    at->second = std::min(at->second, texts.size());
  }
  int64_t left_out = 0;
  for (auto& [key, texts] : all.texts) {
    left_out += static_cast<int64_t>(texts.size() - fewest.at(key.second));
    texts.resize(fewest.at(key.second));
  }
  return left_out;
}

// Reads the files, saying how far it is: of a million texts it takes a while.
TextFiles read_with_progress(TextFileOptions options) {
  constexpr int64_t kMegabyte = 1'000'000;
  constexpr double kQuietSeconds = 1;
  int64_t bytes = 0, shown = 0, lines = 0;
  Progress progress("read", "MB", input_bytes(options) / kMegabyte, 0);
  progress.set_rate_unit("lines");
  progress.set_quiet_time(kQuietSeconds);
  options.on_line = [&](int64_t of_line) {
    bytes += of_line;
    ++lines;
    if (bytes / kMegabyte == shown) return;
    progress.advance("", bytes / kMegabyte - shown, lines);
    shown = bytes / kMegabyte;
    lines = 0;
  };
  return read_text_files(options);
}

class FilesMeasurement {
 public:
  explicit FilesMeasurement(const MeasureFilesArguments& arguments)
      : arguments_(arguments),
        files_(read_with_progress(arguments.files)),
        all_(grouped(files_)),
        left_out_(cut_to_equal_numbers(all_)),
        config_(config()),
        sets_(config_, config_.measure.metrics) {}

  void run() {
    say_what_was_read();
    collect();
    give_outside();
    const fs::path metrics = arguments_.out / "metrics";
    write_metric_files(
        metrics,
        {.config = config_,
         .sets = sets_,
         .values = sets_.values(arguments_.out / "embeddings" /
                                    fs::path(arguments_.encoder).filename(),
                                arguments_.threads)});
    write_and_print(report_data(metrics), arguments_.out / "report");
  }

 private:
  ExperimentConfig config() const {
    ExperimentConfig config;
    const fs::path out = arguments_.out.lexically_normal();
    config.name = (out.has_filename() ? out : out.parent_path()).filename();
    config.output = arguments_.out;
    config.measure.metrics = metrics_of(arguments_, files_);
    config.measure.extract = extract_rules(arguments_.extract);
    config.measure.encoder = arguments_.embeddings.empty()
                                 ? arguments_.encoder
                                 : arguments_.embeddings.stem().string();
    add_extras(arguments_.extras, config.measure);
    if (!arguments_.embeddings.empty() &&
        (config.measure.match_length || config.measure.by_position > 0)) {
      throw UserError(
          "--embeddings are of whole texts: not with --match-length or "
          "--by-position");
    }
    for (const std::string& name : all_.conditions) {
      config.conditions.push_back(
          {.name = name, .kind = ConditionKind::kReferences});
    }
    config.report = report_options(arguments_, all_.conditions);
    config.measure.reference = arguments_.reference;
    check_condition("--reference", arguments_.reference, all_.conditions);
    check_reference(config);
    check_tested(config);
    return config;
  }

  void say_what_was_read() const {
    fmt::print(stderr,
               "cdx: {} of {} and {} (text: \"{}\", group: \"{}\", "
               "condition: {})\n",
               counted(files_.texts.size(), "text"),
               counted(all_.conditions.size(), "condition"),
               counted(all_.prompts.size(), "prompt"),
               files_.text,
               files_.group,
               files_.condition.empty()
                   ? "the files' names"
                   : fmt::format("\"{}\"", files_.condition));
    if (left_out_ > 0) {
      fmt::print(stderr,
                 "cdx: {} left out, so that for each prompt all conditions "
                 "have equally many\n",
                 counted(left_out_, "text"));
    }
    const auto& pairs = config_.report.compare;
    const bool all_with_reference =
        std::all_of(pairs.begin(), pairs.end(), [&](const auto& pair) {
          return pair.first == arguments_.reference ||
                 pair.second == arguments_.reference;
        });
    if (!arguments_.reference.empty() && all_with_reference) {
      fmt::print(stderr,
                 "cdx: metrics against '{}' are tested only between two other "
                 "conditions; --compare names such pairs\n",
                 arguments_.reference);
    }
    if (files_.bad_lines > 0) {
      fmt::print(stderr,
                 "cdx: {} left out that could not be read, the first: {}\n",
                 counted(files_.bad_lines, "line"),
                 files_.first_bad);
    }
  }

  // Moves the texts into the sets.
  void collect() {
    for (const Condition& condition : config_.conditions) {
      for (const std::string& id : all_.prompts) {
        const auto texts = all_.texts.find({condition.name, id});
        if (texts == all_.texts.end()) continue;
        std::vector<GenerationRecord> records;
        for (FileText* text : texts->second) {
          const auto sample = static_cast<int64_t>(records.size());
          records.push_back({.coordinates = {id, condition.name, sample},
                             .text = std::move(text->text),
                             .finish_reason = text->finish_reason});
          read_at_.push_back(text - files_.texts.data());
        }
        sets_.add(condition,
                  Prompt{.id = id, .text = texts->second.front()->prompt},
                  records);
      }
    }
  }

  // Place of each text, in the order of the files.
  std::vector<TextPlace> places() const {
    std::map<std::pair<std::string, std::string>, int64_t> count;
    std::vector<TextPlace> places;
    for (const FileText& text : files_.texts) {
      int64_t& sample = count[{text.condition, text.prompt_id}];
      places.push_back({text.condition, text.prompt_id, sample++});
    }
    return places;
  }

  // Brings what other programs made into the order of the sets.
  void give_outside() {
    const auto n = static_cast<int64_t>(read_at_.size());
    Embeddings embeddings;
    std::vector<std::string> classes;
    if (!arguments_.embeddings.empty()) {
      const Embeddings read =
          read_outside_embeddings(arguments_.embeddings, places());
      embeddings.resize(n, read.cols());
      for (int64_t i = 0; i < n; ++i) {
        embeddings.row(i) = read.row(read_at_[static_cast<size_t>(i)]);
      }
    }
    if (!arguments_.classes.empty()) {
      const std::vector<std::string> read =
          read_outside_classes(arguments_.classes, places());
      for (const int64_t at : read_at_) {
        classes.push_back(read[static_cast<size_t>(at)]);
      }
    }
    sets_.give(embeddings, classes, arguments_.classes.stem().string());
  }

  ReportData report_data(const fs::path& metrics) const {
    ReportData data;
    data.name = config_.name;
    data.baseline = config_.report.baseline;
    data.metrics = report_metrics(config_.measure.metrics);
    data.scope = "over prompts, for these texts";
    for (const Condition& condition : config_.conditions) {
      data.conditions.push_back({condition.name, "texts from a file"});
    }
    read_metric_files(metrics, data);
    add_examples(data);
    for (const std::string& input : arguments_.files.inputs) {
      data.facts.emplace_back("input", input);
    }
    add_tools(config_.measure, data);
    data.command = command_of(arguments_, files_);
    return data;
  }

  // There is such a set.
  const std::vector<std::string>& texts_of(const std::string& condition,
                                           const std::string& id) const {
    return std::find_if(sets_.sets().begin(),
                        sets_.sets().end(),
                        [&](const TextSet& set) {
                          return set.condition == condition &&
                                 set.prompt_id == id;
                        })
        ->texts;
  }

  void add_examples(ReportData& data) const {
    const size_t shown = std::min(kShownPrompts, all_.prompts.size());
    for (size_t i = 0; i < shown; ++i) {
      const std::string& id = all_.prompts[i];
      SamplePrompt prompt{.id = id, .text = {}, .seen = {}};
      for (const std::string& condition : all_.conditions) {
        const auto texts = all_.texts.find({condition, id});
        if (texts == all_.texts.end()) continue;
        prompt.text = texts->second.front()->prompt;
        const std::vector<std::string>& shown_texts = texts_of(condition, id);
        const size_t count = std::min(kShownTexts, shown_texts.size());
        for (size_t k = 0; k < count; ++k) {
          data.sample_stories.push_back(
              {.condition = condition,
               .prompt_id = id,
               .sample = static_cast<int64_t>(k),
               .text = shown_texts[k],
               .finish_reason = texts->second[k]->finish_reason});
        }
      }
      data.sample_prompts.push_back(std::move(prompt));
    }
  }

  const MeasureFilesArguments& arguments_;
  TextFiles files_;
  Grouped all_;
  int64_t left_out_;
  ExperimentConfig config_;
  TextSets sets_;
  std::vector<int64_t> read_at_;  // of each, its index in files_.texts
};

}  // namespace

void measure_files(const MeasureFilesArguments& arguments) {
  FilesMeasurement(arguments).run();
}

}  // namespace cdx
