#pragma once

#include "experiment/config.h"

#include <string>
#include <vector>

namespace cdx::test {

inline const std::vector<std::string> kMetricNames = {"distinct_1",
                                                      "distinct_2",
                                                      "choice_entropy",
                                                      "tale_valid",
                                                      "length_tokens",
                                                      "score"};

// What a condition of the full experiment below looks like whose sampling has
// defaults throughout; without its temperature, which is the second line.
inline const std::string kPlainOrder =
    R"(    sampling:
      preset: hf
      order: [repetition_penalty, no_repeat_ngram_size, temperature, top_n_sigma, top_k, top_p, min_p, typical_p, epsilon_cutoff, eta_cutoff]
      do_sample: true
)";
inline const std::string kPlainNumbers = R"(      top_k: 0
      top_p: 1
      min_p: 0
      typical_p: 1
      epsilon_cutoff: 0
      eta_cutoff: 0
      top_n_sigma: 0
      repetition_penalty: 1
      repetition_window: 0
      no_repeat_ngram_size: 0
    end_of_text:
)";
inline const std::string kPlainEnd = R"(      min_new_tokens: 0
      fixed_length: false
      stop_strings: []
)";

// A mixture of which only the rule and what it has of its own is not plain.
inline std::string plain_mixture(const std::string& name,
                                 const std::string& rule,
                                 const std::string& truncate_by) {
  return "  - name: " + name + "\n    mix:\n      rule: " + rule +
         "      truncate:\n        by: " + truncate_by +
         "\n        when: " + (truncate_by == "mixture" ? "after" : "before") +
         "\n        renormalise: false\n"
         "      temperature_on: models\n"
         "      guide_prompt: own\n"
         "    format:\n"
         "      base: comp\n" +
         (rule.starts_with("proxy") ? "      expert: chat\n"
                                      "      antiexpert: comp\n"
                                    : "      instruct: chat\n") +
         kPlainOrder + "      temperature: 1\n" + kPlainNumbers +
         "      policy: merge\n" + kPlainEnd;
}

inline const std::string kTwoModels = R"(
      models:
        base: base
        instruct: tuned
)";

// Every key there is, each somewhere with another value than its default,
// written as resolved_yaml() writes it. A key a line.
inline const std::string kFullExperiment =
    R"(name: full
output: elsewhere/full
seed: 7
common_random_numbers: true
models:
  base:
    path: models/base
    device: cuda
    dtype: bfloat16
  tuned:
    path: models/tuned
    device: cuda
    dtype: float16
prompts:
  file: data/p.csv
  skip: 2
  limit: 3
  id_field: key
  text_field: text
  references_field: human
formats:
  comp:
    chat: false
    template: "A tale of {prompt}.\n"
  chat:
    chat: true
    user: "Tell of {prompt}, please: {prompt}"
generation:
  samples_per_prompt: 4
  max_new_tokens: 99
  token_records: true
  batch_size: 32
