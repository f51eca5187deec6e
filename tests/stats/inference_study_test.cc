// Does the inference keep its promises? 20,000 simulated experiments a cell;
// prints the table of results/inference.

#include "stats/bootstrap.h"
#include "stats/contrasts.h"
#include "stats/correction.h"
#include "stats/equivalence.h"
#include "stats/permutation.h"
#include "stats/ranks.h"
#include "stats/set_interval.h"
#include "stats/sign_flip.h"
#include "stats/simulation.h"
#include "stats/trend.h"
#include "stats/wilcoxon.h"
#include "util/json.h"

#include <cmath>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace cdx {
namespace {

using test::Shape;
using test::Simulator;
using test::Values;

constexpr int kExperiments = 20000;
constexpr int kFewer = 5000;            // for rows that promise nothing
constexpr int64_t kResamples = 599;     // of intervals
constexpr int64_t kFlips = 999;         // 50/1000 is 0.05 exactly
constexpr int64_t kPermutations = 119;  // 2·3/120 is 0.05 exactly

constexpr Shape kShapes[] = {
    Shape::kNormal, Shape::kSkewed, Shape::kDiscrete, Shape::kHeavy};

// How often something happened, in %, by the name of its row.
class Rates {
 public:
  void count(const std::string& row, bool happened) {
    Rate& rate = rates_[row];
    ++rate.of;
    rate.happened += happened ? 1 : 0;
  }

  double percent(const std::string& row) const {
    const Rate& rate = rates_.at(row);
    return 100.0 * rate.happened / rate.of;
  }

 private:
  struct Rate {
    int happened = 0, of = 0;
  };

  std::map<std::string, Rate> rates_;
};

std::vector<double> differences(const std::vector<double>& a,
                                const std::vector<double>& b) {
  std::vector<double> d(a.size());
  double scale = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    d[i] = b[i] - a[i];
    scale = std::max({scale, std::abs(a[i]), std::abs(b[i])});
  }
  return without_rounding_noise(d, scale);
}

std::vector<double> plus(std::vector<double> values, double shift) {
  for (double& value : values) value += shift;
  return values;
}

bool covers(const Interval& interval, double truth) {
  return interval.low <= truth && truth <= interval.high;
}

bool any_at_most(const std::vector<double>& p, double alpha) {
  return std::any_of(
      p.begin(), p.end(), [&](double value) { return value <= alpha; });
}

// Paired tests of the four metrics, alone and as a family.
void count_paired_tests(const Values& a,
                        const Values& b,
                        uint64_t seed,
                        Rates& rates) {
  std::vector<double> by_rank, by_flips;
  for (size_t metric = 0; metric < a.size(); ++metric) {
    const std::vector<double> d = differences(a[metric], b[metric]);
    by_rank.push_back(wilcoxon(d).p);
    by_flips.push_back(sign_flip(d, {.flips = kFlips, .seed = seed}).p);
    rates.count("Wilcoxon", by_rank.back() <= 0.05);
    rates.count("sign flips", by_flips.back() <= 0.05);
  }
  rates.count("family of 4: Wilcoxon, Holm", any_at_most(holm(by_rank), 0.05));
  rates.count("family of 4: sign flips, Holm",
              any_at_most(holm(by_flips), 0.05));
}

// With the true difference at the margin, equivalence must be found in 5 %.
void count_equivalence(const std::vector<double>& d, Rates& rates) {
  const double margin = 3 * standard_deviation(d);
  const auto maintained = [](const EquivalenceResult& result) {
    return result.reading == Reading::kMaintained;
  };
  rates.count("equivalence, at the margin",
              maintained(equivalence(plus(d, margin), {.margin = margin})));
  rates.count(
      "non-inferiority, at the margin",
      maintained(non_inferiority(plus(d, -margin), {.margin = margin})));
}

void count_trend(const std::vector<Values>& conditions,
                 uint64_t seed,
                 Rates& rates) {
  std::vector<std::vector<double>> rows(conditions[0][0].size());
  for (const Values& condition : conditions) {
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].push_back(condition[0][i]);
    }
  }
  const TrendResult result = page_trend(rows,
                                        {0, 0.3, 0.6, 1},
                                        {.resamples = kResamples,
                                         .seed = seed,
                                         .method = IntervalMethod::kExpanded});
  rates.count("Page's trend, not corrected", result.p <= 0.05);
  rates.count("Page's trend, 4 conditions", result.p_corrected <= 0.05);
  rates.count("slope", covers(result.slope_ci, 0));
}

