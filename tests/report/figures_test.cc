#include "report/figures.h"

#include "example.h"
#include "xml.h"

#include <algorithm>

#include <doctest/doctest.h>

using namespace cdx;
using test::example_report;
using test::named;
using test::read_xml;
using test::XmlElement;

namespace {

bool has_text(const std::vector<XmlElement>& elements,
              const std::string& text) {
  const auto texts = named(elements, "text");
  return std::any_of(
      texts.begin(), texts.end(), [&](const XmlElement& element) {
        return element.text == text;
      });
}

std::vector<double> circle_positions(const std::vector<XmlElement>& elements,
                                     const char* coordinate) {
  std::vector<double> positions;
  for (const XmlElement& circle : named(elements, "circle")) {
    positions.push_back(circle.number(coordinate));
  }
  return positions;
}

const XmlElement& text_element(const std::vector<XmlElement>& elements,
                               const std::string& text) {
  for (const XmlElement& element : elements) {
    if (element.name == "text" && element.text == text) return element;
  }
  throw std::out_of_range(text);
}

}  // namespace

TEST_CASE("Diversity by condition has a panel a metric naming each condition") {
  const ReportData data = example_report();
  const Figure figure = diversity_figure(data);
  REQUIRE(figure.panels.size() == data.metrics.size());
  for (size_t i = 0; i < figure.panels.size(); ++i) {
    const auto panel = read_xml(figure.panels[i].inline_svg("x"));
    CAPTURE(data.metrics[i].metric);
    for (const ReportCondition& condition : data.conditions) {
      CHECK(has_text(panel, condition.name));
    }
    CHECK(text_element(panel, "dpo").attributes.contains("font-weight"));
    CHECK(!text_element(panel, "sft").attributes.contains("font-weight"));
    CHECK(named(panel, "rect").size() == 1);  // the baseline's band
  }
  const auto first = read_xml(figure.panels[0].inline_svg("x"));
  CHECK(has_text(first, "choice_entropy ↑"));
  CHECK(has_text(first, "bits; higher = more diverse"));
}

TEST_CASE("Points lie at their values along the axis") {
  const ReportData data = example_report();
  const auto panel = read_xml(diversity_figure(data).panels[0].inline_svg("x"));
  // choice_entropy 1.88, 2.04 and 2.21 for the three circles.
  const auto x = circle_positions(panel, "cx");
  REQUIRE(x.size() == 3);
  CHECK((x[1] - x[0]) / (x[2] - x[0]) ==
        doctest::Approx((2.04 - 1.88) / (2.21 - 1.88)).epsilon(1e-3));
  // A tick stands where its number says: 1.5 and 2.0 enclose 1.88.
  CHECK(text_element(panel, "1.5").number("x") < x[0]);
  CHECK(text_element(panel, "2.0").number("x") > x[0]);
}

TEST_CASE("The quality figure joins a series in order of its parameter") {
  const ReportData data = example_report();
  const Figure figure = quality_figure(data);
  REQUIRE(figure.panels.size() == 2);
  const auto panel = read_xml(figure.panels[0].inline_svg("x"));
  REQUIRE(named(panel, "polyline").size() == 1);
  const std::string points =
      named(panel, "polyline")[0].attributes.at("points");
  CHECK(std::count(points.begin(), points.end(), ',') == 4);
  // dpo, then γ = 0.25, 0.5, 0.75: quality .76 to .86, entropy 1.19 to 2.21.
  const auto x = circle_positions(panel, "cx");
  const auto y = circle_positions(panel, "cy");
  REQUIRE(x.size() == 3);
  CHECK(std::is_sorted(x.begin(), x.end()));
  CHECK(std::is_sorted(y.rbegin(), y.rend()));  // upwards
  CHECK(points.find(fmt::format("{},{}", x[2], y[2])) == points.rfind(' ') + 1);
  for (const char* label : {"base", "sft", "dpo", "γ = 0.25", "γ = 0.75"}) {
    CHECK(has_text(panel, label));
  }
}

TEST_CASE("Labels in the quality figure do not cover each other") {
  ReportData data = example_report();
  // All conditions within a few pixels of each other.
  for (SummaryRow& row : data.summary) {
    row.mean = 0.5 + (row.mean - 0.5) * 1e-3;
    row.ci_low = 0.4;
    row.ci_high = 0.6;
  }
  const auto panel = read_xml(quality_figure(data).panels[0].inline_svg("x"));
  std::vector<const XmlElement*> labels;
  for (const char* text :
       {"base", "sft", "dpo", "γ = 0.25", "γ = 0.5", "γ = 0.75"}) {
    labels.push_back(&text_element(panel, text));
  }
  for (size_t i = 0; i < labels.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const double dx = labels[i]->number("x") - labels[j]->number("x");
      const double dy = labels[i]->number("y") - labels[j]->number("y");
      const double width =
          text_width(dx > 0 ? labels[j]->text : labels[i]->text, 12);
      CAPTURE(labels[i]->text);
      CAPTURE(labels[j]->text);
      CHECK((std::abs(dy) >= 10 || std::abs(dx) >= 0.9 * width));
    }
  }
}

