#pragma once

#include "metrics/metric.h"
#include "metrics/text_set.h"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

namespace cdx {

// The sets of one condition, which follow each other.
using Sets = std::span<const TextSet>;
std::vector<Sets> by_condition(const std::vector<TextSet>& sets);

// The texts once more, changed in one way: what is measured on them has a
// variant "…/NAME".
struct ChangedTexts {
  std::string name;
  std::vector<TextSet> sets;  // texts alone, and embeddings later on
};

// Cuts of a prompt the texts of all conditions to the same number of words (see
// metrics/match_length.h). Appends to `csv` one row a text: condition,
// prompt_id, sample (place in the set), n_words, matched_words (0: left out),
// left_out ("too short", "equal numbers" or ""). Prompts of which some
// condition has nothing left are left out.
std::vector<TextSet> with_matched_length(const std::vector<TextSet>& sets,
                                         int64_t floor,
                                         std::string& csv);

// The words from `first` to the one before `last` of the texts that have them,
// equally many of each condition of a prompt: the first ones. Prompts of which
// some condition has no such text are left out.
std::vector<TextSet> stretches(const std::vector<TextSet>& sets,
                               int64_t first,
                               int64_t last);

// Those of level set that need nothing but texts or their embeddings.
std::vector<std::string> set_metrics_of_texts(
    const std::vector<std::string>& metrics);

// Those of `metrics` that need one of `inputs`.
std::vector<std::string> metrics_with(const std::vector<std::string>& metrics,
                                      std::initializer_list<Input> inputs);

}  // namespace cdx
