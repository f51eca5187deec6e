#include "measure_files.h"

#include "corpus_level.h"
#include "metric_files.h"
#include "outside.h"
#include "report.h"
#include "util/counted.h"
#include "util/csv.h"
#include "util/errors.h"
#include "util/nearest.h"
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

std::vector<std::string> default_metrics(const TextFiles& files) {
  std::vector<std::string> metrics = MeasureOptions().metrics;
  const bool finishes = std::none_of(
      files.texts.begin(), files.texts.end(), [](const FileText& text) {
        return text.finish_reason.empty();
      });
  std::erase(metrics, "length_tokens");
  if (!finishes) std::erase(metrics, "finish_length_rate");
  return metrics;
}

void check_no_repeats(const char* option,
                      const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (seen.insert(name).second) continue;
    throw UserError(fmt::format("{}: '{}' is named twice", option, name));
  }
}

bool asks_for(const MeasureFilesArguments& arguments, const char* metric) {
  return std::find(arguments.metrics.begin(),
                   arguments.metrics.end(),
                   metric) != arguments.metrics.end();
}

std::vector<std::string> metrics_of(const MeasureFilesArguments& arguments,
                                    const TextFiles& files) {
  if (arguments.classes.empty() && asks_for(arguments, "distinct_classes")) {
    throw UserError(
        "--metrics: distinct_classes needs --classes FILE with the classes");
  }
  check_no_repeats("--metrics", arguments.metrics);
  for (const std::string& name : arguments.metrics) {
    if (find_metric(name).input != Input::kTales) continue;
    throw UserError(fmt::format(
        "--metrics: {} needs a tale grammar, which only an experiment file "
        "names (measure.tale_grammar)",
        name));
  }
  std::vector<std::string> metrics =
      arguments.metrics.empty() ? default_metrics(files) : arguments.metrics;
  if (!arguments.classes.empty() && !asks_for(arguments, "distinct_classes")) {
    metrics.emplace_back("distinct_classes");
  }
  return metrics;
}

std::vector<ExtractRule> extract_rules(const std::vector<std::string>& names) {
  const std::vector<std::string> known(kExtractRuleNames.begin(),
                                       kExtractRuleNames.end());
  std::vector<ExtractRule> rules;
  for (const std::string& name :
       names == std::vector<std::string>{"all"} ? known : names) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      throw UserError(
          fmt::format("--extract {}: no such rule; there are all, {}",
                      name,
                      fmt::join(known, ", ")));
    }
    rules.push_back(static_cast<ExtractRule>(found - known.begin()));
  }
  return rules;
}

// "A:B" with the names of two conditions, which may hold colons.
std::pair<std::string, std::string> pair_of(
    const std::string& pair, const std::vector<std::string>& names) {
  const auto known = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (size_t at = pair.find(':'); at != std::string::npos;
       at = pair.find(':', at + 1)) {
    const std::string a = pair.substr(0, at), b = pair.substr(at + 1);
    if (known(a) && known(b) && a != b) return {a, b};
  }
  throw UserError(fmt::format(
      "--compare {}: write two different conditions, A:B; there are {}",
      pair,
      fmt::join(names, ", ")));
}

void check_condition(const char* option,
                     const std::string& name,
                     const std::vector<std::string>& names) {
  if (name.empty() ||
      std::find(names.begin(), names.end(), name) != names.end()) {
    return;
  }
  const std::string nearest = nearest_name(name, names);
  throw UserError(fmt::format(
      "{} {}: no such condition{}; there are {}",
      option,
      name,
      nearest.empty() ? "" : fmt::format(", did you mean '{}'", nearest),
      fmt::join(names, ", ")));
}

// "METRIC=VALUE"
std::pair<std::string, double> margin_of(const std::string& text) {
  const size_t at = text.find('=');
  double value = kUndefined;
  if (at != std::string::npos) value = parse_csv_number(text.substr(at + 1));
  if (!(value > 0) || !std::isfinite(value)) {
    throw UserError(
        fmt::format("--margins {}: write METRIC=VALUE, the largest difference "
                    "that counts as none, above 0",
                    text));
  }
  return {std::string(find_metric(text.substr(0, at)).name), value};
}

