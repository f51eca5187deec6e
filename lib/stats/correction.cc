#include "stats/correction.h"

#include "util/errors.h"

#include <algorithm>
#include <cmath>

namespace cdx {
namespace {

// Indices of the p values that are not NaN, ascending in p.
std::vector<size_t> ascending(const std::vector<double>& p) {
  std::vector<size_t> order;
  for (size_t i = 0; i < p.size(); ++i) {
    if (!std::isnan(p[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return p[a] < p[b];
  });
  return order;
}

}  // namespace

std::vector<double> holm(const std::vector<double>& p) {
  const std::vector<size_t> order = ascending(p);
  std::vector<double> adjusted(p.size(), std::nan(""));
  double running = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    const auto factor = static_cast<double>(order.size() - k);
    running = std::max(running, std::min(1.0, factor * p[order[k]]));
    adjusted[order[k]] = running;
  }
  return adjusted;
}

std::vector<double> benjamini_hochberg(const std::vector<double>& p) {
  const std::vector<size_t> order = ascending(p);
  const auto m = static_cast<double>(order.size());
  std::vector<double> adjusted(p.size(), std::nan(""));
  double running = 1;
  for (size_t k = order.size(); k > 0; --k) {
    const size_t i = order[k - 1];
    running = std::min(running, m * p[i] / static_cast<double>(k));
    adjusted[i] = running;
  }
  return adjusted;
}

std::vector<double> holm_and_benjamini_hochberg(
    const std::vector<double>& p, const std::vector<bool>& primary) {
  if (p.size() != primary.size()) {
    throw UserError("correction: needs a family for each p value");
  }
  std::vector<double> first = p, rest = p;
  for (size_t i = 0; i < p.size(); ++i) {
    (primary[i] ? rest : first)[i] = std::nan("");
  }
  std::vector<double> adjusted = holm(first);
  rest = benjamini_hochberg(rest);
  for (size_t i = 0; i < p.size(); ++i) {
    if (!primary[i]) adjusted[i] = rest[i];
  }
  return adjusted;
}

}  // namespace cdx
