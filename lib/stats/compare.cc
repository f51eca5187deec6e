#include "stats/compare.h"

#include "stats/effect.h"
#include "stats/ranks.h"
#include "stats/sign_flip.h"
#include "stats/wilcoxon.h"
#include "util/counted.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include <fmt/format.h>

namespace cdx {
namespace {

struct Pairs {
  std::vector<double> a, b;
  int64_t n_dropped = 0;
};

Pairs pair_up(const PromptValues& a, const PromptValues& b) {
  std::set<std::string> prompts;
  for (const auto& [prompt, value] : a) prompts.insert(prompt);
  for (const auto& [prompt, value] : b) prompts.insert(prompt);
  Pairs pairs;
  for (const std::string& prompt : prompts) {
    const auto in_a = a.find(prompt), in_b = b.find(prompt);
    if (in_a == a.end() || in_b == b.end() || std::isnan(in_a->second) ||
        std::isnan(in_b->second)) {
      ++pairs.n_dropped;
      continue;
    }
    pairs.a.push_back(in_a->second);
    pairs.b.push_back(in_b->second);
  }
  return pairs;
}

std::vector<double> differences_of(const Pairs& pairs) {
  std::vector<double> differences;
  double scale = 0;
  for (size_t i = 0; i < pairs.a.size(); ++i) {
    differences.push_back(pairs.b[i] - pairs.a[i]);
    scale = std::max({scale, std::abs(pairs.a[i]), std::abs(pairs.b[i])});
  }
  return without_rounding_noise(differences, scale);
}

std::string note_on(const WilcoxonResult& test) {
  if (test.n == 0) return "no prompt with a value on both sides";
  if (test.method == WilcoxonMethod::kNone) return "all pairs are equal";
  if (test.smallest_p <= 0.05) return "";
  return fmt::format("{} cannot give a p below {:.3g}",
                     counted(test.n - test.n_zero, "unequal pair"),
                     test.smallest_p);
}

}  // namespace

Comparison compare(const PromptValues& a,
                   const PromptValues& b,
                   const BootstrapOptions& options) {
  const Pairs pairs = pair_up(a, b);
  const std::vector<double> differences = differences_of(pairs);
  const WilcoxonResult test = wilcoxon(differences);
  const Summary delta = summarise(differences, options);
  Comparison result;
  result.n = delta.n;
  result.n_dropped = pairs.n_dropped;
  result.mean_a = mean(pairs.a);
  result.mean_b = mean(pairs.b);
  result.delta = delta.mean;
  result.ci = delta.ci;
  result.effect_size = rank_biserial(differences);
  result.effect_name = "rank_biserial";
  result.test = test_name(test.method);
  result.p = test.p;
  result.d_z = cohens_dz(differences);
  result.cliffs_delta = cliffs_delta(pairs.a, pairs.b);
  result.p_sign_flip = sign_flip(differences).p;
  result.note = note_on(test);
  result.differences = differences;
  return result;
}

}  // namespace cdx
