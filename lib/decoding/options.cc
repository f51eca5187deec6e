#include "decoding/options.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <utility>

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

StopIds stop_ids_of_pair(std::vector<int32_t> base,
                         std::vector<int32_t> instruct,
                         std::optional<int32_t> instruct_eos) {
  std::vector<int32_t> own;
  for (const int32_t id : instruct) {
    if (std::ranges::find(base, id) == base.end()) own.push_back(id);
  }
  const std::vector<int32_t>& candidates = own.empty() ? instruct : own;
  if (!candidates.empty()) {
    const bool has_eos =
        instruct_eos &&
        std::ranges::find(candidates, *instruct_eos) != candidates.end();
    const int32_t end = has_eos ? *instruct_eos : candidates.front();
    const auto place = std::ranges::find(instruct, end);
    std::rotate(instruct.begin(), place, place + 1);
  }
  return {.instruct = std::move(instruct), .base = std::move(base)};
}

}  // namespace cdx
