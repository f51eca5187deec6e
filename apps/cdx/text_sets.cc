#include "text_sets.h"

#include "embed.h"
#include "metrics/text_numbers.h"
#include "util/errors.h"
#include "util/progress.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cdx {
namespace {

bool needs(const std::vector<std::string>& metrics, Input input) {
  return std::any_of(metrics.begin(), metrics.end(), [&](const auto& name) {
    return find_metric(name).input == input;
  });
}

constexpr double kQuietSeconds = 1;

int64_t count_texts(const std::vector<TextSet>& sets) {
  int64_t count = 0;
  for (const TextSet& set : sets) {
    count += static_cast<int64_t>(set.texts.size());
  }
  return count;
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
  std::vector<int64_t> samples;
  for (const GenerationRecord& record : records) {
    samples.push_back(record.coordinates.sample);
    set.texts.push_back(record.text);
    if (condition.is_sampled()) {
      set.n_tokens.push_back(record.story_tokens());
      set.finished_by_length.push_back(record.finish_reason == "length");
    }
    if (grammar_) {
      set.tales.push_back(grammar_->check(
          record.text, tale_prompt(prompt, config_.prompts.file)));
    }
  }
  if (scores_) scores_->attach(set, samples);
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
  extracted_.push_back(std::move(extracted));
}

// Those of the text alone: what was generated stays as it was.
std::vector<std::string> TextSets::metrics_of_extracted() const {
  std::vector<std::string> metrics;
  for (const std::string& name : metrics_) {
    const Input input = find_metric(name).input;
    if (input == Input::kTexts || input == Input::kEmbeddings) {
      metrics.push_back(name);
    }
  }
  return metrics;
}

void TextSets::add_embeddings(const std::filesystem::path& store_folder,
                              int threads) {
  std::vector<std::string> texts;
  for (const std::vector<TextSet>* sets : {&sets_, &extracted_}) {
    for (const TextSet& set : *sets) {
      texts.insert(texts.end(), set.texts.begin(), set.texts.end());
    }
  }
  const Embeddings all = embed(texts,
                               {.encoder = config_.measure.encoder,
                                .store_folder = store_folder,
                                .threads = threads});
  int64_t row = 0;
  for (std::vector<TextSet>* sets : {&sets_, &extracted_}) {
    for (TextSet& set : *sets) {
      const auto n = static_cast<int64_t>(set.texts.size());
      set.embeddings = all.middleRows(row, n);
      row += n;
    }
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
}

std::vector<MetricValue> TextSets::values(
    const std::filesystem::path& store_folder, int threads) {
  if (scores_) scores_->finish();
  options_.encoder = config_.measure.encoder;
  options_.partition = partition_;
  if (grammar_) options_.slots = choice_slots(*grammar_);
  if (config_.measure.quality_gate) add_gate();
  const bool needs_embeddings = needs(metrics_, Input::kEmbeddings) ||
                                needs(metrics_, Input::kGatedEmbeddings);
  if (needs_embeddings && !has_given_embeddings_) {
    add_embeddings(store_folder, threads);
  }
  std::vector<MetricValue> values;
  Progress progress("measure", "texts", count_texts(sets_), 0);
  progress.set_quiet_time(kQuietSeconds);
  for (const TextSet& set : sets_) {
    std::vector<MetricValue> of_set = evaluate(set, metrics_, options_);
    std::move(of_set.begin(), of_set.end(), std::back_inserter(values));
    progress.advance(set.condition, static_cast<int64_t>(set.texts.size()));
  }
  progress.finish();
  const std::vector<std::string> of_texts = metrics_of_extracted();
  for (const TextSet& set : extracted_) {
    for (MetricValue& value : evaluate(set, of_texts, options_)) {
      value.variant += value.variant.empty() ? "extracted" : "/extracted";
      values.push_back(std::move(value));
    }
  }
  return values;
}

}  // namespace cdx
