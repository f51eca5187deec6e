#include "metrics/richness.h"

#include "metrics/ngrams.h"
#include "util/errors.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <vector>

#include <fmt/format.h>

namespace cdx {
namespace {

// Ids for which a table is worth its memory: those given, or numbered anew.
class SmallIds {
 public:
  explicit SmallIds(std::span<const int32_t> tokens) : ids_(tokens) {
    constexpr size_t kSmallTable = 4096, kSlotsAToken = 8;
    const auto [least, most] =
        std::minmax_element(tokens.begin(), tokens.end());
    const size_t affordable =
        std::max(kSmallTable, kSlotsAToken * tokens.size());
    if (*least >= 0 && static_cast<size_t>(*most) < affordable) {
      n_types_ = *most + 1;
      return;
    }
    numbered_ = number_tokens(tokens);
    ids_ = numbered_.texts[0];
    n_types_ = numbered_.n_types;
  }

  std::span<const int32_t> ids() const { return ids_; }
  int32_t n_types() const { return n_types_; }

 private:
  std::span<const int32_t> ids_;
  TokenIds numbered_;
  int32_t n_types_ = 0;
};

// Tokens begin … end (ids below n_types) ÷ stretches, in that direction.
template <typename Iterator>
double tokens_a_stretch(Iterator begin,
                        Iterator end,
                        int32_t n_types,
                        double threshold) {
  std::vector<int32_t> last_stretch(static_cast<size_t>(n_types), -1);
  int32_t stretches = 0;
  int64_t length = 0, distinct = 0;
  double share = 1;
  for (Iterator token = begin; token != end; ++token) {
    int32_t& last = last_stretch[static_cast<size_t>(*token)];
    if (last != stretches) ++distinct;
    last = stretches;
    share = static_cast<double>(distinct) / static_cast<double>(++length);
    if (share > threshold) continue;
    ++stretches;
    length = distinct = 0;
  }
  auto factors = static_cast<double>(stretches);
  if (length > 0) factors += (1 - share) / (1 - threshold);
  if (factors == 0) factors = 1;  // no token occurs twice
  return static_cast<double>(std::distance(begin, end)) / factors;
}

}  // namespace

double mtld(std::span<const int32_t> tokens, double threshold) {
  if (!(threshold > 0 && threshold < 1)) {
    throw UserError(fmt::format("mtld: the threshold {} is not between 0 and 1",
                                threshold));
  }
  if (tokens.empty()) return std::nan("");
  const SmallIds small(tokens);
  const std::span<const int32_t> ids = small.ids();
  return (tokens_a_stretch(ids.begin(), ids.end(), small.n_types(), threshold) +
          tokens_a_stretch(
              ids.rbegin(), ids.rend(), small.n_types(), threshold)) /
         2;
}

double mattr(std::span<const int32_t> tokens, int64_t window) {
  if (window < 1) {
    throw UserError(fmt::format(
        "mattr: the window is {} tokens; it needs at least 1", window));
  }
  const auto width = static_cast<size_t>(window);
  if (tokens.size() < width) return std::nan("");
  const SmallIds small(tokens);
  const std::span<const int32_t> ids = small.ids();
  std::vector<int32_t> counts(static_cast<size_t>(small.n_types()));
  int64_t distinct = 0, sum = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (counts[static_cast<size_t>(ids[i])]++ == 0) ++distinct;
    if (i + 1 < width) continue;
    sum += distinct;
    if (--counts[static_cast<size_t>(ids[i + 1 - width])] == 0) --distinct;
  }
  const auto windows = static_cast<double>(ids.size() - width + 1);
  return static_cast<double>(sum) / static_cast<double>(window) / windows;
}

}  // namespace cdx
