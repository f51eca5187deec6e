#pragma once

#include "metrics/choices.h"
#include "metrics/gate.h"
#include "metrics/tale.h"
#include "metrics/vectors.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cdx {

// The texts of one prompt under one condition, and what is known about them.
// Each optional member is empty or has one entry a text.
struct TextSet {
  std::string condition, prompt_id;
  std::vector<std::string> texts;        // valid UTF-8
  std::vector<int64_t> n_tokens;         // generated ids, end token excluded
  std::vector<bool> finished_by_length;  // true: cut off by the token limit
  std::vector<TaleCheck> tales;
  std::vector<std::string> classes;  // of a partition made elsewhere
  Embeddings embeddings;             // [n, D]; 0 rows when there are none
  // Of other programs: a name and the number of each text.
  std::vector<std::pair<std::string, std::vector<double>>> scores;
  std::vector<double> gated;       // the number that a quality gate looks at
  std::vector<double> off_prompt;  // 1: another prompt is nearer, else 0
};

struct EvaluateOptions {
  std::string encoder;              // name of what made the embeddings
  std::vector<ChoiceSlot> slots;    // of TaleCheck::choices, in their order
  std::string partition;            // name of what TextSet::classes are of
  std::optional<QualityGate> gate;  // of TextSet::gated
};

}  // namespace cdx
