#include "metrics/choices.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include <fmt/format.h>

namespace cdx {

double choice_entropy_bits(const std::vector<int64_t>& counts,
                           int64_t n_categories) {
  int64_t seen = 0, total = 0;
  for (int64_t count : counts) {
    if (count < 0) throw UserError("choice_entropy: a count is negative");
    if (count > 0) ++seen;
    total += count;
  }
  if (seen > n_categories) {
    throw UserError(
        fmt::format("choice_entropy: {} different choices were seen where {} "
                    "are possible",
                    seen,
                    n_categories));
  }
  if (total < 2) return std::nan("");
  const auto n = static_cast<double>(total);
  // Equal counts in any order give the same sum, bit for bit.
  std::vector<int64_t> sorted = counts;
  std::sort(sorted.begin(), sorted.end());
  double nats = 0;
  for (int64_t count : sorted) {
    const double p = static_cast<double>(count) / n;
    if (count > 0) nats -= p * std::log(p);
  }
  nats += static_cast<double>(seen - 1) / (2 * n);
  return std::min(nats / std::numbers::ln2,
                  std::log2(static_cast<double>(n_categories)));
}

std::vector<double> choice_entropies(
    const std::vector<std::vector<std::string>>& choices,
    const std::vector<ChoiceSlot>& slots) {
  for (size_t text = 0; text < choices.size(); ++text) {
    if (choices[text].size() != slots.size()) {
      throw UserError(
          fmt::format("choice_entropy: text {} has {} choices, not one for "
                      "each of the {} slots",
                      text,
                      choices[text].size(),
                      slots.size()));
    }
  }
  std::vector<double> entropies;
  for (size_t slot = 0; slot < slots.size(); ++slot) {
    std::map<std::string, int64_t> seen;
    for (const std::vector<std::string>& text : choices) ++seen[text[slot]];
    std::vector<int64_t> counts;
    counts.reserve(seen.size());
    for (const auto& [choice, count] : seen) counts.push_back(count);
    entropies.push_back(choice_entropy_bits(counts, slots[slot].n_choices + 1));
  }
  return entropies;
}

}  // namespace cdx
