#include "decoding/options.h"

#include "util/errors.h"

#include <cmath>

#include <fmt/format.h>

namespace cdx {

void SamplingOptions::check() const {
  if (!(temperature > 0) || !std::isfinite(temperature)) {
    throw UserError(fmt::format(
        "temperature is {}: it must be above 0 (there is no greedy mode yet)",
        temperature));
  }
  if (!(top_p > 0 && top_p <= 1)) {
    throw UserError(fmt::format(
        "top_p is {}: it must lie in (0, 1]; 1 keeps every token", top_p));
  }
}

void MixOptions::check() const {
  if (!(gamma >= 0 && gamma <= 1)) {
    throw UserError(fmt::format(
        "gamma is {}: the weight of the base must lie in [0, 1]", gamma));
  }
}

void GenerationOptions::check() const {
  if (samples_per_prompt < 1) {
    throw UserError(
        fmt::format("samples_per_prompt is {}: it must be at least "
                    "1",
                    samples_per_prompt));
  }
  if (max_new_tokens < 1) {
    throw UserError(fmt::format("max_new_tokens is {}: it must be at least 1",
                                max_new_tokens));
  }
  if (batch_size != 0 && batch_size < 16) {
    throw UserError(fmt::format(
        "batch_size is {}: it must be auto or at least 16 (below that a "
        "story's bits would depend on the number of rows)",
        batch_size));
  }
}

}  // namespace cdx
