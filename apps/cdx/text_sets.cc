#include "text_sets.h"

#include "embed.h"
#include "metrics/off_prompt.h"
#include "metrics/text_numbers.h"
#include "util/csv.h"
#include "util/errors.h"
#include "util/parallel.h"
#include "util/progress.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <mutex>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

constexpr const char* kWindows = "windows";

bool needs(const std::vector<std::string>& metrics, Input input) {
  return std::any_of(metrics.begin(), metrics.end(), [&](const auto& name) {
    return find_metric(name).input == input;
  });
}

void append_texts(const std::vector<TextSet>& sets,
                  std::vector<std::string>& texts) {
  for (const TextSet& set : sets) {
    texts.insert(texts.end(), set.texts.begin(), set.texts.end());
  }
}

// Rows in the order of the texts of all sets.
void give_rows(const Embeddings& rows,
               const std::vector<std::vector<TextSet>*>& lists) {
  int64_t row = 0;
  for (std::vector<TextSet>* sets : lists) {
    for (TextSet& set : *sets) {
      const auto n = static_cast<int64_t>(set.texts.size());
      set.embeddings = rows.middleRows(row, n);
      row += n;
    }
  }
}

std::string what_is_seen(const std::vector<TextSet>& sets,
                         const std::vector<double>& shares,
                         bool windows) {
  struct Seen {
    int64_t texts = 0, cut = 0;
    double sum = 0, least = 1;
  };
  std::vector<std::pair<std::string, Seen>> conditions;
  size_t row = 0;
  for (const TextSet& set : sets) {
    if (conditions.empty() || conditions.back().first != set.condition) {
      conditions.emplace_back(set.condition, Seen());
    }
    Seen& seen = conditions.back().second;
    for (size_t i = 0; i < set.texts.size(); ++i, ++row) {
      seen.texts += 1;
      seen.cut += shares[row] < 1 ? 1 : 0;
      seen.sum += shares[row];
      seen.least = std::min(seen.least, shares[row]);
    }
  }
  std::string csv = csv_line(
      {"condition", "n_texts", "n_cut", "share_seen", "least_seen", "windows"});
  for (const auto& [condition, seen] : conditions) {
    csv += csv_line({condition,
                     std::to_string(seen.texts),
                     std::to_string(seen.cut),
                     csv_number(seen.sum / static_cast<double>(seen.texts)),
                     csv_number(seen.least),
                     windows ? "yes" : "no"});
  }
  return csv;
}

constexpr double kQuietSeconds = 1;

int64_t count_texts(const std::vector<TextSet>& sets) {
  int64_t count = 0;
  for (const TextSet& set : sets) {
    count += static_cast<int64_t>(set.texts.size());
  }
  return count;
}

// Sets in their order, several at a time.
std::vector<MetricValue> evaluate_all(const std::vector<TextSet>& sets,
                                      const std::vector<std::string>& metrics,
                                      const EvaluateOptions& options,
                                      int threads) {
  Progress progress("measure", "texts", count_texts(sets), 0);
  progress.set_quiet_time(kQuietSeconds);
  std::mutex mutex;
  std::vector<std::vector<MetricValue>> of_sets(sets.size());
  parallel_for(sets.size(), threads, [&](size_t i) {
    of_sets[i] = evaluate(sets[i], metrics, options);
    const std::lock_guard lock(mutex);
    progress.advance(sets[i].condition,
                     static_cast<int64_t>(sets[i].texts.size()));
  });
  progress.finish();
  std::vector<MetricValue> values;
  for (std::vector<MetricValue>& of_set : of_sets) {
    std::move(of_set.begin(), of_set.end(), std::back_inserter(values));
  }
  return values;
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

}  // namespace

TextSets::TextSets(const ExperimentConfig& config,
                   std::vector<std::string> metrics)
    : config_(config), metrics_(std::move(metrics)) {
  const MeasureOptions& measure = config_.measure;
  const bool tale_gate =
      measure.quality_gate && measure.quality_gate->metric.starts_with("tale_");
  if (needs(metrics_, Input::kTales) || tale_gate) load_grammar();
  if (!measure.scores.empty()) scores_.emplace(measure.scores);
  if (!measure.extract.empty()) changed_.push_back({"extracted", {}});
}

void TextSets::load_grammar() {
  const std::filesystem::path& file = config_.measure.tale_grammar;
  if (file.empty()) {
    throw UserError(
        "measure.metrics names a metric of the tale checker, but "
        "measure.tale_grammar names no grammar "
        "(data/fable/grammar.json is the one of the shipped models)");
  }
  grammar_ = TaleGrammar::load(file);
}

