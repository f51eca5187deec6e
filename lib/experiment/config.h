#pragma once

#include "decoding/options.h"
#include "decoding/story.h"
#include "metrics/extract.h"
#include "metrics/gate.h"
#include "prompts/prompt.h"
#include "stats/bootstrap.h"
#include "util/json.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The experiment file as typed options: YAML in, plain structs out, strict.
// Paths in it are relative to the folder that cdx is started in.
namespace cdx {

// Name → value in the order of the file.
template <typename T>
using Named = std::vector<std::pair<std::string, T>>;

struct ModelSource {
  // A Hugging Face folder, or org/name[@revision] in the local cache.
  std::filesystem::path path;
  DeviceOptions device;  // keys `device` and `dtype`
};

// Examples that a model is shown before the prompt: turns of a chat, or text.
struct FewShotOptions {
  // .jsonl of {"prompt": …, "response": …} and the like; empty: no examples.
  std::filesystem::path examples;
  int64_t num_examples = 0;  // >= 1
  // false: the first of the file for every prompt; true: as many in a row from
  // a place that the prompt's id decides.
  bool rotate = false;
  // Of a literal format: holds {prompt} and {response} once each or more.
  std::string example_template;
  std::string separator = "\n\n";  // after each example
};

// How a prompt's text becomes a model's input.
struct PromptFormat {
  // false: `text` is the whole input (key `template`); true: `text` is the
  // user's turn, rendered by the model's own chat template (key `user`).
  bool chat = false;
  std::string text;  // holds {prompt} at least once
  // The whole input is prefix + prompt + suffix, which are taken literally;
  // `text` is empty then.
  bool has_affixes = false;
  std::string prefix, suffix;
  FewShotOptions few_shot;
  // Of a chat: the system's turn, if there is to be one of ours.
  std::optional<std::string> system;
  // Of a chat: today for templates that ask, "2024-07-26"; empty: such a
  // template is refused, for the prompt would change from day to day.
  std::string date;
  // Of a chat: more variables for the template.
  Json chat_template_kwargs = Json::object();
};

enum class ConditionKind {
  kModel,       // one model
  kMixture,     // conformative decoding: base and instruct
  kReferences,  // the texts that the prompt file brings along
  kFile         // texts of another file
};

// Texts that cdx did not sample, JSON lines or CSV.
struct SourceOptions {
  std::filesystem::path file;
  // Fields; empty: the first of the usual names that is there (as in `cdx
  // measure --input`). The group is a prompt's id.
  std::string text, group;
};

// What a temperature is matched on.
enum class MatchOn { kEntropy, kQuality, kDiversity };
std::string_view to_string(MatchOn on);

// A control: the condition's temperature is not given but found, on prompts
// that the experiment does not report on, such that its stories are as random
// (or as good, or as diverse) as those of another condition.
struct MatchOptions {
  MatchOn on = MatchOn::kEntropy;
  std::string target;  // the other condition
  // Of quality and diversity: the metric; its mean over prompts is matched.
  std::string metric;
  // The dev prompts: by default those of the experiment's file that follow
  // the experiment's own.
  PromptOptions prompts;
  int64_t samples_per_prompt = 10;
  // Largest difference from the target, relative to it.
  double tolerance = 0.01;
  double lowest = 0.25, highest = 4;  // temperatures to search
  int64_t max_evaluations = 20;
};

// One cell of the experiment: lists of the file are already expanded.
struct Condition {
  std::string name;
  ConditionKind kind = ConditionKind::kModel;
  // Roles: one, {base, instruct} for a mixture ({base, expert, antiexpert} of
  // rule proxy), none for texts that are not sampled.
  std::vector<std::string> models;
  std::vector<std::string> formats;  // names, one a model
  MixOptions mix;                    // of a mixture
  // Added tokens of the base and what the instruct model calls the same ids
  // (key mix.renamed_specials); a mixture is refused for any other difference.
  std::vector<std::pair<std::string, std::string>> renamed_pieces;
  // Of a mixture, a control: the base is given another prompt than its own.
  bool other_guide_prompt = false;
  SamplingOptions sampling;
  EndOptions end;
  std::optional<MatchOptions> match;
  SourceOptions source;  // of a file