conditions:
  - name: one
    model: tuned
    format: chat
    sampling:
      preset: hf
      order: [no_repeat_ngram_size, repetition_penalty, top_n_sigma, temperature, eta_cutoff, epsilon_cutoff, typical_p, min_p, top_p, top_k]
      do_sample: false
      temperature: 0.7
      top_k: 50
      top_p: 0.9
      min_p: 0.05
      typical_p: 0.95
      epsilon_cutoff: 0.0003
      eta_cutoff: 0.0006
      top_n_sigma: 2.5
      repetition_penalty: 1.1
      repetition_window: 128
      no_repeat_ngram_size: 3
    end_of_text:
      min_new_tokens: 5
      fixed_length: false
      stop_strings: ["\n\n", END]
  - name: mixed
    mix:
      rule: linear
      models:
        base: base
        instruct: tuned
      gamma: 0.3
      anneal:
        first: 20
      trigger:
        entropy_above: 1.5
        softness: 0.25
      truncate:
        by: each
        when: before
        renormalise: true
      temperature_on: mixture
      temperatures:
        base: 0.8
        instruct: 1.25
      guide_prompt: other
      renamed_specials: [["<|slot_1|>", "[X]"], [a, "no"]]
    format:
      base: comp
      instruct: chat
    sampling:
      preset: vllm
      order: [repetition_penalty, min_p, top_p, top_k, temperature]
      do_sample: true
      temperature: 1.5
      top_k: 0
      top_p: 0.8
      min_p: 0
      typical_p: 1
      epsilon_cutoff: 0
      eta_cutoff: 0
      top_n_sigma: 0
      repetition_penalty: 1
      repetition_window: 0
      no_repeat_ngram_size: 0
    end_of_text:
      policy: union
      min_new_tokens: 0
      fixed_length: true
      stop_strings: []
  - name: human
    source: references
)" +
    plain_mixture("geometric",
                  "geometric" + kTwoModels + R"(      gamma: 0.25
      anneal:
        after: 8
)",
                  "base") +
    plain_mixture("flipped",
                  "sign_flipped" + kTwoModels + "      gamma: 2\n",
                  "intersection") +
    plain_mixture(
        "guided", "cfg" + kTwoModels + "      gamma: -1.5\n", "mixture") +
    plain_mixture("contrastive",
                  "contrastive" + kTwoModels + R"(      beta: 0.75
      plausibility: 0.2
)",
                  "union") +
    plain_mixture("proxy",
                  R"(proxy
      models:
        base: base
        expert: tuned
        antiexpert: base
      alpha: -0.5
)",
                  "mixture") +
    plain_mixture("routed",
                  "routing" + kTwoModels + R"(      by: entropy
      threshold: 0.9
      punctuation: true
      word_boundary: true
)",
                  "instruct") +
    plain_mixture("switched",
                  "switch" + kTwoModels + R"(      share: 0.4
      word_boundary: true
)",
                  "mixture") +
    R"(  - name: as-random
    model: base
    format: comp
)" + kPlainOrder +
    kPlainNumbers + kPlainEnd + R"(    match:
      "on": entropy
      target: mixed
      prompts:
        file: data/dev.csv
        skip: 1
        limit: 7
      samples_per_prompt: 3
      tolerance: 0.05
      temperatures: [0.5, 2]
      max_evaluations: 9
  - name: as-diverse
    model: base
    format: comp
)" + kPlainOrder +
    kPlainNumbers + kPlainEnd + R"(    match:
      "on": diversity
      target: one
      metric: distinct_1
      prompts:
        file: data/p.csv
        skip: 5
        limit: 20
      samples_per_prompt: 10
      tolerance: 0.01
      temperatures: [0.25, 4]
      max_evaluations: 20
score:
  models: [tuned, base]
measure:
  metrics: [distinct_2, tale_valid, score]
  encoder: encoders/x
  tale_grammar: data/g.json
  extract: [run_on, unfinished]
  match_length: true
  length_floor: 40
  long_text: truncate
  by_position: 100
  bounds: true
  texts_per_prompt: auto
  corpus: false
  corpus_intervals: false
  permutations: 999
  quality_gate:
    metric: tale_valid
    at_least: 0.5
  scores: data/scores.csv
  rarefaction: true
  reliability: true
  bootstrap_resamples: 500
report:
  baseline: human
  compare:
    - [mixed, one]
    - [human, mixed]
  trend:
    - [one, mixed, as-random]
  stages:
    - [human, one, mixed]
  across:
    - name: tuning
      unit: "training seed"
      pairs:
        - [one, human]
        - [one, mixed]
        - [one, as-random]
        - [one, as-diverse]
        - [human, one]
  primary: [tale_valid]
  margins:
    tale_valid: 0.25
  interval: bca
)";

// A small file in which the conditions begin in line 6.
inline std::string small_experiment(const std::string& conditions) {
  return R"(name: e
models: {base: {path: b, device: cpu}, dpo: {path: d}, far: {path: f, device: cuda}}
prompts: {file: p.txt, skip: 5, limit: 10}
formats: {comp: {template: "{prompt}"}, chat: {chat: true, user: "{prompt}"}}
conditions:
)" + conditions;
}

// A mixture for it in lines 6 to 12; `keys` of mix begin in line 10.
inline std::string small_mixture(const std::string& rule,
                                 const std::string& keys,
                                 const std::string& sampling = "{}") {
  const bool proxy = rule == "proxy";
  const std::string second = proxy ? "expert" : "instruct";
  const std::string third_model = proxy ? ", antiexpert: base" : "";
  const std::string third_format = proxy ? ", antiexpert: comp" : "";
  return "  - name: c\n    mix:\n      rule: " + rule +
         "\n      models: {base: base, " + second + ": dpo" + third_model +
         "}\n      " + keys + "\n    format: {base: comp, " + second +
         ": chat" + third_format + "}\n    sampling: " + sampling + "\n";
}

inline ExperimentConfig parse(const std::string& text,
                              const std::vector<std::string>& overrides = {}) {
  return parse_experiment(text, "x.yaml", overrides, kMetricNames);
}

inline std::vector<std::string> condition_names(
    const ExperimentConfig& config) {
  std::vector<std::string> names;
  for (const Condition& condition : config.conditions) {
    names.push_back(condition.name);
  }
  return names;
}

// `text` with the first `from` replaced by `to`.
inline std::string replaced(std::string text,
                            const std::string& from,
                            const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

}  // namespace cdx::test