void TextSets::add(const Condition& condition,
                   const Prompt& prompt,
                   const std::vector<GenerationRecord>& records) {
  TextSet set{.condition = condition.name, .prompt_id = prompt.id};
  const bool finishes = std::none_of(
      records.begin(), records.end(), [](const GenerationRecord& record) {
        return record.finish_reason.empty();
      });
  for (const GenerationRecord& record : records) {
    set.samples.push_back(record.coordinates.sample);
    set.texts.push_back(record.text);
    if (condition.is_sampled()) set.n_tokens.push_back(record.story_tokens());
    if (finishes) {
      set.finished_by_length.push_back(record.finish_reason == "length");
    }
    if (grammar_) {
      set.tales.push_back(grammar_->check(
          record.text, tale_prompt(prompt, config_.prompts.file)));
    }
  }
  if (scores_) scores_->attach(set);
  const auto [at, is_new] = prompts_.emplace(prompt.id, prompt_ids_.size());
  if (is_new) {
    prompt_ids_.push_back(prompt.id);
    prompt_texts_.emplace_back();
  }
  std::string& words = prompt_texts_[at->second];
  if (words.empty()) words = prompt.text;
  if (!config_.measure.extract.empty()) add_extracted(set, prompt);
  sets_.push_back(std::move(set));
}

void TextSets::add_extracted(const TextSet& set, const Prompt& prompt) {
  if (hits_.empty() || hits_.back().condition != set.condition) {
    hits_.push_back({.condition = set.condition});
  }
  ExtractHits& hits = hits_.back();
  TextSet extracted{.condition = set.condition, .prompt_id = set.prompt_id};
  for (const std::string& text : set.texts) {
    Extracted one = extract(text, prompt.text, config_.measure.extract);
    ++hits.texts;
    for (size_t rule = 0; rule < kExtractRules; ++rule) {
      hits.hits[rule] += one.hits[rule] ? 1 : 0;
    }
    extracted.texts.push_back(std::move(one.text));
  }
  extracted.samples = set.samples;
  changed_.front().sets.push_back(std::move(extracted));
}

void TextSets::add_matched_length() {
  const bool extracted = !changed_.empty();
  ChangedTexts matched{extracted ? "extracted/matched_length"
                                 : "matched_length"};
  matched.sets = with_matched_length(extracted ? changed_.front().sets : sets_,
                                     config_.measure.length_floor,
                                     matched_csv_);
  changed_.push_back(std::move(matched));
}

void TextSets::add_stretches() {
  const int64_t words = config_.measure.by_position;
  int64_t first = 0;
  for (std::vector<TextSet>& sets : stretches(sets_, words)) {
    stretches_.push_back({first, first + words, std::move(sets)});
    first += words;
  }
}

std::vector<std::vector<TextSet>*> TextSets::embedded_sets() {
  std::vector<std::vector<TextSet>*> lists;
  if (!has_given_embeddings_) lists.push_back(&sets_);
  for (ChangedTexts& changed : changed_) lists.push_back(&changed.sets);
  for (Stretch& stretch : stretches_) lists.push_back(&stretch.sets);
  return lists;
}

void TextSets::add_embeddings(const std::filesystem::path& store_folder,
                              int threads) {
  const std::vector<std::vector<TextSet>*> lists = embedded_sets();
  std::vector<std::string> texts;
  for (const std::vector<TextSet>* sets : lists) append_texts(*sets, texts);
  if (texts.empty()) return;
  give_rows(embed(texts,
                  {.encoder = config_.measure.encoder,
                   .store_folder = store_folder,
                   .threads = threads}),
            lists);
}

// The texts again, with embeddings of all that they say.
void TextSets::add_windows(const std::filesystem::path& store_folder,
                           int threads) {
  ChangedTexts windows{kWindows, sets_};
  std::vector<std::string> texts;
  append_texts(windows.sets, texts);
  give_rows(embed(texts,
                  {.encoder = config_.measure.encoder,
                   .store_folder = store_folder,
                   .threads = threads,
                   .windows = true}),
            {&windows.sets});
  changed_.push_back(std::move(windows));
}

// True if so many texts are longer than the encoder reads that windows are due.
bool TextSets::note_what_is_seen() {
  std::vector<std::string> texts;
  append_texts(sets_, texts);
  const std::vector<double> shares =
      shares_seen(texts, config_.measure.encoder);
  const auto cut = std::count_if(
      shares.begin(), shares.end(), [](double share) { return share < 1; });
  const bool long_texts = static_cast<double>(cut) >
                          kLongTexts * static_cast<double>(shares.size());
  const bool windows = long_texts &&
                       config_.measure.long_text == LongText::kWindows &&
                       has_windows(config_.measure.encoder);
  encoder_csv_ = what_is_seen(sets_, shares, windows);
  if (long_texts) {
    fmt::print(stderr,
               "cdx: {} of {} texts are longer than {} reads; {}\n",
               cut,
               shares.size(),
               config_.measure.encoder,
               windows ? "its metrics are given by windows as well (…/windows)"
                       : "what is beyond counts for nothing");
  }
  return windows;
}

