#include "stats/effect.h"

#include "stats/bootstrap.h"
#include "stats/ranks.h"
#include "stats/wilcoxon.h"

#include <cmath>
#include <numeric>

namespace cdx {

double rank_biserial(const std::vector<double>& differences) {
  if (differences.empty()) return std::nan("");
  const WilcoxonResult test = wilcoxon(differences);
  const double sum = test.r_plus + test.r_minus;
  return sum == 0 ? 0 : (test.r_plus - test.r_minus) / sum;
}

double cohens_dz(const std::vector<double>& differences) {
  const double deviation = standard_deviation(differences);
  return deviation == 0 ? std::nan("") : mean(differences) / deviation;
}

double cliffs_delta(const std::vector<double>& a,
                    const std::vector<double>& b) {
  if (a.empty() || b.empty()) return std::nan("");
  const auto m = static_cast<double>(a.size()),
             n = static_cast<double>(b.size());
  std::vector<double> both = b;
  both.insert(both.end(), a.begin(), a.end());
  const std::vector<double> ranks = average_ranks(both).ranks;
  const double rank_sum =
      std::accumulate(ranks.begin(),
                      ranks.begin() + static_cast<std::ptrdiff_t>(b.size()),
                      0.0);
  // Mann and Whitney's U of b.
  const double u = rank_sum - n * (n + 1) / 2;
  return 2 * u / (m * n) - 1;
}

}  // namespace cdx
