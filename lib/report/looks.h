#pragma once

#include "report/data.h"
#include "report/svg.h"

#include <map>
#include <string>

namespace cdx {

struct Look {
  std::string colour;
  Marker marker = Marker::kCircle;
};

// The colour and shape of each condition, the same in every figure and in the
// page: colours of Okabe and Ito (2008), told apart by colour-blind readers;
// the conditions of a series share a hue, darker as the parameter rises, and a
// circle. Baseline and reference keep a colour of their own within a series.
std::map<std::string, Look> looks_of(const ReportData& data);

// A colour between two "#rrggbb" colours, `share` of the way.
std::string blend(const std::string& from, const std::string& to, double share);

}  // namespace cdx