void TextSets::add_off_prompt(const std::filesystem::path& store_folder,
                              int threads) {
  if (has_given_embeddings_) {
    throw UserError(
        "off_prompt_rate needs an encoder for the prompts; with --embeddings "
        "leave it out");
  }
  for (size_t i = 0; i < prompt_ids_.size(); ++i) {
    if (!prompt_texts_[i].empty()) continue;
    throw UserError(fmt::format(
        "off_prompt_rate needs the prompts' texts, and prompt '{}' has none: "
        "give the lines a field \"prompt\", or leave the metric out",
        prompt_ids_[i]));
  }
  prompt_rows_ = unit_rows(embed(prompt_texts_,
                                 {.encoder = config_.measure.encoder,
                                  .store_folder = store_folder,
                                  .threads = threads}),
                           "off_prompt_rate");
  for (TextSet& set : sets_) {
    const size_t own = prompts_.at(set.prompt_id);
    set.off_prompt = off_prompt(
        set.embeddings, prompt_rows_, static_cast<Eigen::Index>(own));
  }
}

void TextSets::give(const Embeddings& embeddings,
                    const std::vector<std::string>& classes,
                    const std::string& partition) {
  int64_t row = 0;
  for (TextSet& set : sets_) {
    const auto n = static_cast<int64_t>(set.texts.size());
    if (embeddings.rows() > 0) set.embeddings = embeddings.middleRows(row, n);
    if (!classes.empty()) {
      set.classes.assign(classes.begin() + row, classes.begin() + row + n);
    }
    row += n;
  }
  has_given_embeddings_ = embeddings.rows() > 0;
  partition_ = partition;
}

// What the gate looks at: before anything expensive, as its name may be wrong.
void TextSets::add_gate() {
  options_.gate = config_.measure.quality_gate;
  for (TextSet& set : sets_) {
    set.gated = numbers_of_texts(set, options_.gate->metric, options_);
  }
  for (const Sets of_condition : by_condition(sets_)) {
    const bool some = std::any_of(
        of_condition.begin(), of_condition.end(), [](const TextSet& set) {
          return std::any_of(set.gated.begin(),
                             set.gated.end(),
                             [](double number) { return !std::isnan(number); });
        });
    if (some) continue;
    throw UserError(fmt::format(
        "the quality gate {}: no text of condition '{}' has such a number; "
        "choose one that all conditions have",
        options_.gate->name(),
        of_condition.front().condition));
  }
}

std::vector<MetricValue> TextSets::values(
    const std::filesystem::path& store_folder, int threads) {
  if (scores_) scores_->finish();
  options_.encoder = config_.measure.encoder;
  options_.partition = partition_;
  if (grammar_) options_.slots = choice_slots(*grammar_);
  const bool by_prompt =
      config_.measure.quality_gate &&
      config_.measure.quality_gate->metric == "off_prompt_rate";
  if (config_.measure.quality_gate && !by_prompt) add_gate();
  if (config_.measure.match_length) add_matched_length();
  if (config_.measure.by_position > 0) add_stretches();
  const bool off_prompt = by_prompt || needs(metrics_, Input::kPrompts);
  if (off_prompt || needs(metrics_, Input::kEmbeddings) ||
      needs(metrics_, Input::kGatedEmbeddings)) {
    const bool windows = !has_given_embeddings_ && note_what_is_seen();
    add_embeddings(store_folder, threads);
    if (off_prompt) add_off_prompt(store_folder, threads);
    if (by_prompt) add_gate();
    if (windows) add_windows(store_folder, threads);
  }
  std::vector<MetricValue> values =
      evaluate_all(sets_, metrics_, options_, threads);
  for (const ChangedTexts& changed : changed_) {
    const std::vector<std::string> metrics =
        changed.name == kWindows
            ? metrics_with(metrics_,
                           {Input::kEmbeddings, Input::kGatedEmbeddings})
            : metrics_with(metrics_, {Input::kTexts, Input::kEmbeddings});
    for (MetricValue& value :
         evaluate_all(changed.sets, metrics, options_, threads)) {
      value.variant += (value.variant.empty() ? "" : "/") + changed.name;
      values.push_back(std::move(value));
    }
  }
  return values;
}

}  // namespace cdx
