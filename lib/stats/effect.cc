#include "stats/effect.h"

#include "stats/bootstrap.h"
#include "stats/wilcoxon.h"

#include <cmath>

namespace cdx {

double rank_biserial(const std::vector<double>& differences) {
  if (differences.empty()) return std::nan("");
  const WilcoxonResult test = wilcoxon(differences);
  const double sum = test.r_plus + test.r_minus;
  return sum == 0 ? 0 : (test.r_plus - test.r_minus) / sum;
}

double cohens_dz(const std::vector<double>& differences) {
  const auto n = static_cast<double>(differences.size());
  if (n < 2) return std::nan("");
  const double centre = mean(differences);
  double squares = 0;
  for (double d : differences) squares += (d - centre) * (d - centre);
  const double deviation = std::sqrt(squares / (n - 1));
  return deviation == 0 ? std::nan("") : centre / deviation;
}

}  // namespace cdx
