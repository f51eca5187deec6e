#include "stats/wilcoxon.h"

#include "stats/golden.h"
#include "support.h"
#include "util/errors.h"

#include <cmath>

#include <doctest/doctest.h>

namespace cdx {

TEST_CASE("Rank sums and p are scipy's, with and without ties and zeros") {
  for (const Json& golden : test::statistics_golden().at("wilcoxon")) {
    const auto d = golden.at("d").get<std::vector<double>>();
    CAPTURE(d.size());
    const WilcoxonResult result = wilcoxon(d);
    CAPTURE(test_name(result.method));
    CHECK(result.r_plus == golden.at("r_plus").get<double>());
    CHECK(result.r_minus == golden.at("r_minus").get<double>());
    CHECK(result.statistic == golden.at("statistic").get<double>());
    CHECK(result.p == test::close_to(golden.at("p")));
  }
}

TEST_CASE("The goldens of specs/metrics.md §10.1 come out") {
  const WilcoxonResult exact =
      wilcoxon({6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75});
  CHECK(exact.statistic == 24);
  CHECK(exact.p == 0.041259765625);
  CHECK(test_name(exact.method) == "wilcoxon_exact");

  const WilcoxonResult small = wilcoxon({.3, -.1, .5, .7, .2, .9, -.4, .6});
  CHECK(small.statistic == 5);
  CHECK(small.p == 0.078125);

  const WilcoxonResult tied = wilcoxon({1, 2, -1, 3, 2, 0, 4, -2, 5, 3});
  CHECK(tied.r_plus == 39.5);
  CHECK(tied.r_minus == 5.5);
  CHECK(tied.n_zero == 1);
  CHECK(tied.p == 0.05078125);
  CHECK(test_name(tied.method) == "wilcoxon_permutation");
}

TEST_CASE("The method changes at 13 pairs with ties and at 50 without") {
  const auto method = [](int n, double last) {
    std::vector<double> d;
    for (int i = 1; i < n; ++i) d.push_back(i);
    d.push_back(last);
    return test_name(wilcoxon(d).method);
  };
  CHECK(method(13, 1) == "wilcoxon_permutation");
  CHECK(method(14, 1) == "wilcoxon_asymptotic");
  CHECK(method(13, 0) == "wilcoxon_permutation");
  CHECK(method(14, 0) == "wilcoxon_asymptotic");
  CHECK(method(50, 50) == "wilcoxon_exact");
  CHECK(method(51, 51) == "wilcoxon_asymptotic");
}

TEST_CASE("The exact p equals the count over all sign flips") {
  const std::vector<double> d = {1.5, -2, 2, 3, -3, 3, 0.5};
  const WilcoxonResult result = wilcoxon(d);
  int at_most = 0, at_least = 0;
  for (unsigned flips = 0; flips < (1u << d.size()); ++flips) {
    std::vector<double> flipped = d;
    for (size_t i = 0; i < d.size(); ++i) {
      if (flips >> i & 1u) flipped[i] = -flipped[i];
    }
    const double r_plus = wilcoxon(flipped).r_plus;
    at_most += r_plus <= result.r_plus ? 1 : 0;
    at_least += r_plus >= result.r_plus ? 1 : 0;
  }
  CHECK(result.p == std::min(1.0, 2.0 * std::min(at_most, at_least) / 128));
}

TEST_CASE("Nothing to rank gives p = 1 for equal pairs and NaN for no pair") {
  const WilcoxonResult equal = wilcoxon({0, 0, 0});
  CHECK(equal.p == 1);
  CHECK(equal.n == 3);
  CHECK(equal.n_zero == 3);
  CHECK(equal.smallest_p == 1);
  CHECK(test_name(equal.method) == "none");
  CHECK(std::isnan(wilcoxon({}).p));
}

TEST_CASE("The smallest p that is possible is reached by one-sided data") {
  for (int n = 1; n <= 12; ++n) {
    std::vector<double> d;
    for (int i = 1; i <= n; ++i) d.push_back(i);
    const WilcoxonResult result = wilcoxon(d);
    CHECK(result.p == std::min(1.0, result.smallest_p));
    CHECK(result.smallest_p == std::pow(2.0, 1 - n));
  }
}

TEST_CASE("A difference that is not a number is refused") {
  CHECK(test::message_of<UserError>([] {
          wilcoxon({1, std::nan("")});
        }).find("not a finite number") != std::string::npos);
}

}  // namespace cdx
