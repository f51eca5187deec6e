#include "stats/set_interval.h"

#include "stats/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {
namespace {

// numpy's var, with n in the denominator.
double variance(const std::vector<double>& values,
                const std::vector<size_t>& picked) {
  double sum = 0, squares = 0;
  const auto n = static_cast<double>(picked.size());
  for (size_t i : picked) sum += values[i];
  for (size_t i : picked) squares += std::pow(values[i] - sum / n, 2);
  return squares / n;
}

}  // namespace

TEST_CASE("Intervals of a statistic of a set are scipy's on equal resamples") {
  for (const Json& golden : test::statistics_golden().at("intervals")) {
    if (!golden.contains("deviation")) continue;
    const auto values = golden.at("values").get<std::vector<double>>();
    CAPTURE(values.size());
    const auto deviation = [&](const std::vector<size_t>& prompts) {
      return std::sqrt(variance(values, prompts));
    };
    BootstrapOptions options;
    options.confidence = golden.at("confidence").get<double>();
    const auto check = [&](IntervalMethod method, const char* name) {
      options.method = method;
      const Interval ci =
          bootstrap_statistic(values.size(), deviation, options).ci;
      CHECK(ci.low == test::close_to(golden.at("deviation").at(name)[0]));
      CHECK(ci.high == test::close_to(golden.at("deviation").at(name)[1]));
    };
    check(IntervalMethod::kPercentile, "percentile");
    check(IntervalMethod::kBasic, "basic");
    check(IntervalMethod::kBca, "BCa");
    check(IntervalMethod::kBySize, "BCa");
  }
}

TEST_CASE("Jackknife intervals are those computed with numpy") {
  for (const Json& golden : test::statistics_golden().at("jackknife")) {
    const auto values = golden.at("values").get<std::vector<double>>();
    const SetInterval result =
        jackknife_interval(values.size(),
                           [&](const std::vector<size_t>& prompts) {
                             return variance(values, prompts);
                           },
                           {.deleted = golden.at("deleted").get<int64_t>()});
    CHECK(result.estimate == test::close_to(golden.at("estimate")));
    CHECK(result.ci.low == test::close_to(golden.at("low")));
    CHECK(result.ci.high == test::close_to(golden.at("high")));
  }
}

TEST_CASE("The jackknife of the mean is the interval of the t test") {
  const std::vector<double> values = {1, 2, 4, 4, 9};
  const auto mean_of = [&](const std::vector<size_t>& prompts) {
    double sum = 0;
    for (size_t i : prompts) sum += values[i];
    return sum / static_cast<double>(prompts.size());
  };
  const Interval ci = jackknife_interval(5, mean_of).ci;
  // 2.776445 of the tables for 4 degrees of freedom.
  const double half = 2.7764451 * standard_deviation(values) / std::sqrt(5.0);
  CHECK(ci.low == doctest::Approx(4 - half).epsilon(1e-7));
  CHECK(ci.high == doctest::Approx(4 + half).epsilon(1e-7));
}

TEST_CASE("No text comes twice in a subset of the jackknife") {
  const auto size_once = [](const std::vector<size_t>& prompts) {
    std::vector<size_t> sorted = prompts;
    std::sort(sorted.begin(), sorted.end());
    CHECK(std::unique(sorted.begin(), sorted.end()) == sorted.end());
    CHECK((prompts.size() == 10 || prompts.size() == 6));
    return static_cast<double>(sorted[0]);
  };
  jackknife_interval(10, size_once, {.deleted = 4, .subsets = 50});
}

TEST_CASE("Undefined resamples are left out and counted") {
  const auto first = [](const std::vector<size_t>& prompts) {
    return prompts[0] == 0 && prompts.size() < 4
               ? std::nan("")
               : static_cast<double>(prompts[0] + prompts.back());
  };
  CHECK(jackknife_interval(4, first).n_undefined == 3);
  const auto never = [](const std::vector<size_t>&) { return std::nan(""); };
  CHECK(std::isnan(bootstrap_statistic(4, never).ci.low));
  CHECK(std::isnan(jackknife_interval(0, first).estimate));
  CHECK(std::isnan(jackknife_interval(1, first).ci.low));
}

TEST_CASE("Options that make no interval of a set are refused") {
  const auto one = [](const std::vector<size_t>&) { return 1.0; };
  CHECK(test::message_of<UserError>([&] {
          bootstrap_statistic(4, one, {.method = IntervalMethod::kStudentised});
        }).find("is of means") != std::string::npos);
  CHECK_THROWS_AS(jackknife_interval(4, one, {.deleted = 4}), UserError);
  CHECK_THROWS_AS(jackknife_interval(4, one, {.deleted = 0}), UserError);
  CHECK_THROWS_AS(bootstrap_statistic(4, one, {.resamples = 0}), UserError);
}

}  // namespace cdx