void count_contrasts(const std::vector<Values>& conditions,
                     uint64_t seed,
                     Rates& rates) {
  std::vector<std::vector<double>> rows(conditions[0][0].size());
  for (size_t stage = 0; stage < 3; ++stage) {
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].push_back(conditions[stage][0][i]);
    }
  }
  const ContrastResult result =
      step_contrasts(rows,
                     {.largest = LargestStep::kFall,
                      .bootstrap = {.resamples = kResamples,
                                    .seed = seed,
                                    .method = IntervalMethod::kBySize}});
  rates.count("step minus step: sign flips", result.contrasts[0].p <= 0.05);
  rates.count("step minus step", covers(result.contrasts[0].ci, 0));
  rates.count("one of 2 equal steps has a share ≥ 0.95",
              std::max(result.steps[0].largest_share,
                       result.steps[1].largest_share) >= 0.95);
}

Interval interval_by(IntervalMethod method,
                     const std::vector<double>& values,
                     uint64_t seed) {
  return bootstrap_mean(
      values, {.resamples = kResamples, .seed = seed, .method = method});
}

// The intervals without a promise, and the mean's own.
void count_others(const std::vector<double>& values,
                  double truth,
                  const std::string& of,
                  uint64_t seed,
                  Rates& rates) {
  const auto count = [&](IntervalMethod method, const std::string& name) {
    rates.count(of + ", " + name,
                covers(interval_by(method, values, seed), truth));
  };
  count(IntervalMethod::kPercentile, "percentile");
  if (of == "mean") count(IntervalMethod::kExpanded, "expanded");
  count(IntervalMethod::kBca, "BCa");
  count(IntervalMethod::kStudentised, "bootstrap-t");
}

double variance_of(const std::vector<double>& values,
                   const std::vector<size_t>& picked) {
  double sum = 0, squares = 0;
  for (size_t i : picked) {
    sum += values[i];
    squares += values[i] * values[i];
  }
  const auto n = static_cast<double>(picked.size());
  return squares / n - sum / n * (sum / n);
}

// A number for the whole set: the ratio of two sums over prompts, as of words
// that occur once to words.
void count_set_level(const std::vector<double>& a,
                     const std::vector<double>& b,
                     uint64_t seed,
                     Rates& rates) {
  const size_t n = a.size();
  const auto ratio = [&](const std::vector<size_t>& prompts) {
    double above = 0, below = 0;
    for (size_t i : prompts) {
      above += b[i];
      below += a[i];
    }
    return above / below;
  };
  rates.count("ratio of sums, jackknife",
              covers(jackknife_interval(n, ratio).ci, 1));
  rates.count("ratio of sums, jackknife leaving out half",
              covers(jackknife_interval(n,
                                        ratio,
                                        {.deleted = static_cast<int64_t>(n / 2),
                                         .subsets = 199,
                                         .seed = seed})
                         .ci,
                     1));
  LabelledTexts texts;
  std::vector<double> values = a;
  values.insert(values.end(), b.begin(), b.end());
  for (size_t i = 0; i < 2 * n; ++i) {
    texts.prompts.push_back(i % n);
    texts.in_b.push_back(i >= n);
  }
  const PermutationResult result = permutation_test(
      texts,
      [&](const std::vector<size_t>& in_a, const std::vector<size_t>& in_b) {
        return variance_of(values, in_b) - variance_of(values, in_a);
      },
      {.permutations = kPermutations, .seed = seed});
  rates.count("permuted labels, variance of a set", result.p <= 0.05);
}

uint64_t seed_of(Shape shape, size_t n, uint64_t experiment) {
  return SplitMix64(1000 * static_cast<uint64_t>(shape) + n, experiment).next();
}