void add_tests(const MeasureFilesArguments& arguments,
               const std::vector<std::string>& names,
               ReportOptions& options) {
  for (const std::string& stage : arguments.stages) {
    check_condition("--stages", stage, names);
  }
  if (arguments.stages.size() == 1 || arguments.stages.size() == 2) {
    throw UserError(
        "--stages: name three conditions or more, in the order of training");
  }
  check_no_repeats("--stages", arguments.stages);
  if (!arguments.stages.empty()) options.stages.push_back(arguments.stages);
  check_no_repeats("--primary", arguments.primary);
  for (const std::string& name : arguments.primary) {
    options.primary.emplace_back(find_metric(name).name);
  }
  std::vector<std::string> with_margin;
  for (const std::string& margin : arguments.margins) {
    options.margins.push_back(margin_of(margin));
    with_margin.push_back(options.margins.back().first);
  }
  check_no_repeats("--margins", with_margin);
}

// What is declared must be measured.
void check_tested(const ExperimentConfig& config) {
  const auto check = [&](const char* option, const std::string& metric) {
    const auto& names = config.measure.metrics;
    if (std::find(names.begin(), names.end(), metric) != names.end()) return;
    throw UserError(fmt::format("{}: {} is not measured; there are {}",
                                option,
                                metric,
                                fmt::join(names, ", ")));
  };
  for (const std::string& name : config.report.primary) {
    check("--primary", name);
  }
  for (const auto& [name, margin] : config.report.margins) {
    check("--margins", name);
  }
}

ReportOptions report_options(const MeasureFilesArguments& arguments,
                             const std::vector<std::string>& names) {
  ReportOptions options;
  options.baseline =
      arguments.baseline.empty() ? names.front() : arguments.baseline;
  check_condition("--baseline", options.baseline, names);
  add_tests(arguments, names, options);
  for (const std::string& pair : arguments.compare) {
    const auto [a, b] = pair_of(pair, names);
    const bool known = std::any_of(
        options.compare.begin(), options.compare.end(), [&](const auto& other) {
          return other == std::pair(a, b) || other == std::pair(b, a);
        });
    if (!known) options.compare.emplace_back(a, b);
  }
  if (!options.compare.empty()) return options;
  for (const std::string& name : names) {
    if (name != options.baseline) {
      options.compare.emplace_back(options.baseline, name);
    }
  }
  return options;
}

// As a shell reads it.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./"
      ",:@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) {
    return word;
  }
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

// The command that measures the same again, fields that were found named.
std::string command_of(const MeasureFilesArguments& arguments,
                       const TextFiles& files) {
  std::string command = "cdx measure --input";
  for (const std::string& input : arguments.files.inputs) {
    command += " " + quoted(input);
  }
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) command += fmt::format(" {} {}", option, quoted(value));
  };
  add("--out", arguments.out.string());
  add("--text", files.text);
  add("--group", files.group);
  add("--condition", files.condition);
  if (arguments.files.skip_bad_lines) command += " --skip-bad-lines";
  add("--metrics", fmt::format("{}", fmt::join(arguments.metrics, ",")));
  add("--extract", fmt::format("{}", fmt::join(arguments.extract, ",")));
  if (arguments.embeddings.empty()) add("--encoder", arguments.encoder);
  add("--embeddings", arguments.embeddings.string());
  add("--classes", arguments.classes.string());
  add("--reference", arguments.reference);
  add("--scores", arguments.extras.scores.string());
  add("--gate", arguments.extras.gate);
  if (arguments.extras.rarefaction) command += " --rarefaction";
  if (arguments.extras.reliability) command += " --reliability";
  if (arguments.extras.match_length) command += " --match-length";
  if (arguments.extras.length_floor > 0) {
    add("--length-floor", std::to_string(arguments.extras.length_floor));
  }
  add("--long-text", arguments.extras.long_text);
  if (arguments.extras.by_position > 0) {
    add("--by-position", std::to_string(arguments.extras.by_position));
  }
  if (arguments.extras.bounds) command += " --bounds";
  add("--baseline", arguments.baseline);
  add("--compare", fmt::format("{}", fmt::join(arguments.compare, ",")));
  add("--stages", fmt::format("{}", fmt::join(arguments.stages, ",")));
  add("--primary", fmt::format("{}", fmt::join(arguments.primary, ",")));
  add("--margins", fmt::format("{}", fmt::join(arguments.margins, ",")));
  return command;
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
