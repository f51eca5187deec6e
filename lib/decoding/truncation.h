#pragma once

#include "decoding/distribution.h"
#include "decoding/sampling_options.h"

namespace cdx {

// Cuts the kept tokens of a distribution by one truncation stage (top_k …
// eta_cutoff), as its preset defines it (sampling_options.h). Probabilities
// that a rule looks at are those of the kept tokens, renormalised, as in
// transformers and in llama.cpp, where every rule sees what the rules before it
// left. At least one token stays: the most probable one (lowest id on a tie),
// with hf's min_p, epsilon and eta every token that ties with it.
//
// Exact: equal to the definition by sorting; sums in double.
void truncate(Stage stage,
              const SamplingOptions& options,
              Distribution& distribution);

// Divides the logits by a temperature; nothing for 1. The kept tokens stay.
void apply_temperature(double temperature, Distribution& distribution);

}  // namespace cdx