Rates null_study(Shape shape, size_t n) {
  Rates rates;
  for (int experiment = 0; experiment < kExperiments; ++experiment) {
    Simulator simulator(
        shape, n, seed_of(shape, n, static_cast<uint64_t>(experiment)));
    std::vector<Values> conditions;
    for (int i = 0; i < 4; ++i) conditions.push_back(simulator.condition());
    const std::vector<double>& a = conditions[0][0];
    const std::vector<double>& b = conditions[1][0];
    const std::vector<double> d = differences(a, b);
    count_paired_tests(conditions[0], conditions[1], simulator.seed(), rates);
    count_equivalence(d, rates);
    count_trend(conditions, simulator.seed(), rates);
    count_contrasts(conditions, simulator.seed(), rates);
    rates.count(
        "difference, expanded",
        covers(interval_by(IntervalMethod::kExpanded, d, simulator.seed()), 0));
    count_set_level(a, b, simulator.seed(), rates);
    if (experiment >= kFewer) continue;
    count_others(d, 0, "difference", simulator.seed(), rates);
    count_others(
        a, Simulator::true_mean(shape), "mean", simulator.seed(), rates);
  }
  return rates;
}

Rates power_study(const Json& golden, Shape shape) {
  const auto n = golden.at("n").get<size_t>();
  const double shift = golden.at("shift").get<double>();
  const double margin = golden.at("margin").get<double>();
  Rates rates;
  for (int experiment = 0; experiment < kExperiments; ++experiment) {
    Simulator simulator(
        shape, n, ~seed_of(shape, n, static_cast<uint64_t>(experiment)));
    const Values a = simulator.condition();
    const Values same = simulator.condition();
    const Values shifted = simulator.condition(shift);
    const std::vector<double> d = differences(a[0], shifted[0]);
    rates.count("Wilcoxon", wilcoxon(d).p <= 0.05);
    rates.count(
        "sign flips",
        sign_flip(d, {.flips = kFlips, .seed = simulator.seed()}).p <= 0.05);
    rates.count(
        "equivalence",
        equivalence(differences(a[0], same[0]), {.margin = margin}).reading ==
            Reading::kMaintained);
  }
  return rates;
}

const std::vector<std::string> kTests = {"Wilcoxon",
                                         "sign flips",
                                         "Page's trend, 4 conditions",
                                         "step minus step: sign flips",
                                         "permuted labels, variance of a set",
                                         "equivalence, at the margin",
                                         "non-inferiority, at the margin"};
const std::vector<std::string> kFamilies = {"family of 4: Wilcoxon, Holm",
                                            "family of 4: sign flips, Holm"};
const std::vector<std::string> kIntervals = {
    "difference, expanded",
    "slope",
    "step minus step",
    "ratio of sums, jackknife",
    "ratio of sums, jackknife leaving out half"};
// No promise.
const std::vector<std::string> kOthers = {
    "Page's trend, not corrected",
    "difference, percentile",
    "difference, BCa",
    "difference, bootstrap-t",
    "mean, percentile",
    "mean, expanded",
    "mean, BCa",
    "mean, bootstrap-t",
    "one of 2 equal steps has a share ≥ 0.95"};

// In %. Coarse values cannot come near 5 in an exact test: many flips give the
// observed sum again, and count against it. A t test is exact of normal
// differences only; heavy tails widen its interval.
double least_error(Shape shape, const std::string& row) {
  const auto has = [&](const char* word) {
    return row.find(word) != std::string::npos;
  };
  if (shape == Shape::kDiscrete && (has("sign flips") || has("permuted"))) {
    return 3;
  }
  return shape == Shape::kHeavy && has("at the margin") ? 4 : 4.5;
}

void print_rows(const std::vector<std::string>& names,
                const std::vector<Rates>& columns) {
  for (const std::string& name : names) {
    fmt::print("| {} |", name);
    for (const Rates& rates : columns) {
      fmt::print(" {:.2f} |", rates.percent(name));
    }
    fmt::print("\n");
  }
}

}  // namespace

