#include "match.h"

#include "experiment/condition_json.h"
#include "metrics/metric.h"
#include "store/folders.h"
#include "store/generation_log.h"
#include "story_record.h"
#include "text_sets.h"
#include "util/errors.h"
#include "util/files.h"
#include "util/hash.h"
#include "util/stop.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace cdx {
namespace {

// Temperatures are tried, and kept, with four decimals.
double rounded(double temperature) {
  return std::round(temperature * 1e4) / 1e4;
}

class Search {
 public:
  Search(const ExperimentConfig& config,
         const Condition& condition,
         const Jobs& jobs,
         const RunDirectory& directory,
         int64_t batch_size)
      : config_(config),
        condition_(condition),
        match_(*condition.match),
        jobs_(jobs),
        directory_(directory),
        batch_size_(batch_size),
        prompts_(read_prompts(dev_options())) {
    check_metric();
    refuse_own_prompts();
    read_evaluations();
  }

  std::optional<MatchResult> run() {
    const std::optional<double> target = value_of(target_condition());
    if (!target) return std::nullopt;
    MatchResult result{.target = *target, .tolerance = match_.tolerance};
    double temperature = std::clamp(1.0, match_.lowest, match_.highest);
    while (result.evaluations < match_.max_evaluations) {
      Condition tried = condition_;
      tried.sampling.temperature = rounded(temperature);
      const std::optional<double> value = value_of(tried);
      if (!value) return std::nullopt;
      ++result.evaluations;
      if (result.evaluations == 1 ||
          std::abs(*value - *target) < std::abs(result.reached - *target)) {
        result.temperature = tried.sampling.temperature;
        result.reached = *value;
      }
      say(tried.sampling.temperature, *value, *target);
      if (is_reached(result)) return result;
      narrow(tried.sampling.temperature, *value, *target);
      temperature = next(*target);
    }
    throw UserError(fmt::format(
        "condition '{}': match: after {} evaluations the nearest {} is {:.4g} "
        "(temperature {}), the target is {:.4g}: raise tolerance (it is {}), "
        "samples_per_prompt or the number of prompts",
        condition_.name,
        result.evaluations,
        what(),
        result.reached,
        result.temperature,
        result.target,
        match_.tolerance));
  }

 private:
  struct End {
    double temperature = 0;
    std::optional<double> value;
  };

  PromptOptions dev_options() const {
    PromptOptions options = match_.prompts;
    options.id_field = config_.prompts.id_field;
    options.text_field = config_.prompts.text_field;
    options.references_field = config_.prompts.references_field;
    return options;
  }

  void refuse_own_prompts() const {
    for (const Prompt& own : read_prompts(config_.prompts)) {
      for (const Prompt& dev : prompts_) {
        if (own.id != dev.id && own.text != dev.text) continue;
        throw UserError(fmt::format(
            "condition '{}': match.prompts: prompt '{}' is one of the "
            "experiment's own; the search needs others",
            condition_.name,
            dev.id));
      }
    }
  }

  const Condition& target_condition() const {
    return *std::find_if(
        config_.conditions.begin(), config_.conditions.end(), [&](auto& other) {
          return other.name == match_.target;
        });
  }

  std::string what() const {
    return match_.on == MatchOn::kEntropy ? "entropy" : match_.metric;
  }

  // True if the value rises with the temperature.
  bool rises() const {
    return match_.on == MatchOn::kEntropy ||
           find_metric(match_.metric).direction ==
               Direction::kHigherIsMoreDiverse;
  }

  void check_metric() const {
    if (match_.on == MatchOn::kEntropy) return;
    const MetricDescriptor& metric = find_metric(match_.metric);
    const Direction direction = metric.direction;
    const bool is_quality = direction == Direction::kHigherIsBetterQuality;
    if (direction != Direction::kControl && metric.level != Level::kCorpus &&
        is_quality == (match_.on == MatchOn::kQuality)) {
      return;
    }
    throw UserError(fmt::format(
        "condition '{}': match.metric: {} is no metric of {}; `cdx metrics` "
        "lists them",
        condition_.name,
        match_.metric,
        to_string(match_.on)));
  }

  bool is_reached(const MatchResult& result) const {
    return std::abs(result.reached - result.target) <=
           match_.tolerance * std::abs(result.target);
  }

  void narrow(double temperature, double value, double target) {
    const bool too_low = rises() ? value < target : value > target;
    (too_low ? low_ : high_) = {temperature, value};
  }

  // Between two values where the straight line through them, over the logarithm
  // of the temperature, meets the target, but not too near to either; beyond
  // the only one by half as much again.
  double next(double target) const {
    if (low_.value && high_.value) {
      const double share =
          (target - *low_.value) / (*high_.value - *low_.value);
      const double bounded = std::clamp(share, 0.1, 0.9);
      return low_.temperature *
             std::pow(high_.temperature / low_.temperature, bounded);
    }
    const double known = low_.value ? low_.temperature : high_.temperature;
    const double bound = low_.value ? match_.highest : match_.lowest;
    if (known == rounded(bound)) {
      throw UserError(
          fmt::format("condition '{}': match: even at temperature {}, the end "
                      "of the range, "
                      "{} is {:.4g}, and the target is {:.4g}: widen "
                      "match.temperatures, or "
                      "take another target",
                      condition_.name,
                      known,
                      what(),
                      low_.value ? *low_.value : *high_.value,
                      target));
    }
    return low_.value ? std::min(known * 1.5, bound)
                      : std::max(known / 1.5, bound);
  }

