#include "measure_files_arguments.h"

#include "metrics/metric.h"
#include "util/csv.h"
#include "util/errors.h"
#include "util/nearest.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cdx {
namespace {

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

// "METRIC=VALUE"
std::pair<std::string, double> margin_of(const std::string& text) {
  const size_t at = text.find('=');
  double value = std::nan("");
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

}  // namespace

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

ReportOptions report_options(const MeasureFilesArguments& arguments,
                             const std::vector<std::string>& names) {
  ReportOptions options;
  options.baseline =
      arguments.baseline.empty() ? names.front() : arguments.baseline;
  check_condition("--baseline", options.baseline, names);
  add_tests(arguments, names, options);
  for (const std::string& pair : arguments.compare) {
    const std::pair<std::string, std::string> named = pair_of(pair, names);
    const bool known = std::any_of(
        options.compare.begin(), options.compare.end(), [&](const auto& other) {
          return other == named ||
                 other == std::pair(named.second, named.first);
        });
    if (!known) options.compare.push_back(named);
  }
  if (!options.compare.empty()) return options;
  for (const std::string& name : names) {
    if (name != options.baseline) {
      options.compare.emplace_back(options.baseline, name);
    }
  }
  return options;
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

std::string command_of(const MeasureFilesArguments& arguments,
                       const TextFiles& files) {
  std::string command = "cdx measure --input";
  for (const std::string& input : arguments.files.inputs) {
    command += fmt::format(" {}", quoted(input));
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

}  // namespace cdx