TEST_CASE(
    "From 50 prompts tests err in 5 ± 0.5 %, intervals cover in 94 to 96 %") {
  const std::vector<size_t> sizes = {10, 25, 50, 100};
  for (Shape shape : kShapes) {
    std::vector<Rates> columns;
    for (size_t n : sizes) {
      CAPTURE(test::to_string(shape));
      CAPTURE(n);
      columns.push_back(null_study(shape, n));
      if (n < 50) continue;
      const Rates& rates = columns.back();
      for (const std::string& row : kTests) {
        CAPTURE(row);
        CHECK(rates.percent(row) <= 5.5);
        CHECK(rates.percent(row) >= least_error(shape, row));
      }
      for (const std::string& row : kFamilies) {
        CAPTURE(row);
        CHECK(rates.percent(row) <= 5.5);
      }
      for (const std::string& row : kIntervals) {
        if (shape == Shape::kHeavy) continue;
        CAPTURE(row);
        CHECK(std::abs(rates.percent(row) - 95) <= 1);
      }
    }
    fmt::print("\n| {}, % | n = 10 | 25 | 50 | 100 |\n|---|---|---|---|---|\n",
               test::to_string(shape));
    for (const auto* rows : {&kTests, &kFamilies, &kIntervals, &kOthers}) {
      print_rows(*rows, columns);
    }
    std::fflush(stdout);
  }
}

TEST_CASE("A known shift is found as often as scipy finds it") {
  fmt::print(
      "\n| shape, n, shift, margin | Wilcoxon | scipy | sign flips | numpy | "
      "equivalence | scipy |\n|---|---|---|---|---|---|---|\n");
  const Json goldens = parse_json_file("tests/data/stats/power.json");
  for (const Json& golden : goldens.at("power")) {
    const auto name = golden.at("shape").get<std::string>();
    const Shape shape =
        *std::find_if(std::begin(kShapes), std::end(kShapes), [&](Shape s) {
          return test::to_string(s) == name;
        });
    const Rates rates = power_study(golden, shape);
    CAPTURE(name);
    // Two shares of 20,000 differ by 1.3 points in one of 1,000 comparisons.
    const std::pair<const char*, const char*> kPairs[] = {
        {"Wilcoxon", "wilcoxon"},
        {"sign flips", "sign_flips"},
        {"equivalence", "equivalence"}};
    fmt::print("| {}, {}, {}, {} |",
               name,
               golden.at("n").get<int>(),
               golden.at("shift").get<double>(),
               golden.at("margin").get<double>());
    for (const auto& [row, expected] : kPairs) {
      const double percent = 100 * golden.at(expected).get<double>();
      fmt::print(" {:.1f} | {:.1f} |", rates.percent(row), percent);
      CAPTURE(row);
      CHECK(std::abs(rates.percent(row) - percent) <= 1.5);
    }
    fmt::print("\n");
  }
}

// In how many % of `kFewer` experiments an interval covers a rate, of which
// each prompt has ten yes-or-no values.
double coverage_of_rate(double rate, size_t n, IntervalMethod method) {
  Rates rates;
  for (int experiment = 0; experiment < kFewer; ++experiment) {
    SplitMix64 random(1000 * n + static_cast<uint64_t>(1000 * rate),
                      static_cast<uint64_t>(experiment) * 1'000'000);
    std::vector<double> values(n);
    for (double& value : values) {
      for (int i = 0; i < 10; ++i) {
        const auto bits = static_cast<double>(random.next() >> 11);
        value += std::ldexp(bits, -53) < rate ? 0.1 : 0;
      }
    }
    const Interval ci = interval_by(method, values, random.next());
    // A set of equal values has none, or a point.
    const bool none = std::isnan(ci.low) || ci.low == ci.high;
    rates.count("covers", none || covers(ci, rate));
  }
  return rates.percent("covers");
}

TEST_CASE("Intervals of rates near 1 by size cover as the expanded ones do") {
  const std::vector<size_t> sizes = {3, 5, 10, 25, 40, 100};
  fmt::print(
      "\n| rate, interval, % | n = 3 | 5 | 10 | 25 | 40 | 100 |\n"
      "|---|---|---|---|---|---|---|\n");
  for (const double rate : {0.7, 0.9, 0.98}) {
    for (const IntervalMethod method : {IntervalMethod::kBySize,
                                        IntervalMethod::kExpanded,
                                        IntervalMethod::kPercentile}) {
      fmt::print("| {}, {} |", rate, to_string(method));
      for (const size_t n : sizes) {
        const double covered = coverage_of_rate(rate, n, method);
        fmt::print(" {:.1f} |", covered);
        CAPTURE(n);
        if (method == IntervalMethod::kBySize && n >= 10 && rate <= 0.9) {
          CHECK(covered >= 92);
        }
      }
      fmt::print("\n");
    }
  }
}

}  // namespace cdx
