#include "report/svg.h"

#include "xml.h"

#include <cmath>

#include <doctest/doctest.h>

using namespace cdx;
using test::named;
using test::not_well_formed;
using test::read_xml;

TEST_CASE("Ticks are round, within the range and at most so many") {
  struct Case {
    double low, high;
    int most;
    std::vector<double> values;
    int decimals;
  };
  const Case cases[] = {{0, 1, 6, {0, 0.2, 0.4, 0.6, 0.8, 1}, 1},
                        {0.1, 0.3, 5, {0.1, 0.15, 0.2, 0.25, 0.3}, 2},
                        {0.355, 0.447, 5, {0.36, 0.38, 0.40, 0.42, 0.44}, 2},
                        {-30, 120, 4, {0, 50, 100}, 0},
                        {97, 1043, 5, {200, 400, 600, 800, 1000}, 0}};
  for (const Case& expected : cases) {
    CAPTURE(expected.low);
    const Ticks ticks = nice_ticks(expected.low, expected.high, expected.most);
    REQUIRE(ticks.values.size() == expected.values.size());
    for (size_t i = 0; i < ticks.values.size(); ++i) {
      CHECK(ticks.values[i] == doctest::Approx(expected.values[i]));
    }
    CHECK(ticks.decimals == expected.decimals);
  }
}

TEST_CASE("A range without extent still has a tick at its value") {
  for (double value : {0.0, 1.0, -3.5, 1e-9}) {
    const Ticks ticks = nice_ticks(value, value, 5);
    CHECK(ticks.values.size() >= 1);
    CHECK(ticks.values.size() <= 5);
  }
}

TEST_CASE("A scale maps its ends to its pixels") {
  const Scale scale = {2, 4, 300, 100};
  CHECK(scale(2) == 300);
  CHECK(scale(4) == 100);
  CHECK(scale(3) == 200);
}

TEST_CASE("A drawing is well-formed and its text is escaped") {
  Svg svg(100, 50);
  svg.line({0, 0}, {1.23456, -0.0001}, {.dashes = "4 3"});
  svg.path({{0, 0}, {1, 1}}, {});
  svg.rectangle({10, 10}, {5, 20}, "#123456", 0.5);
  for (Marker marker : {Marker::kCircle,
                        Marker::kSquare,
                        Marker::kDiamond,
                        Marker::kTriangle,
                        Marker::kCross}) {
    svg.marker(marker, {5, 5}, 4, "#000000");
  }
  svg.begin_group("a \"tip\" & more");
  svg.text({5, 5}, "</text><script>\x01\xFF\"'", {.upwards = true});
  svg.end_group();
  const std::string file = svg.file("label <&>");
  CHECK(not_well_formed(file) == "");
  CHECK(not_well_formed(svg.inline_svg("")) == "");
  const auto elements = read_xml(file);
  CHECK(named(elements, "script").empty());
  CHECK(named(elements, "text").at(0).text == "</text><script>␁\uFFFD\"'");
  CHECK(named(elements, "title").at(0).text == "a \"tip\" & more");
  CHECK(elements[0].attributes.at("xmlns") == "http://www.w3.org/2000/svg");
  CHECK(elements[0].attributes.at("aria-label") == "label <&>");
  const auto rectangle = named(elements, "rect").at(1);
  CHECK(rectangle.number("x") == 5);
  CHECK(rectangle.number("width") == 5);
  CHECK(rectangle.number("height") == 10);
  const auto line = named(elements, "line").at(0);
  CHECK(line.attributes.at("x2") == "1.23");
  CHECK(line.attributes.at("y2") == "0");
}

TEST_CASE("A picture for a page names no other resource") {
  Svg svg(10, 10);
  svg.marker(Marker::kCircle, {5, 5}, 4, "#000000");
  CHECK(svg.inline_svg("x").find("http") == std::string::npos);
  CHECK(svg.inline_svg("").find("aria-hidden=\"true\"") != std::string::npos);
}

TEST_CASE("A picture set into another keeps its shapes") {
  Svg inner(10, 10), outer(100, 100);
  inner.marker(Marker::kCircle, {5, 5}, 4, "#000000");
  outer.place(inner, {20, 30});
  const auto elements = read_xml(outer.file(""));
  CHECK(named(elements, "circle").size() == 1);
  CHECK(named(elements, "g").at(0).attributes.at("transform") ==
        "translate(20 30)");
}
