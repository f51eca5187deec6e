#pragma once

#include "changed_texts.h"
#include "metrics/evaluate.h"
#include "stats/bootstrap.h"

#include <cstdint>
#include <string>
#include <vector>

namespace cdx {

struct BoundsOptions {
  EvaluateOptions evaluate;
  uint64_t seed = 0;
  // Of the prompts, in their order; no row without off_prompt_rate.
  std::vector<std::string> prompt_ids;
  Rows prompt_rows;
  // Condition whose halves are held against each other; "": none.
  std::string reference;
};

// metrics/bounds.csv: condition, metric, variant, bound, n_prompts, mean; what
// the metrics of texts and embeddings say of the texts of a condition
// - "duplicated": the first text of each prompt in place of all its others, the
//   least diversity there can be;
// - "shuffled": all texts dealt anew over the prompts, the diversity if prompts
//   meant nothing; of off_prompt_rate the rate of texts that know no prompt;
// and the metrics against a reference, of its own texts
// - "split": one random half of each prompt's texts against the other, what
//   texts as good as the reference's can reach.
// `sets`: those of one condition follow each other.
std::string bounds_csv(const std::vector<TextSet>& sets,
                       const std::vector<std::string>& metrics,
                       const BoundsOptions& options);

}  // namespace cdx
