#include "report/looks.h"

#include "example.h"

#include <set>

#include <doctest/doctest.h>

using namespace cdx;

TEST_CASE("Every condition of a study looks different") {
  const auto looks = looks_of(test::example_report());
  REQUIRE(looks.size() == 6);
  std::set<std::string> colours;
  for (const auto& [condition, look] : looks) colours.insert(look.colour);
  CHECK(colours.size() == 6);
}

TEST_CASE("Many conditions get a colour and a shape each") {
  ReportData data;
  for (int i = 0; i < 12; ++i)
    data.conditions.push_back({std::to_string(i), ""});
  std::set<std::pair<std::string, Marker>> seen;
  for (const auto& [condition, look] : looks_of(data)) {
    seen.insert({look.colour, look.marker});
  }
  CHECK(seen.size() == 12);
}

TEST_CASE("A series is circles from light to dark, its head keeps its look") {
  const auto looks = looks_of(test::example_report());
  const auto light = looks.at("conformative-g0.25");
  const auto dark = looks.at("conformative-g0.75");
  CHECK(light.marker == Marker::kCircle);
  CHECK(dark.marker == Marker::kCircle);
  CHECK(light.colour > dark.colour);  // more red in hexadecimal: lighter
  CHECK(looks.at("dpo").colour == "#D55E00");
  CHECK(looks.at("dpo").marker != Marker::kCircle);
}

TEST_CASE("The baseline looks the same whatever else is shown") {
  ReportData data = test::example_report();
  std::swap(data.conditions[0], data.conditions[2]);
  CHECK(looks_of(data).at("dpo").colour == "#D55E00");
  CHECK(looks_of(data).at("base").colour == "#009E73");
}

TEST_CASE("Colours blend between their ends") {
  CHECK(blend("#000000", "#FFFFFF", 0) == "#000000");
  CHECK(blend("#000000", "#FFFFFF", 1) == "#FFFFFF");
  CHECK(blend("#102030", "#304050", 0.5) == "#203040");
}
