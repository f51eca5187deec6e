#pragma once

#include "experiment/config.h"
#include "util/json.h"

namespace cdx {

// What the experiment file says of a condition, every default written out: the
// same for the resolved file and for the condition's hash.

// Keys of `sampling`.
Json sampling_json(const SamplingOptions& sampling);
// Keys of `mix` without models and renamed_specials; null for one model.
Json mix_json(const Condition& condition);
// Keys of `end_of_text`.
Json end_of_text_json(const Condition& condition);
// Keys of `match`.
Json match_json(const MatchOptions& match);

// Roles of a mixture's models, in the order of Condition::models: base and
// instruct, or base, expert and antiexpert.
std::vector<std::string> mix_roles(MixRule rule);

}  // namespace cdx
