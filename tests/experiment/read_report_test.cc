#include "experiment/read_report.h"

#include "experiment/example.h"
#include "support.h"
#include "util/errors.h"

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

namespace cdx {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using Groups = std::vector<std::vector<std::string>>;

std::string experiment(const std::string& report) {
  return R"(name: e
models: {m: {path: b}}
prompts: {file: p.txt}
formats: {f: {template: "{prompt}"}}
conditions:
  - {name: a, model: m, format: f}
  - {name: c, model: m, format: f, sampling: {top_p: [0.5, 0.75, 1]}}
report: )" +
         report;
}

ReportOptions report_of(const std::string& report) {
  return test::parse(experiment(report)).report;
}

std::string error_of(const std::string& report) {
  return test::message_of<UserError>([&] { report_of(report); });
}

TEST_CASE("by default the baseline is compared with all others") {
  CHECK(report_of("{}").compare ==
        Pairs{{"a", "c-p0.5"}, {"a", "c-p0.75"}, {"a", "c-p1"}});
  CHECK(report_of("{baseline: c-p1}").compare ==
        Pairs{{"c-p1", "a"}, {"c-p1", "c-p0.5"}, {"c-p1", "c-p0.75"}});
}

TEST_CASE("compare takes globs, each pair once and none with itself") {
  CHECK(report_of("{compare: [['c-p0.?', a], [a, 'c-*'], ['c-p*[15]', c-p1]]}")
            .compare == Pairs{{"c-p0.5", "a"},
                              {"a", "c-p0.75"},
                              {"a", "c-p1"},
                              {"c-p0.5", "c-p1"},
                              {"c-p0.75", "c-p1"}});
  CHECK(report_of("{compare: [['*', c-p1]]}").compare ==
        Pairs{{"a", "c-p1"}, {"c-p0.5", "c-p1"}, {"c-p0.75", "c-p1"}});
  CHECK(report_of("{compare: []}").compare.empty());
}

TEST_CASE("a trend takes globs and keeps the order given") {
  const auto trend_of = [](const std::string& trend) {
    return test::parse(R"(name: e
models: {base: {path: b}, tuned: {path: t}, other: {path: o}}
prompts: {file: p.txt}
formats: {f: {template: "{prompt}"}}
conditions:
  - {name: a, model: base, format: f}
  - {name: t, model: tuned, format: f}
  - {name: o, model: other, format: f}
  - name: c
    mix: {models: {base: base, instruct: tuned}, gamma: [0.75, 0.25, 0.5]}
    format: {base: f, instruct: f}
  - name: s
    mix: {rule: switch, models: {base: base, instruct: tuned}, share: 0.5}
    format: {base: f, instruct: f}
report: {trend: )" + trend +
                       "}")
        .report.trend;
  };
  CHECK(trend_of("[[t, c-g0.5, 'c-*', a]]") ==
        Groups{{"t", "c-g0.5", "c-g0.75", "c-g0.25", "a"}});
  CHECK(trend_of("[]").empty());
  for (const std::string name : {"o", "s"}) {
    CHECK(test::message_of<UserError>([&] {
            trend_of("[['c-*', " + name + "]]");
          }) == "x.yaml:15: report.trend: condition '" + name +
                    "' has no gamma and is neither half of a mixture of its "
                    "group; leave it out");
  }
}

TEST_CASE("what names no condition or no pair is refused") {
  CHECK(error_of("{baseline: b}") ==
        "x.yaml:8: report.baseline: unknown condition 'b'; did you mean 'a'?");
  CHECK(error_of("{compare: [[a, c-p0.55]]}") ==
        "x.yaml:8: report.compare[0][1]: no condition is named 'c-p0.55'; did "
        "you mean 'c-p0.5'?");
  CHECK(error_of("{compare: [[a, a]]}") ==
        "x.yaml:8: report.compare[0]: expected a pair of two conditions: [a, "
        "b]");
  CHECK(error_of("{compare: [[a, 'c-*', a]]}")
            .starts_with("x.yaml:8: report.compare[0]: expected a pair"));
  CHECK(error_of("{compare: [a, c-p1]}") ==
        "x.yaml:8: report.compare[0]: expected a list, found 'a'");
  CHECK(error_of("{trend: [[a, 'c-*']]}")
            .starts_with("x.yaml:8: report.trend: condition 'a' has no gamma"));
  CHECK(error_of("{trend: [[a, c-p1]]}") ==
        "x.yaml:8: report.trend[0]: needs at least 3 conditions, found 2");
}

TEST_CASE("the primary family and margins name metrics of the experiment") {
  const ReportOptions options = report_of(
      "{primary: [vendi_score], margins: {distinct_1: 0.5}, interval: bca}");
  CHECK(options.primary == std::vector<std::string>{"vendi_score"});
  CHECK(options.margins == Named<double>{{"distinct_1", 0.5}});
  CHECK(options.interval == IntervalMethod::kBca);
  CHECK(report_of("{}").interval == IntervalMethod::kBySize);
  CHECK(error_of("{primary: [vendi_skore]}") ==
        "x.yaml:8: report.primary[0]: 'vendi_skore' is not in "
        "measure.metrics; did you mean 'vendi_score'?");
  CHECK(error_of("{margins: {distinct_1: 0}}")
            .starts_with("x.yaml:8: report.margins.distinct_1: the largest"));
  CHECK(error_of("{margins: {distict_1: 1}}") ==
        "x.yaml:8: unknown key 'distict_1' in report.margins; did you mean "
        "'distinct_1'?");
}

TEST_CASE("a statement across families is refused below five of them") {
  const std::string four = "[a, c-p0.5], [a, c-p0.75], [a, c-p1], [c-p1, a]";
  CHECK(error_of("{across: [{name: t, pairs: [" + four + "]}]}") ==
        "x.yaml:8: report.across[0].pairs: a statement across units (here: "
        "family) needs at least 5 of them, a pair of conditions each, found 4");
  const ReportOptions options =
      test::parse(test::replaced(experiment("{across: [{name: t, unit: seed, "
                                            "pairs: [" +
                                            four + ", [a, c-p0.9]]}]}"),
                                 "0.75, 1]",
                                 "0.75, 0.9, 1]"))
          .report;
  REQUIRE(options.across.size() == 1);
  CHECK(options.across[0].unit == "seed");
  CHECK(options.across[0].pairs.size() == 5);
}

TEST_CASE("a unit is one pair, which ends in a condition of its own") {
  CHECK(error_of("{across: [{name: t, pairs: [[a, 'c-*']]}]}") ==
        "x.yaml:8: report.across[0].pairs[0]: a unit is one pair of "
        "conditions, these patterns give 3");
  CHECK(error_of("{across: [{name: t, pairs: [[a, c-p1], [c-p0.5, c-p1]]}]}")
            .starts_with("x.yaml:8: report.across[0].pairs[1]: condition "
                         "'c-p1' is of an earlier unit, too"));
}

TEST_CASE("stages are read as trends are") {
  CHECK(report_of("{stages: [[a, c-p1, c-p0.5]]}").stages ==
        Groups{{"a", "c-p1", "c-p0.5"}});
  CHECK(report_of("{}").stages.empty());
}

}  // namespace
}  // namespace cdx
