#include "decoding/options.h"

#include "util/errors.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cdx {

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

bool StopIds::ends_instruct(int32_t id) const {
  return std::ranges::find(instruct, id) != instruct.end();
}

bool StopIds::ends_base(int32_t id) const {
  return std::ranges::find(base, id) != base.end();
}

bool StopIds::ends_any(int32_t id) const {
  return ends_instruct(id) || ends_base(id);
}

bool StopIds::alike() const {
  if (base.empty() || instruct.empty()) return true;
  return base == instruct && base.size() == 1;
}

std::string_view to_string(EndPolicy policy) {
  switch (policy) {
    case EndPolicy::kMerge:
      return "merge";
    case EndPolicy::kUnion:
      return "union";
    case EndPolicy::kInstruct:
      return "instruct";
  }
  return "";
}

void EndOptions::check() const {
  if (min_new_tokens < 0) {
    throw UserError(fmt::format("min_new_tokens is {}: it must be 0 or more",
                                min_new_tokens));
  }
  for (const std::string& text : stop_strings) {
    if (text.empty()) {
      throw UserError("stop_strings: an empty text would end every story");
    }
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