TEST_CASE("The prompts' values appear as one histogram a condition") {
  ReportData data = example_report();
  const Figure figure = per_prompt_figure(data);
  REQUIRE(figure.panels.size() == 2);
  const auto panel = read_xml(figure.panels[0].inline_svg("x"));
  CHECK(named(panel, "polygon").size() == 6);
  CHECK(has_text(panel, "conformative-g0.5"));
  data.per_prompt.clear();
  CHECK(per_prompt_figure(data).panels.empty());
}

TEST_CASE("A further variant of a metric does not join its histograms") {
  ReportData data = example_report();
  for (ReportMetric& metric : data.metrics) metric.variant.clear();
  const std::string before =
      per_prompt_figure(data).panels.at(0).inline_svg("x");
  const std::vector<PerPromptRow> rows = data.per_prompt;
  for (PerPromptRow row : rows) {
    row.variant += "/extracted";
    row.value *= 0.9;
    data.per_prompt.push_back(row);
  }
  CHECK(per_prompt_figure(data).panels.at(0).inline_svg("x") == before);
}

TEST_CASE("Undefined values are left out, never drawn as nan") {
  ReportData data = example_report();
  for (SummaryRow& row : data.summary) {
    if (row.condition == "sft") row.mean = kUndefined;
    if (row.condition == "base") row.ci_low = row.ci_high = kUndefined;
  }
  for (PerPromptRow& row : data.per_prompt) {
    if (row.condition == "sft") row.value = kUndefined;
  }
  for (const Figure& figure : all_figures(data)) {
    const std::string file = figure_file(figure);
    CHECK(file.find("nan") == std::string::npos);
    CHECK(file.find("inf") == std::string::npos);
  }
  const auto panel = read_xml(diversity_figure(data).panels[0].inline_svg("x"));
  CHECK(has_text(panel, "–"));
  CHECK(!has_text(read_xml(quality_figure(data).panels[0].inline_svg("x")),
                  "sft"));
}

TEST_CASE("Figures without a value are left out") {
  ReportData data = example_report();
  data.summary.clear();
  data.per_prompt.clear();
  CHECK(all_figures(data).empty());
  data = example_report();
  data.quality.clear();
  CHECK(quality_figure(data).panels.empty());
  CHECK(all_figures(data).size() == 2);
}

TEST_CASE("One condition with equal values everywhere can be drawn") {
  ReportData data = example_report();
  data.conditions.resize(1);
  data.baseline.clear();
  data.series.clear();
  for (SummaryRow& row : data.summary) {
    row.ci_low = row.ci_high = row.mean = 0;
  }
  for (PerPromptRow& row : data.per_prompt) row.value = 1;
  for (const Figure& figure : all_figures(data)) {
    const std::string file = figure_file(figure);
    CHECK(test::not_well_formed(file) == "");
    CHECK(file.find("nan") == std::string::npos);
  }
}

TEST_CASE("Each figure is a well-formed file that names no other resource") {
  ReportData data = example_report();
  data.conditions[1].name = "</text>\"<script>&\u202E";
  for (const Figure& figure : all_figures(data)) {
    const std::string file = figure_file(figure);
    CAPTURE(figure.name);
    CHECK(test::not_well_formed(file) == "");
    const auto elements = read_xml(file);
    CHECK(named(elements, "script").empty());
    // The name space is a name, not an address that is opened.
    const size_t at = file.find("http");
    CHECK(file.substr(at, 26) == "http://www.w3.org/2000/svg");
    CHECK(file.find("http", at + 1) == std::string::npos);
  }
}

TEST_CASE("Panels of a file stand in rows of three within the picture") {
  const Figure figure = diversity_figure(example_report());
  const auto elements = read_xml(figure_file(figure));
  std::vector<std::string> places;
  for (const XmlElement& group : named(elements, "g")) {
    const auto found = group.attributes.find("transform");
    if (found != group.attributes.end()) places.push_back(found->second);
  }
  REQUIRE(places.size() == 6);
  CHECK(places[0] == "translate(8 8)");
  CHECK(places[3].starts_with("translate(8 "));
  CHECK(elements[0].number("width") > 3 * figure.panels[0].width());
  CHECK(elements[0].number("height") > 2 * figure.panels[0].height());
}