  bool is_sampled() const {
    return kind == ConditionKind::kModel || kind == ConditionKind::kMixture;
  }
  // The model whose text and end a story follows: instruct, expert, the only.
  size_t lead() const { return models.size() > 1 ? 1 : 0; }
};

struct ScoreOptions {
  // Roles of the models under which every story is scored; none: not scored.
  std::vector<std::string> models;
};

enum class LongText {
  kWindows,  // if they are many, also whole: the mean of windows' embeddings
  kTruncate  // what is beyond the limit counts for nothing
};

constexpr std::string_view to_string(LongText how) {
  return how == LongText::kWindows ? "windows" : "truncate";
}

struct MeasureOptions {
  // Names as `cdx metrics` lists them.
  std::vector<std::string> metrics = {"distinct_1",
                                      "distinct_2",
                                      "distinct_3",
                                      "compression_ratio_gzip",
                                      "mean_pairwise_distance",
                                      "vendi_score",
                                      "duplicate_rate",
                                      "length_tokens",
                                      "length_words",
                                      "finish_length_rate"};
  // Sentence encoder: a folder, or the name of an installed one.
  std::string encoder = "all-MiniLM-L6-v2";
  // Grammar file of the metrics on recognised choices; empty: none.
  std::filesystem::path tale_grammar;
  // What is taken off every text for a second set of numbers, variant
  // ".../extracted"; none: no such set.
  std::vector<ExtractRule> extract;
  // And on texts of one length, variant ".../matched_length": of a prompt all
  // are cut to the shortest with at least length_floor words, shorter ones left
  // out.
  bool match_length = false;
  int64_t length_floor = 50;
  // How an encoder reads texts that are too long for it.
  LongText long_text = LongText::kWindows;
  // Words of a stretch in metrics/by_position.csv; 0: no such file.
  int64_t by_position = 0;
  // metrics/bounds.csv: what the metrics say of the same texts dealt over the
  // prompts at random, and of one text repeated.
  bool bounds = false;
  // Every condition uses the first so many texts of a prompt; one of texts
  // that were not sampled only the prompts with at least so many. 0:
  // generation.samples_per_prompt.
  int64_t texts_per_prompt = 0;
  // A second number, of level corpus, for the metrics that have one: of all
  // texts of a condition on the prompts that every condition has.
  bool corpus = false;
  // Intervals of the numbers of level corpus, by leaving prompts out.
  bool corpus_intervals = false;
  // The condition that mauve, knn_recall, … hold the others against; "": none.
  std::string reference;
  // Permutations behind each test of these; 0: not tested.
  int64_t permutations = 999;
  // Which stories the effective_* metrics count; they need one.
  std::optional<QualityGate> quality_gate;
  // Scores of other programs, JSON lines or CSV; they are the metric `score`.
  std::filesystem::path scores;
  // metrics/rarefaction.csv and metrics/reliability.csv.
  bool rarefaction = false;
  bool reliability = false;
  // Resamples of prompts behind each interval; >= 100.
  int64_t bootstrap_resamples = 9999;
};

// What is asked of several model families, training seeds or anything else of
// which each gives one pair of conditions: n is their number.
struct AcrossOptions {
  std::string name;  // what changes from a to b: "tuning"
  std::string unit;  // what n counts: "family", "training seed"
  std::vector<std::pair<std::string, std::string>> pairs;  // 5 at least
};

struct ReportOptions {
  // The condition that others are set against; the first one by default.
  std::string baseline;
  // Pairs of conditions, globs expanded; the baseline against every other
  // condition by default.
  std::vector<std::pair<std::string, std::string>> compare;
  // Groups of conditions in rising order of what is varied; by default one
  // group for each list of three or more γ.
  std::vector<std::vector<std::string>> trend;
  // Stages of training in order, of which the steps between them are compared;
  // none by default.
  std::vector<std::vector<std::string>> stages;
  std::vector<AcrossOptions> across;
  // The family of tests that Holm's correction is over, declared before the
  // data are seen; none: all metrics of diversity and quality. The rest is
  // exploratory.
  std::vector<std::string> primary;
  // Metric → the largest mean difference that counts as none, in its unit.
  Named<double> margins;
  IntervalMethod interval = IntervalMethod::kBySize;
};

struct ExperimentConfig {
  std::string name;
  std::filesystem::path output;  // runs/${name} by default
  int64_t seed = 0;
  // All conditions draw with the same random numbers.
  bool common_random_numbers = false;
  Named<ModelSource> models;  // by role
  PromptOptions prompts;
  Named<PromptFormat> formats;
  GenerationOptions generation;
  std::vector<Condition> conditions;
  ScoreOptions score;
  MeasureOptions measure;
  ReportOptions report;
};

template <typename T>
std::vector<std::string> names_of(const Named<T>& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

// Reads an experiment file, with "key.path=value" overrides applied before
// anything is checked. `known_metrics` are the names that measure.metrics may
// hold. Throws UserError("configs/x.yaml:12: …") for the first key that is
// unknown, missing, of the wrong type or in an impossible combination.
ExperimentConfig load_experiment(const std::filesystem::path& file,
                                 const std::vector<std::string>& overrides,
                                 const std::vector<std::string>& known_metrics);

// The same on text; `file` is only what messages call it.
ExperimentConfig parse_experiment(
    const std::string& text,
    const std::string& file,
    const std::vector<std::string>& overrides,
    const std::vector<std::string>& known_metrics);

// The file with lists expanded, globs resolved and every default written out;
// parsing it gives the same config.
std::string resolved_yaml(const ExperimentConfig& config);

// The value called `name`; std::out_of_range if there is none.
template <typename T>
const T& named(const Named<T>& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name) return value;
  }
  throw std::out_of_range("no value named " + std::string(name));
}

}  // namespace cdx
