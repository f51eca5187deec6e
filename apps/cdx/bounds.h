#pragma once

#include "changed_texts.h"
#include "metrics/evaluate.h"
#include "report/rows.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace cdx {

struct BoundsOptions {
  EvaluateOptions evaluate;
  uint64_t seed = 0;
  // Of the prompts; no row without off_prompt_rate. Id → row.
  Rows prompt_rows;
  std::unordered_map<std::string, size_t> prompts;
  // Condition whose halves are held against each other; "": none.
  std::string reference;
};

// What the metrics of texts and embeddings say of the texts of a condition
// - "duplicated": the first text of each prompt in place of all its others, the
//   least diversity there can be;
// - "shuffled": all texts dealt anew over the prompts, the diversity if prompts
//   meant nothing; of off_prompt_rate the rate of texts that know no prompt;
// and the metrics against a reference, of its own texts
// - "split": one random half of each prompt's texts against the other, what
//   texts as good as the reference's can reach.
// `sets`: those of one condition follow each other.
std::vector<BoundRow> bounds(const std::vector<TextSet>& sets,
                             const std::vector<std::string>& metrics,
                             const BoundsOptions& options);

}  // namespace cdx
