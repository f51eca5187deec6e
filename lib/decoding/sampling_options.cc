#include "decoding/sampling_options.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

void demand(bool condition,
            std::string_view key,
            double value,
            std::string_view rule) {
  if (condition) return;
  throw UserError(fmt::format("{} is {}: it must {}", key, value, rule));
}

bool contains(const std::vector<Stage>& stages, Stage stage) {
  return std::find(stages.begin(), stages.end(), stage) != stages.end();
}

}  // namespace

std::string_view to_string(Stage stage) {
  switch (stage) {
    case Stage::kRepetitionPenalty:
      return "repetition_penalty";
    case Stage::kNoRepeatNgram:
      return "no_repeat_ngram_size";
    case Stage::kTemperature:
      return "temperature";
    case Stage::kTopNSigma:
      return "top_n_sigma";
    case Stage::kTopK:
      return "top_k";
    case Stage::kTopP:
      return "top_p";
    case Stage::kMinP:
      return "min_p";
    case Stage::kTypicalP:
      return "typical_p";
    case Stage::kEpsilonCutoff:
      return "epsilon_cutoff";
    case Stage::kEtaCutoff:
      return "eta_cutoff";
  }
  return "";
}

std::string_view to_string(Preset preset) {
  switch (preset) {
    case Preset::kHf:
      return "hf";
    case Preset::kVllm:
      return "vllm";
    case Preset::kLlamaCpp:
      return "llamacpp";
  }
  return "";
}

const std::vector<Stage>& all_stages() {
  static const std::vector<Stage> kStages = {Stage::kRepetitionPenalty,
                                             Stage::kNoRepeatNgram,
                                             Stage::kTemperature,
                                             Stage::kTopNSigma,
                                             Stage::kTopK,
                                             Stage::kTopP,
                                             Stage::kMinP,
                                             Stage::kTypicalP,
                                             Stage::kEpsilonCutoff,
                                             Stage::kEtaCutoff};
  return kStages;
}

std::vector<Stage> default_order(Preset preset) {
  switch (preset) {
    case Preset::kHf:
      return all_stages();
    case Preset::kVllm:
      return {Stage::kRepetitionPenalty,
              Stage::kTemperature,
              Stage::kMinP,
              Stage::kTopK,
              Stage::kTopP};
    case Preset::kLlamaCpp:
      return {Stage::kRepetitionPenalty,
              Stage::kTopNSigma,
              Stage::kTopK,
              Stage::kTypicalP,
              Stage::kTopP,
              Stage::kMinP,
              Stage::kTemperature};
  }
  return {};
}

std::vector<Stage> SamplingOptions::stages() const {
  return order.empty() ? default_order(preset) : order;
}

bool SamplingOptions::is_active(Stage stage) const {
  switch (stage) {
    case Stage::kRepetitionPenalty:
      return repetition_penalty != 1;
    case Stage::kNoRepeatNgram:
      return no_repeat_ngram_size > 0;
    case Stage::kTemperature:
      return temperature != 1;
    case Stage::kTopNSigma:
      return top_n_sigma > 0;
    case Stage::kTopK:
      return top_k > 0;
    case Stage::kTopP:
      return top_p < 1;
    case Stage::kMinP:
      return min_p > 0;
    case Stage::kTypicalP:
      return typical_p < 1;
    case Stage::kEpsilonCutoff:
      return epsilon_cutoff > 0;
    case Stage::kEtaCutoff:
      return eta_cutoff > 0;
  }
  return false;
}

void SamplingOptions::check() const {
  demand(temperature >= kLowestTemperature && std::isfinite(temperature),
         "temperature",
         temperature,
         "be 0.0001 or more (for the most probable token: do_sample: false)");
  demand(top_k >= 0,
         "top_k",
         static_cast<double>(top_k),
         "be 0 (off) or a number of tokens");
  demand(top_p >= 0 && top_p <= 1,
         "top_p",
         top_p,
         "lie in [0, 1]; 1 keeps every token");
  demand(min_p >= 0 && min_p <= 1, "min_p", min_p, "lie in [0, 1]; 0 is off");
  demand(typical_p > 0 && typical_p <= 1,
         "typical_p",
         typical_p,
         "lie in (0, 1]; 1 is off");
  demand(epsilon_cutoff >= 0 && epsilon_cutoff < 1,
         "epsilon_cutoff",
         epsilon_cutoff,
         "lie in [0, 1); 0 is off");
  demand(eta_cutoff >= 0 && eta_cutoff < 1,
         "eta_cutoff",
         eta_cutoff,
         "lie in [0, 1); 0 is off");
  demand(top_n_sigma >= 0 && std::isfinite(top_n_sigma),
         "top_n_sigma",
         top_n_sigma,
         "be 0 (off) or more");
  demand(repetition_penalty > 0 && std::isfinite(repetition_penalty),
         "repetition_penalty",
         repetition_penalty,
         "be above 0; 1 is off");
  demand(repetition_window >= 0,
         "repetition_window",
         static_cast<double>(repetition_window),
         "be 0 (prompt and story) or a number of tokens");
  demand(no_repeat_ngram_size >= 0,
         "no_repeat_ngram_size",
         static_cast<double>(no_repeat_ngram_size),
         "be 0 (off) or more");
  const std::vector<Stage> all = stages();
  for (const Stage stage : all) {
    if (std::count(all.begin(), all.end(), stage) > 1) {
      throw UserError(fmt::format("order names {} twice", to_string(stage)));
    }
  }
  for (const Stage stage : all_stages()) {
    if (!is_active(stage) || contains(all, stage)) continue;
    throw UserError(
        order.empty()
            ? fmt::format("{} is set, but the order of preset {} has no such "
                          "stage: take another preset, or write the order out",
                          to_string(stage),
                          to_string(preset))
            : fmt::format("{} is set, but the order has no such stage: add it",
                          to_string(stage)));
  }
}

}  // namespace cdx
