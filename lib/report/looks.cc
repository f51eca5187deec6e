#include "report/looks.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace cdx {
namespace {

struct Shades {
  const char *light, *dark;
};

// Shades of blue and of purple: each starts and ends clear of white and black.
constexpr std::array<Shades, 2> kSeriesShades = {Shades{"#5AAFE0", "#00416B"},
                                                 Shades{"#D58AB0", "#6E2C50"}};
// Vermillion, bluish green, orange, reddish purple, grey, blue. Yellow is left
// out: it cannot be seen on white.
constexpr std::array<const char*, 6> kColours = {
    "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#555555", "#0072B2"};
constexpr std::array<Marker, 4> kMarkers = {
    Marker::kSquare, Marker::kDiamond, Marker::kTriangle, Marker::kCross};

bool keeps_own_look(const ReportData& data, const std::string& condition) {
  return condition == data.baseline || condition == data.reference;
}

void add_series(const ReportData& data,
                size_t number,
                std::map<std::string, Look>& looks) {
  const ReportSeries& series = data.series[number];
  const Shades shades = kSeriesShades[number % kSeriesShades.size()];
  std::vector<std::string> members;
  for (const auto& [condition, value] : series.points) {
    if (!keeps_own_look(data, condition) && !looks.contains(condition)) {
      members.push_back(condition);
    }
  }
  for (size_t i = 0; i < members.size(); ++i) {
    const double share =
        members.size() == 1
            ? 0.5
            : static_cast<double>(i) / static_cast<double>(members.size() - 1);
    looks[members[i]] = {blend(shades.light, shades.dark, share),
                         Marker::kCircle};
  }
}

}  // namespace

std::map<std::string, Look> looks_of(const ReportData& data) {
  std::map<std::string, Look> looks;
  for (size_t i = 0; i < data.series.size(); ++i) add_series(data, i, looks);
  size_t next = 2;
  for (const ReportCondition& condition : data.conditions) {
    if (looks.contains(condition.name)) continue;
    size_t number = condition.name == data.baseline    ? 0
                    : condition.name == data.reference ? 1
                                                       : next++;
    looks[condition.name] = {kColours[number % kColours.size()],
                             kMarkers[number % kMarkers.size()]};
  }
  return looks;
}

std::string blend(const std::string& from,
                  const std::string& to,
                  double share) {
  std::string out = "#";
  for (size_t i = 1; i < 7; i += 2) {
    const double a = std::stoi(from.substr(i, 2), nullptr, 16);
    const double b = std::stoi(to.substr(i, 2), nullptr, 16);
    out += fmt::format("{:02X}", std::lround(a + (b - a) * share));
  }
  return out;
}

}  // namespace cdx