  // What decides a condition's value on the dev prompts.
  std::string key_of(const Condition& condition) const {
    Json key = {{"condition",
                 condition_hash_input(
                     condition, config_, jobs_.facts(condition, batch_size_))},
                {"on", what()},
                {"samples", match_.samples_per_prompt},
                {"encoder", config_.measure.encoder}};
    for (const Prompt& prompt : prompts_) {
      key["prompts"].push_back({prompt.id, prompt.text});
    }
    return sha256(dump_json(key)).substr(0, 16);
  }

  void read_evaluations() {
    for (const auto& file :
         files_with_extension(directory_.matches(), ".jsonl")) {
      for_each_line(file, [&](std::string_view line, int64_t number) {
        const std::string where = fmt::format("{}:{}", file.string(), number);
        const Json json = Json::parse(line, nullptr, false);
        if (!json.is_object()) return;  // cut off by a crash
        known_[json_string(json, "key", where)] =
            json_double(json, "value", where);
      });
    }
  }

  void keep(const Condition& condition, const std::string& key, double value) {
    if (!log_) {
      log_ = std::make_unique<AppendLog>(
          directory_.matches() / (file_name_of(condition_.name) + "-" +
                                  unique_process_name("match", 0) + ".jsonl"));
    }
    known_[key] = value;
    log_->append(dump_json(Json{{"key", key},
                                {"condition", condition.name},
                                {"temperature", condition.sampling.temperature},
                                {"on", what()},
                                {"value", value}}));
    log_->sync();
  }

  std::optional<double> value_of(const Condition& condition) {
    const std::string key = key_of(condition);
    if (const auto known = known_.find(key); known != known_.end()) {
      return known->second;
    }
    const std::optional<double> value = compute(condition);
    if (value) keep(condition, key, *value);
    return value;
  }

  std::optional<double> compute(const Condition& condition) const {
    DecodingJob job = jobs_.make_job(condition, batch_size_);
    job.token_records = false;
    for (const Prompt& prompt : prompts_) {
      SentPrompt sent;
      job.requests.push_back(jobs_.make_request(condition, prompt, sent));
      for (int64_t i = 0; i < match_.samples_per_prompt; ++i) {
        job.requests.back().samples.push_back(i);
      }
    }
    std::vector<std::vector<GenerationRecord>> stories(prompts_.size());
    jobs_.generator().run(
        job,
        [&](Story&& story) {
          GenerationRecord record = story_record(condition, story);
          record.text = jobs_.text_of(condition, story, record.stop_string);
          stories[story.request].push_back(std::move(record));
        },
        [](int64_t) { return !stop_requested(); });
    if (stop_requested()) return std::nullopt;
    for (auto& of_prompt : stories) {
      std::sort(of_prompt.begin(), of_prompt.end(), [](auto& a, auto& b) {
        return a.coordinates.sample < b.coordinates.sample;
      });
    }
    return match_.on == MatchOn::kEntropy ? mean_entropy(stories)
                                          : mean_metric(condition, stories);
  }

  // Of the distributions that the tokens were drawn from.
  static double mean_entropy(
      const std::vector<std::vector<GenerationRecord>>& stories) {
    double sum = 0, tokens = 0;
    for (const auto& of_prompt : stories) {
      for (const GenerationRecord& record : of_prompt) {
        const auto n = static_cast<double>(record.token_ids.size());
        sum += record.entropy_sampled * n;
        tokens += n;
      }
    }
    return sum / tokens;
  }

  // Over prompts, of the metric's first variant; of the stories as they are.
  double mean_metric(
      const Condition& condition,
      const std::vector<std::vector<GenerationRecord>>& stories) const {
    ExperimentConfig config = config_;
    config.measure.extract.clear();
    config.measure.scores.clear();  // of the run's stories, not of these
    if (!match_.metric.starts_with("effective_")) {
      config.measure.quality_gate.reset();
    }
    TextSets sets(config, {match_.metric});
    for (size_t i = 0; i < prompts_.size(); ++i) {
      sets.add(condition, prompts_[i], stories[i]);
    }
    double sum = 0;
    std::string before;
    for (const MetricValue& value : sets.values(
             directory_.embeddings(config_.measure.encoder), /*threads=*/0)) {
      if (value.prompt_id == before) continue;
      before = value.prompt_id;
      sum += value.value;
    }
    const double mean = sum / static_cast<double>(prompts_.size());
    if (!std::isfinite(mean)) {
      throw UserError(fmt::format(
          "condition '{}': match: {} is not defined for every dev prompt",
          condition_.name,
          match_.metric));
    }
    return mean;
  }

  void say(double temperature, double value, double target) const {
    fmt::print(stderr,
               "match  {}  temperature {}: {} {:.4g} (target {:.4g} of {})\n",
               condition_.name,
               temperature,
               what(),
               value,
               target,
               match_.target);
  }

  const ExperimentConfig& config_;
  const Condition& condition_;
  const MatchOptions& match_;
  const Jobs& jobs_;
  const RunDirectory& directory_;
  int64_t batch_size_;
  std::vector<Prompt> prompts_;
  std::map<std::string, double> known_;
  std::unique_ptr<AppendLog> log_;
  End low_, high_;  // of the temperatures tried
};

}  // namespace

Json to_json(const MatchResult& result) {
  return {{"temperature", result.temperature},
          {"target", result.target},
          {"reached", result.reached},
          {"tolerance", result.tolerance},
          {"evaluations", result.evaluations}};
}

std::optional<MatchResult> match_temperature(const ExperimentConfig& config,
                                             const Condition& condition,
                                             const Jobs& jobs,
                                             const RunDirectory& directory,
                                             int64_t batch_size) {
  return Search(config, condition, jobs, directory, batch_size).run();
}

}  // namespace cdx
