#pragma once

#include "experiment/config.h"

#include <string>
#include <vector>

namespace cdx::test {

inline const std::vector<std::string> kMetricNames = {"distinct_1",
                                                      "distinct_2",
                                                      "choice_entropy",
                                                      "tale_valid",
                                                      "length_tokens"};

// Every key there is, each with another value than its default, written as
// resolved_yaml() writes it. A key a line.
inline const std::string kFullExperiment = R"(name: full
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
  batch_size: 32
conditions:
  - name: one
    model: tuned
    format: chat
    sampling:
      preset: hf
      temperature: 0.7
      top_p: 0.9
  - name: mixed
    mix:
      rule: linear
      models:
        base: base
        instruct: tuned
      gamma: 0.3
      truncate:
        by: instruct
        when: before
    format:
      base: comp
      instruct: chat
    sampling:
      preset: hf
      temperature: 1.5
      top_p: 0.8
  - name: human
    source: references
score:
  models: [tuned, base]
measure:
  metrics: [distinct_2, tale_valid]
  encoder: encoders/x
  tale_grammar: data/g.json
  bootstrap_resamples: 500
report:
  baseline: human
  compare:
    - [mixed, one]
    - [human, mixed]
  trend:
    - [one, human, mixed]
)";

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
