#include "decoding/history.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace cdx {
namespace {

bool ends_alike(const History& history, size_t end, size_t length) {
  for (size_t i = 1; i <= length; ++i) {
    if (history[end - i] != history[history.size() - i]) return false;
  }
  return true;
}

}  // namespace

void apply_repetition_penalty(double penalty,
                              int64_t window,
                              const History& history,
                              Distribution& distribution) {
  const auto wanted =
      window == 0 ? history.size() : static_cast<size_t>(window);
  const size_t first = history.size() - std::min(history.size(), wanted);
  std::vector<int32_t> seen;
  for (size_t i = first; i < history.size(); ++i) seen.push_back(history[i]);
  std::sort(seen.begin(), seen.end());
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  const auto factor = static_cast<float>(penalty);
  std::vector<float>& logits = distribution.own_logits();
  for (const int32_t id : seen) {
    if (static_cast<size_t>(id) >= logits.size()) continue;
    float& logit = logits[static_cast<size_t>(id)];
    logit = logit < 0 ? logit * factor : logit / factor;
  }
  distribution.refresh();
}

void ban_repeated_ngrams(int64_t n,
                         const History& history,
                         Distribution& distribution) {
  const auto length = static_cast<size_t>(n) - 1;
  if (history.size() < length) return;
  std::vector<float>& logits = distribution.own_logits();
  for (size_t i = length; i < history.size(); ++i) {
    const auto id = static_cast<size_t>(history[i]);
    if (id < logits.size() && ends_alike(history, i, length)) {
      logits[id] = -std::numeric_limits<float>::infinity();
    }
  }
  distribution.refresh();
}

}  // namespace cdx
